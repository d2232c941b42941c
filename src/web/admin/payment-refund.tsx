import { refundPayment } from '#modules/billing/refund-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { compare, fromDecimal, isPositive } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/payment-refund.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRecent, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { readPaymentRecord } from './payment.server.ts'
import { destinationOf, RefundAsk, RefundPreview } from './refund-steps.tsx'

/** Money back of one payment: first the amount and the reason, then what will happen, then the act. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'refunds:money')
  requireRecent(staff, request)
  const { payment, left: whole, shares, customer, invoice } = await readPaymentRecord(staff.shop, params.id)
  if (payment.status !== 'succeeded' || !isPositive(whole))
    throw new Refusal('conflict', 'Nothing of this payment can be refunded.')
  const query = new URL(request.url).searchParams
  const chosen = shares.find(({ invoiceId }) => invoiceId === query.get('invoice')) ?? null
  const left = chosen?.left ?? (shares.length > 1 ? (shares[0]?.left ?? whole) : whole)
  const to = destinationOf(query.get('to'))
  const asked = fromDecimal(query.get('amount') ?? '', left.currency)
  const reason = (query.get('reason') ?? '').trim().slice(0, 500)
  const valid = asked !== null && isPositive(asked) && compare(asked, left) <= 0 && reason !== ''
  return {
    id: payment.id,
    gateway: payment.gateway,
    byHand: payment.byHand,
    invoice: invoice?.number ?? null,
    customer: customer?.email ?? '',
    left,
    shares,
    typed: { amount: query.get('amount'), reason: query.get('reason'), to, invoice: chosen?.invoiceId ?? null },
    wrong: query.has('amount') && !valid,
    preview: valid
      ? {
          amount: asked,
          reason,
          to,
          formKey: newFormKey(),
          fields: chosen === null ? {} : { invoice: chosen.invoiceId },
        }
      : null,
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'refunds:money', { recent: true })
  const { left, shares } = await readPaymentRecord(shop, params.id)
  const invoiceId = shares.find((share) => share.invoiceId === form.get('invoice'))?.invoiceId
  const to = destinationOf(form.get('to'))
  const read = formReader(form)
  const amount = read.money('amount', left.currency, { required: true, positive: true })
  const reason = read.text('reason', { most: 500 })
  if (read.failed || amount === null) return failure(read.errors, form)
  await once(shop, request, form, (open) => refundPayment(open, params.id, amount, reason, to, invoiceId))
  return redirectWith(`/admin/payments/${params.id}`, 'console.order.refundAsked')
}

export default function PaymentRefund({ loaderData }: Route.ComponentProps) {
  const { id, gateway, byHand, invoice, customer, left, shares, typed, wrong, preview } = loaderData
  const t = useText()
  const back = `/admin/payments/${id}`
  return (
    <>
      <PageHeader
        title={t('console.payment.refundTitle', { invoice: invoice ?? t('console.invoice.draft') })}
        back={{ to: back, label: t('console.payment.back') }}
      />
      <div className="max-w-xl">
        <FormErrors failure={useFailure()} />
        {preview ? (
          <RefundPreview {...preview} customer={customer} gateway={gateway} byHand={byHand} back={back} />
        ) : (
          <RefundAsk {...{ left, gateway, typed, wrong, back, shares }} />
        )}
      </div>
    </>
  )
}
