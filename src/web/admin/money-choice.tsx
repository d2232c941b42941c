import '../i18n/areas/bank.ts'
/** Money came by itself: likely invoices, one button each, and a field for any other. The words are those of the bank's entries. */
import type { ReactNode } from 'react'
import { Form, Link } from 'react-router'
import type { Money as MoneyValue } from '#platform/money.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Money } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActButton } from './act.tsx'

export type MoneyGuess = {
  invoiceId: string
  number: string
  customer: string
  open: MoneyValue
  because: 'reference' | 'payer' | 'amount'
}

/** Posts `act=book` with `invoice_id`, or `act=book_other` with `to`: an invoice's number or a customer's address. */
export function MoneyChoice({ guesses, children }: { guesses: readonly MoneyGuess[]; children?: ReactNode }) {
  const t = useText()
  const failed = useFailure()
  return (
    <Card title={t('console.bank.whose')}>
      <div className="flex flex-col gap-5">
        {children}
        {guesses.length === 0 ? <p className="text-muted">{t('console.bank.noIdea')}</p> : null}
        <ul className="flex flex-col gap-3">
          {guesses.map((each) => (
            <li key={each.invoiceId} className="flex flex-wrap items-center justify-between gap-3">
              <span className="min-w-0">
                <Link to={`/admin/invoices/${each.invoiceId}`} className="font-medium hover:underline">
                  {each.number}
                </Link>{' '}
                <bdi>{each.customer}</bdi>
                <span className="block text-sm text-muted">
                  {t(`console.bank.because.${each.because}`)} · {t('console.bank.open')} <Money value={each.open} />
                </span>
              </span>
              <ActButton
                act="book"
                look={each.because === 'amount' ? 'secondary' : 'primary'}
                fields={{ invoice_id: each.invoiceId }}
              >
                {t('console.bank.book')}
              </ActButton>
            </li>
          ))}
        </ul>
        <Form method="post" className="flex flex-wrap items-center gap-3">
          <div className="min-w-0 flex-1 basis-60">
            <Field label={t('console.bank.to')} hint={t('console.bank.to.hint')} error={failed?.errors.to}>
              {(tied) => <Input {...tied} name="to" required maxLength={254} defaultValue={failed?.values.to} />}
            </Field>
          </div>
          <Button name="act" value="book_other">
            {t('console.bank.book')}
          </Button>
        </Form>
      </div>
    </Card>
  )
}
