import { Download } from 'lucide-react'
import { transaction } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { spendBalanceFor } from '#modules/billing/spend-balance.ts'
import { takeBackInvoice } from '#modules/billing/withdraw-invoice.ts'
import { Refusal } from '#platform/errors.ts'
import { isPositive, minus, money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/invoice.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { CustomerLink } from './customer-link.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readInvoiceRecord } from './invoice.server.ts'
import { InvoiceItems } from './invoice-items.tsx'
import { InvoicePapers } from './invoice-papers.tsx'
import { newFormKey, once } from './once.server.ts'
import { PaymentsTable } from './payments-table.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  return { ...(await readInvoiceRecord(shop, params.id)), formKey: newFormKey() }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'invoices:see')
  switch (staff.form.get('act')) {
    case 'mark_received':
      return book(staff, request, params.id)
    case 'charge':
      return charge(staff, request, params.id)
    case 'use_balance':
      return spend(staff, request, params.id)
    case 'void':
      return takeBack(staff, params.id)
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

async function book(staff: Staff & { form: FormData }, request: Request, id: string) {
  requireRight(staff, 'payments:money')
  const { shop, form } = staff
  const invoice = await transaction(shop, 'read-invoice', (tx) => findInvoice(tx, id))
  if (invoice === null) throw new Refusal('not_found', 'There is no such invoice.')
  const read = formReader(form)
  const amount = read.money('amount', invoice.currency, { required: true, positive: true })
  const reference = read.text('reference', { most: 120 })
  if (read.failed || amount === null) return failure(read.errors, form)
  await once(shop, request, form, (open) => markReceived(open, { invoiceId: id, amount, reference }))
  return redirectWith(`/admin/invoices/${id}`, 'console.invoice.booked')
}

/** The amount is the one that was shown and confirmed: when another is owed by now, nothing is charged. */
async function charge(staff: Staff & { form: FormData }, request: Request, id: string) {
  requireRight(staff, 'payments:money')
  const { shop, form } = staff
  const invoice = await transaction(shop, 'read-invoice', (tx) => findInvoice(tx, id))
  if (invoice === null) throw new Refusal('not_found', 'There is no such invoice.')
  const read = formReader(form)
  const minor = read.text('owed', { most: 20 })
  const methodId = read.text('payment_method', { most: 40 })
  if (!/^\d+$/.test(minor)) read.refuse('owed', 'Please open the page again.')
  if (read.failed) return failure(read.errors, form)
  const amount = money(BigInt(minor), invoice.currency)
  await once(shop, request, form, (open) => chargeInvoice(open, { invoiceId: id, methodId, amount }))
  return redirectWith(`/admin/invoices/${id}`, 'method.charge.asked', { tone: 'info' })
}

async function spend(staff: Staff & { form: FormData }, request: Request, id: string) {
  requireRight(staff, 'payments:money')
  await once(staff.shop, request, staff.form, (open) => spendBalanceFor(open, id))
  return redirectWith(`/admin/invoices/${id}`, 'console.invoice.balanceUsed')
}

async function takeBack(staff: Staff & { form: FormData }, id: string) {
  requireRight(staff, 'invoices:delete')
  const { shop, form } = staff
  const read = formReader(form)
  const reason = read.text('reason', { most: 500 })
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'take-back-invoice', (tx) => takeBackInvoice(tx, shop, id, reason, shop.now()))
  return redirectWith(`/admin/invoices/${id}`, 'console.invoice.voided')
}

export default function InvoicePage({ loaderData }: Route.ComponentProps) {
  const { invoice, customer, items, payments, events, names, payUrl, charging } = loaderData
  const t = useText()
  const page = usePage()
  const may = useMay()
  const title = invoice.number
    ? t('console.invoice.title', { number: invoice.number })
    : t('console.invoice.titleDraft')
  const open = minus(invoice.total, invoice.paid)
  const payable = (invoice.status === 'open' || invoice.status === 'draft') && isPositive(open)
  return (
    <>
      <PageHeader
        title={title}
        badge={<StateBadge of="invoice" state={invoice.state} />}
        back={{ to: '/admin/invoices', label: t('console.invoices.title') }}
        actions={
          <>
            {payable && may('payments:money') && charging.methods.length > 0 && charging.refused === null ? (
              <ChargeNow {...loaderData} />
            ) : null}
            {isPositive(loaderData.balance) && may('payments:money') ? (
              <ActButton act="use_balance" fields={{ form_key: loaderData.formKey }}>
                {t('console.invoice.useBalance', { amount: moneyText(loaderData.balance, page) })}
              </ActButton>
            ) : null}
            {payable && may('payments:money') ? <MarkReceived {...loaderData} /> : null}
            {canTakeBack(invoice) && may('invoices:delete') ? <TakeBack numbered={invoice.status === 'open'} /> : null}
            <LinkButton
              href={`/admin/invoices/${invoice.id}/pdf`}
              icon={<Download aria-hidden="true" className="size-4" />}
            >
              PDF
            </LinkButton>
          </>
        }
      />
      <FormErrors failure={useFailure()} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={t('console.invoice.items')} flush>
            <InvoiceItems invoice={invoice} items={items} />
          </Card>
          <Card title={t('console.payments.title')} flush>
            <PaymentsTable payments={payments} />
          </Card>
          <InvoicePapers {...loaderData} />
          <Card title={t('console.invoice.history')}>
            <History events={events} names={names} here={invoice.id} />
          </Card>
        </div>
        <Card title={t('console.invoice.facts')}>
          <div className="flex flex-col gap-5">
            <DescriptionList
              items={[
                {
                  label: t('console.invoices.customer'),
                  value: customer ? <CustomerLink customer={customer} /> : null,
                },
                { label: t('console.invoice.purpose'), value: t(`console.invoice.purpose.${invoice.purpose}`) },
                { label: t('console.invoice.made'), value: <When at={invoice.createdAt} as="exact" /> },
                {
                  label: t('console.invoice.issued'),
                  value: invoice.issuedAt ? <When at={invoice.issuedAt} as="exact" /> : t('console.invoice.draft'),
                },
                {
                  label: t('console.invoices.due'),
                  value: invoice.dueAt ? <When at={invoice.dueAt} as="both" /> : null,
                },
                {
                  label: t('console.invoice.paidAt'),
                  value: invoice.paidAt ? <When at={invoice.paidAt} as="exact" /> : null,
                },
                {
                  label: t('method.plan'),
                  value: charging.plan && payable ? <ChargePlan plan={charging.plan} /> : null,
                },
                { label: t('console.invoice.open'), value: payable ? <Money value={open} /> : null },
              ]}
            />
            {payUrl && payable ? (
              <div className="flex flex-col gap-1">
                <CopyField label={t('console.invoice.payLink')} value={payUrl} clip />
                <p className="text-sm text-muted">{t('console.invoice.payLink.hint')}</p>
              </div>
            ) : null}
          </div>
        </Card>
      </div>
    </>
  )
}

type Charging = Route.ComponentProps['loaderData']['charging']

function ChargePlan({ plan }: { plan: NonNullable<Charging['plan']> }) {
  const t = useText()
  const key = plan.waitsFor === null ? plan.status : (`waiting.${plan.waitsFor}` as const)
  return (
    <>
      {key === 'waiting' ? null : t(`method.plan.${key}`)}{' '}
      {plan.nextTryAt ? <When at={plan.nextTryAt} as="both" /> : null}
      <span className="block text-sm text-muted">{plan.reason}</span>
    </>
  )
}

function ChargeNow({
  invoice,
  charging,
  formKey,
}: Pick<Route.ComponentProps['loaderData'], 'invoice' | 'charging' | 'formKey'>) {
  const page = usePage()
  const { t } = page
  const { errors = {}, values = {} } = useFailure() ?? {}
  const owed = minus(invoice.total, invoice.paid)
  return (
    <ActDialog
      act="charge"
      trigger={t('method.charge')}
      title={t('method.charge.title', { amount: moneyText(owed, page) })}
      confirm={t('method.charge')}
      keep={t('ui.cancel')}
      look="primary"
      fields={{ form_key: formKey, owed: String(owed.minor) }}
    >
      <p className="text-muted">{t('method.charge.lead')}</p>
      <Field label={t('method.charge.which')} error={errors.payment_method}>
        {(tied) => (
          <Select
            {...tied}
            name="payment_method"
            defaultValue={values.payment_method ?? charging.methods[0]?.value ?? ''}
            options={charging.methods}
          />
        )}
      </Field>
    </ActDialog>
  )
}

function MarkReceived({ invoice, formKey }: Pick<Route.ComponentProps['loaderData'], 'invoice' | 'formKey'>) {
  const t = useText()
  const { errors = {}, values = {} } = useFailure() ?? {}
  return (
    <ActDialog
      act="mark_received"
      trigger={t('console.invoice.markReceived')}
      title={t('console.invoice.markReceived.title')}
      confirm={t('console.order.markReceived.go')}
      keep={t('ui.cancel')}
      look="primary"
      fields={{ form_key: formKey }}
    >
      <p className="text-muted">{t('console.invoice.markReceived.lead')}</p>
      <Field label={t('console.order.amount')} error={errors.amount}>
        {(tied) => (
          <MoneyInput
            {...tied}
            name="amount"
            required
            currency={invoice.total.currency}
            defaultValue={values.amount ?? minus(invoice.total, invoice.paid)}
          />
        )}
      </Field>
      <Field label={t('console.order.reference')} hint={t('console.order.reference.hint')} error={errors.reference}>
        {(tied) => <Input {...tied} name="reference" required maxLength={120} defaultValue={values.reference} />}
      </Field>
    </ActDialog>
  )
}

/** Nobody paid any of it, and nothing but a subscription waits for it. */
const canTakeBack = ({ status, purpose, paid }: Route.ComponentProps['loaderData']['invoice']): boolean =>
  !isPositive(paid) && (status === 'draft' || (status === 'open' && (purpose === 'renewal' || purpose === 'manual')))

function TakeBack({ numbered }: { numbered: boolean }) {
  const t = useText()
  const failed = useFailure()
  return (
    <ActDialog
      act="void"
      trigger={t('console.invoice.void')}
      title={t('console.invoice.void.title')}
      confirm={t('console.invoice.void')}
      keep={t('console.order.cancel.keep')}
      danger
    >
      <p className="text-muted">{t(numbered ? 'console.invoice.void.numbered' : 'console.invoice.void.lead')}</p>
      <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
    </ActDialog>
  )
}
