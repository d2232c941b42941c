import '../i18n/areas/money.ts'
import { Form } from 'react-router'
import type { Money as MoneyValue } from '#platform/money.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { Money, moneyDecimal, moneyText } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'

export type Destination = 'source' | 'balance'

/** What the address says of where the money goes. */
export const destinationOf = (text: FormDataEntryValue | null): Destination => (text === 'balance' ? text : 'source')

/** First step: how much, of which invoice, where to, and why. It only asks (GET), nothing moves. */
export function RefundAsk({
  left,
  gateway,
  typed,
  wrong,
  back,
  shares = [],
}: {
  left: MoneyValue
  gateway: string
  typed: { amount: string | null; reason: string | null; to: Destination; invoice?: string | null }
  wrong: boolean
  back: string
  /** Of a payment that paid several invoices: what is left of each. */
  shares?: readonly { invoiceId: string; number: string | null; left: MoneyValue }[]
}) {
  const page = usePage()
  const { t } = page
  return (
    <Card>
      <Form method="get" className="flex flex-col gap-5">
        {wrong ? (
          <Alert tone="bad" title={t('console.refund.wrong')}>
            {t('console.refund.wrong.lead')}
          </Alert>
        ) : null}
        {shares.length < 2 ? null : (
          <Field label={t('money.refund.invoice')} hint={t('money.refund.invoice.hint')}>
            {(tied) => (
              <Select
                {...tied}
                name="invoice"
                defaultValue={typed.invoice ?? shares[0]?.invoiceId ?? ''}
                options={shares.map((each) => ({
                  value: each.invoiceId,
                  label: `${each.number ?? t('console.invoice.draft')} · ${moneyText(each.left, page)}`,
                }))}
              />
            )}
          </Field>
        )}
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
        <FieldGroup legend={t('money.refund.to')}>
          <RadioCards
            name="to"
            defaultValue={typed.to}
            options={[
              { value: 'source', label: t('money.refund.to.source') },
              { value: 'balance', label: t('money.refund.to.balance'), hint: t('money.refund.to.balance.hint') },
            ]}
          />
        </FieldGroup>
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
  to,
  formKey,
  customer,
  gateway,
  byHand,
  back,
  fields = {},
}: {
  amount: MoneyValue
  reason: string
  to: Destination
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
          <Money value={amount} />{' '}
          {to === 'balance'
            ? t('money.refund.toBalance', { customer })
            : t('console.refund.goes', { customer, gateway })}
        </li>
        {byHand && to === 'source' ? <li>{t('console.refund.byHand')}</li> : null}
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
        <input type="hidden" name="to" value={to} />
        <LinkButton to={back}>{t('console.refund.keep')}</LinkButton>
        <Button look="danger">{t('console.refund.go')}</Button>
      </Form>
    </Card>
  )
}
