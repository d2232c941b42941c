import '../i18n/areas/money.ts'
import '../i18n/areas/papers.ts'
import { Download } from 'lucide-react'
import { transaction } from '#app.ts'
import { receiveFromCustomer } from '#modules/billing/mark-received.ts'
import { owedBy } from '#modules/billing/queries.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { statementPage } from '#web/statement.server.ts'
import { LinkButton } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyText } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { StatementSheet } from '../ui/statement-sheet.tsx'
import type { Route } from './+types/customer-statement.ts'
import { ActDialog } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const customer = await transaction(shop, 'read-customer', (tx) => findCustomer(tx, params.id))
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  const { id, name, email } = customer
  const statement = await statementPage((work) => transaction(shop, 'read-statement', work), shop, id, request.url)
  const owed = await transaction(shop, 'read-owed', (tx) => owedBy(tx, id))
  const open = [...Map.groupBy(owed, ({ currency }) => currency)].map(([currency, all]) => ({
    total: money(
      all.reduce((sum, { openMinor }) => sum + openMinor, 0n),
      currency,
    ),
    count: all.length,
  }))
  return { customer: { id, name: name || email }, open, formKey: newFormKey(), ...statement }
}

/** Money that came outside of a gateway and names no invoice. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const read = formReader(form)
  const currency = read.text('currency', { most: 3 })
  const amount = read.money('amount', currency, { required: true, positive: true })
  const reference = read.text('reference', { most: 120 })
  if (read.failed || amount === null) return failure(read.errors, form)
  await once(shop, request, form, (own) => receiveFromCustomer(own, { customerId: params.id, amount, reference }))
  return redirectWith(`/admin/customers/${params.id}/statement`, 'money.receive.done')
}

export default function CustomerStatement({
  loaderData: { customer, open, formKey, view, query, ...asked },
}: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const base = `/admin/customers/${customer.id}`
  return (
    <>
      <PageHeader
        title={t('papers.statement')}
        description={t('papers.statement.lead')}
        back={{ to: base, label: customer.name }}
        actions={
          <>
            {may('payments:money')
              ? open.map((each) => <Receive key={each.total.currency} open={each} formKey={formKey} />)
              : null}
            {view === null ? null : (
              <LinkButton
                href={`${base}/statement.pdf?${query}`}
                icon={<Download aria-hidden="true" className="size-4" />}
              >
                {t('papers.statement.pdf')}
              </LinkButton>
            )}
          </>
        }
      />
      <FormErrors failure={useFailure()} />
      <StatementSheet
        asked={asked}
        view={view}
        papers={({ kind, id }) => (kind === 'invoice' ? `/admin/invoices/${id}` : `/admin/credit-notes/${id}/pdf`)}
      />
    </>
  )
}

type Open = Route.ComponentProps['loaderData']['open'][number]

function Receive({ open, formKey }: { open: Open; formKey: string }) {
  const page = usePage()
  const { t } = page
  const { errors = {}, values = {} } = useFailure() ?? {}
  return (
    <ActDialog
      act="receive"
      id={`act-receive-${open.total.currency}`}
      trigger={t('money.receive')}
      title={t('money.receive')}
      confirm={t('console.order.markReceived.go')}
      keep={t('ui.cancel')}
      look="primary"
      fields={{ form_key: formKey, currency: open.total.currency }}
    >
      <p className="text-muted">{t('money.receive.lead')}</p>
      <p>{t('money.receive.open', { amount: moneyText(open.total, page), count: open.count })}</p>
      <Field label={t('console.order.amount')} error={errors.amount}>
        {(tied) => (
          <MoneyInput
            {...tied}
            name="amount"
            required
            currency={open.total.currency}
            defaultValue={values.amount ?? open.total}
          />
        )}
      </Field>
      <Field label={t('console.order.reference')} hint={t('console.order.reference.hint')} error={errors.reference}>
        {(tied) => <Input {...tied} name="reference" required maxLength={120} defaultValue={values.reference} />}
      </Field>
    </ActDialog>
  )
}
