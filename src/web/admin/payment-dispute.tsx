import { Form } from 'react-router'
import { enterDispute } from '#modules/billing/disputes/dispute-by-hand.ts'
import { Refusal } from '#platform/errors.ts'
import { compare, isPositive, minus } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput, MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/payment-dispute.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { readPaymentRecord } from './payment.server.ts'

const kinds = ['card', 'wallet', 'bank_return'] as const
const gone = ['yes', 'no'] as const

/** A dispute of which no machine tells: what is taken back, why, and by when an answer is due. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:change')
  const { payment, invoice } = await readPaymentRecord(shop, params.id)
  const left = minus(payment.received, payment.disputed)
  if (payment.status !== 'succeeded' || !isPositive(left))
    throw new Refusal('conflict', 'Nothing of this payment can be disputed.')
  return { id: payment.id, left, invoice: invoice?.number ?? null, formKey: newFormKey() }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:change')
  const { payment } = await readPaymentRecord(shop, params.id)
  const left = minus(payment.received, payment.disputed)
  const read = formReader(form)
  const amount = read.money('amount', left.currency, { required: true, positive: true })
  const fee = read.money('fee', left.currency)
  const kind = read.choice('kind', kinds)
  const withdrawn = read.choice('gone', gone) === 'yes'
  const reason = read.text('reason', { most: 200 })
  const due = read.raw('due')
  const dueOn = dayOf(due)
  if (due !== '' && dueOn === null) read.refuse('due', 'Please choose a day.')
  if (amount !== null && compare(amount, left) > 0) read.refuse('amount', 'This is more than the payment brought.')
  if (read.failed || amount === null) return failure(read.errors, form)
  await once(shop, request, form, (open) =>
    enterDispute(open, {
      paymentId: params.id,
      amount,
      fee: fee !== null && isPositive(fee) ? fee : null,
      kind,
      reason,
      withdrawn,
      // To the end of that day, where the business is.
      evidenceDueAt: dueOn?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? null,
    }),
  )
  return redirectWith('/admin/disputes', 'console.dispute.enter.done')
}

function dayOf(text: string): Temporal.PlainDate | null {
  try {
    return text === '' ? null : Temporal.PlainDate.from(text)
  } catch {
    return null
  }
}

export default function PaymentDispute({ loaderData: { id, left, invoice, formKey } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const back = `/admin/payments/${id}`
  return (
    <>
      <PageHeader
        title={t('console.dispute.enter.title', { invoice: invoice ?? t('console.invoice.draft') })}
        description={t('console.dispute.enter.lead')}
        back={{ to: back, label: t('console.payment.back') }}
      />
      <div className="max-w-xl">
        <Card>
          <Form method="post" className="flex flex-col gap-5">
            <input type="hidden" name="form_key" value={formKey} />
            <FormErrors failure={failed} />
            <Field
              label={t('console.order.amount')}
              hint={
                <>
                  {t('console.dispute.enter.amount.hint')} <Money value={left} />
                </>
              }
              error={failed?.errors.amount}
            >
              {(tied) => (
                <MoneyInput
                  {...tied}
                  name="amount"
                  required
                  currency={left.currency}
                  defaultValue={failed?.values.amount ?? left}
                />
              )}
            </Field>
            <Field label={t('console.dispute.enter.fee')} error={failed?.errors.fee} optional>
              {(tied) => <MoneyInput {...tied} name="fee" currency={left.currency} defaultValue={failed?.values.fee} />}
            </Field>
            <Field label={t('console.dispute.kind')} error={failed?.errors.kind}>
              {(tied) => (
                <Select
                  {...tied}
                  name="kind"
                  defaultValue={failed?.values.kind}
                  options={kinds.map((value) => ({ value, label: t(`console.dispute.kind.${value}`) }))}
                />
              )}
            </Field>
            <Field label={t('console.dispute.enter.gone')} error={failed?.errors.gone}>
              {(tied) => (
                <Select
                  {...tied}
                  name="gone"
                  defaultValue={failed?.values.gone}
                  options={gone.map((value) => ({ value, label: t(`console.dispute.enter.gone.${value}`) }))}
                />
              )}
            </Field>
            <Field label={t('console.dispute.reason')} error={failed?.errors.reason}>
              {(tied) => (
                <Input {...tied} name="reason" required maxLength={200} defaultValue={failed?.values.reason} />
              )}
            </Field>
            <Field label={t('console.disputes.due')} error={failed?.errors.due} optional>
              {(tied) => <DateInput {...tied} name="due" defaultValue={failed?.values.due} />}
            </Field>
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to={back}>{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.dispute.enter')}</Button>
            </div>
          </Form>
        </Card>
      </div>
    </>
  )
}
