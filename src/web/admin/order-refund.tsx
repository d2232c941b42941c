import { refundPayment } from '#modules/billing/refund-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { compare, fromDecimal, money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/order-refund.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRecent, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { readOrderRecord } from './order.server.ts'
import { readPaymentRecord } from './payment.server.ts'
import { destinationOf, RefundAsk, RefundPreview } from './refund-steps.tsx'

/** Money back for an order: first the amount and the reason, then what will happen, then the act. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'refunds:money')
  requireRecent(staff, request)
  const { order, customer, payments } = await readOrderRecord(staff.shop, params.id)
  const payment = payments.find(
    ({ status, received, refunded }) => status === 'succeeded' && received.minor > refunded.minor,
  )
  if (payment === undefined) throw new Refusal('conflict', 'Nothing of this order can be refunded.')
  const { payment: known, left } = await readPaymentRecord(staff.shop, payment.id)
  const query = new URL(request.url).searchParams
  const to = destinationOf(query.get('to'))
  const asked = fromDecimal(query.get('amount') ?? '', left.currency)
  const reason = (query.get('reason') ?? '').trim().slice(0, 500)
  const valid = asked !== null && asked.minor > 0n && compare(asked, left) <= 0 && reason !== ''
  return {
    order: { id: order.id, number: order.number },
    customer,
    payment: { id: known.id, gateway: known.gateway, byHand: known.byHand },
    left,
    typed: { amount: query.get('amount'), reason: query.get('reason'), to },
    wrong: query.has('amount') && !valid,
    preview: valid ? { amount: asked, reason, to, formKey: newFormKey() } : null,
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
    refundPayment(open, payment.id, money(amount.minor, amount.currency), reason, destinationOf(form.get('to'))),
  )
  return redirectWith(`/admin/orders/${params.id}`, 'console.order.refundAsked')
}

export default function RefundPage({ loaderData }: Route.ComponentProps) {
  const { order, customer, payment, left, typed, wrong, preview } = loaderData
  const back = `/admin/orders/${order.id}`
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.refund.title', { number: order.number })}
        back={{ to: back, label: t('console.order.title', { number: order.number }) }}
      />
      <div className="max-w-xl">
        <FormErrors failure={failed} />
        {preview ? (
          <RefundPreview
            {...preview}
            customer={customer.email}
            gateway={payment.gateway}
            byHand={payment.byHand}
            back={back}
            fields={{ payment: payment.id }}
          />
        ) : (
          <RefundAsk left={left} gateway={payment.gateway} typed={typed} wrong={wrong} back={back} />
        )}
      </div>
    </>
  )
}
