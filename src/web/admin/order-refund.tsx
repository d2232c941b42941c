import { Form } from 'react-router'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { compare, fromDecimal, minus, money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, moneyDecimal } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/order-refund.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRecent, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { readOrderRecord } from './order.server.ts'

/** Money back for an order: first the amount and the reason, then what will happen, then the act. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'refunds:money')
  requireRecent(staff, request)
  const { order, customer, payments } = await readOrderRecord(staff.shop, params.id)
  const payment = payments.find(
    ({ status, received, refunded }) => status === 'succeeded' && received.minor > refunded.minor,
  )
  if (payment === undefined) throw new Refusal('conflict', 'Nothing of this order can be refunded.')
  const left = minus(payment.received, payment.refunded)
  const query = new URL(request.url).searchParams
  const asked = fromDecimal(query.get('amount') ?? '', left.currency)
  const reason = (query.get('reason') ?? '').trim().slice(0, 500)
  const valid = asked !== null && asked.minor > 0n && compare(asked, left) <= 0 && reason !== ''
  return {
    order: { id: order.id, number: order.number },
    customer,
    payment: { id: payment.id, gateway: payment.gateway },
    left,
    typed: { amount: query.get('amount'), reason: query.get('reason') },
    wrong: query.has('amount') && !valid,
    preview: valid ? { amount: asked, reason, formKey: newFormKey() } : null,
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'refunds:money', { recent: true })
  const { payments } = await readOrderRecord(shop, params.id)
  const payment = payments.find(({ id }) => id === form.get('payment'))
  if (payment === undefined) throw new Refusal('not_found', 'There is no such payment.')
  const read = formReader(form)
  const amount = read.money('amount', payment.amount.currency, { required: true, positive: true })
  const reason = read.text('reason', { most: 500 })
  if (read.failed || amount === null) return failure(read.errors, form)
  await once(shop, request, form, (open) =>
    refundPayment(open, payment.id, money(amount.minor, amount.currency), reason),
  )
  return redirectWith(`/admin/orders/${params.id}`, 'console.order.refundAsked')
}

export default function RefundPage({ loaderData }: Route.ComponentProps) {
  const { order, preview } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.refund.title', { number: order.number })}
        back={{ to: `/admin/orders/${order.id}`, label: t('console.order.title', { number: order.number }) }}
      />
      <div className="max-w-xl">
        <FormErrors failure={failed} />
        {preview ? <Preview {...loaderData} preview={preview} /> : <Ask {...loaderData} />}
      </div>
    </>
  )
}

type Data = Route.ComponentProps['loaderData']

function Ask({ order, payment, left, typed, wrong }: Data) {
  const t = useText()
  return (
    <Card>
      <Form method="get" className="flex flex-col gap-5">
        {wrong ? (
          <Alert tone="bad" title={t('console.refund.wrong')}>
            {t('console.refund.wrong.lead')}
          </Alert>
        ) : null}
        <Field
          label={t('console.order.amount')}
          hint={
            <>
              {t('console.refund.left', { gateway: payment.gateway })} <Money value={left} />
            </>
          }
        >
          {(tied) => (
            <MoneyInput {...tied} name="amount" required currency={left.currency} defaultValue={typed.amount ?? left} />
          )}
        </Field>
        <Field label={t('console.act.reason')} hint={t('console.act.reason.hint')}>
          {(tied) => <Input {...tied} name="reason" required maxLength={500} defaultValue={typed.reason ?? ''} />}
        </Field>
        <div className="flex flex-wrap justify-end gap-2">
          <LinkButton to={`/admin/orders/${order.id}`}>{t('ui.cancel')}</LinkButton>
          <Button look="primary">{t('console.refund.preview')}</Button>
        </div>
      </Form>
    </Card>
  )
}

function Preview({ order, customer, payment, preview }: Data & { preview: NonNullable<Data['preview']> }) {
  const t = useText()
  const { amount, reason, formKey } = preview
  return (
    <Card title={t('console.refund.what')}>
      <ul className="mb-5 flex list-disc flex-col gap-1 ps-5">
        <li>
          <Money value={amount} /> {t('console.refund.goes', { customer: customer.email, gateway: payment.gateway })}
        </li>
        <li>{t('console.refund.mail')}</li>
        <li>{t('console.refund.line')}</li>
        <li>{t('console.refund.reason', { reason })}</li>
      </ul>
      <Form method="post" className="flex flex-wrap justify-end gap-2">
        <input type="hidden" name="form_key" value={formKey} />
        <input type="hidden" name="payment" value={payment.id} />
        <input type="hidden" name="amount" value={moneyDecimal(amount)} />
        <input type="hidden" name="reason" value={reason} />
        <LinkButton to={`/admin/orders/${order.id}`}>{t('console.refund.keep')}</LinkButton>
        <Button look="danger">{t('console.refund.go')}</Button>
      </Form>
    </Card>
  )
}
