import { Form } from 'react-router'
import type { Money as MoneyValue } from '#platform/money.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { Money, moneyDecimal } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'

/** First step: how much, and why. It only asks (GET), nothing moves. */
export function RefundAsk({
  left,
  gateway,
  typed,
  wrong,
  back,
}: {
  left: MoneyValue
  gateway: string
  typed: { amount: string | null; reason: string | null }
  wrong: boolean
  back: string
}) {
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
              {t('console.refund.left', { gateway })} <Money value={left} />
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
          <LinkButton to={back}>{t('ui.cancel')}</LinkButton>
          <Button look="primary">{t('console.refund.preview')}</Button>
        </div>
      </Form>
    </Card>
  )
}

/** Second step: what will happen, and the act. */
export function RefundPreview({
  amount,
  reason,
  formKey,
  customer,
  gateway,
  byHand,
  back,
  fields = {},
}: {
  amount: MoneyValue
  reason: string
  formKey: string
  customer: string
  gateway: string
  /** No machine sends this money: a person does. */
  byHand: boolean
  back: string
  /** Sent along. */
  fields?: Record<string, string>
}) {
  const t = useText()
  return (
    <Card title={t('console.refund.what')}>
      <ul className="mb-5 flex list-disc flex-col gap-1 ps-5">
        <li>
          <Money value={amount} /> {t('console.refund.goes', { customer, gateway })}
        </li>
        {byHand ? <li>{t('console.refund.byHand')}</li> : null}
        <li>{t('console.refund.mail')}</li>
        <li>{t('console.refund.line')}</li>
        <li>{t('console.refund.reason', { reason })}</li>
      </ul>
      <Form method="post" className="flex flex-wrap justify-end gap-2">
        <input type="hidden" name="form_key" value={formKey} />
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name="amount" value={moneyDecimal(amount)} />
        <input type="hidden" name="reason" value={reason} />
        <LinkButton to={back}>{t('console.refund.keep')}</LinkButton>
        <Button look="danger">{t('console.refund.go')}</Button>
      </Form>
    </Card>
  )
}
