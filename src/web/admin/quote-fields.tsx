import { isZero } from '#platform/money.ts'
import { Field, FieldGroup } from '../ui/field.tsx'
import { moneyText } from '../ui/format.tsx'
import { Affixed, Input } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Kept } from './kept-fields.tsx'
import type { QuotedList } from './quote-form.server.ts'

type Props = { currency: string; form: Kept }

/** Left empty, a price is the list's, and its rate is locked. */
export function QuotePrices({ list, currency, form: { errors, kept } }: Props & Pick<QuotedList, 'list'>) {
  const page = usePage()
  const { t } = page
  const listed =
    list === null ? t('console.quotes.list.none') : t('console.quotes.list', { amount: moneyText(list.price, page) })
  const fee = list === null || isZero(list.setup) ? null : list.setup
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <Field
        label={t('console.quotes.price')}
        hint={`${t('console.quotes.price.hint')} ${listed}`}
        error={errors.price}
        optional={list !== null}
      >
        {(tied) => (
          <MoneyInput
            {...tied}
            name="price"
            required={list === null}
            currency={currency}
            defaultValue={kept('price', '')}
          />
        )}
      </Field>
      <Field
        label={t('console.quotes.setup')}
        hint={fee === null ? undefined : t('console.quotes.setup.list', { amount: moneyText(fee, page) })}
        error={errors.setup}
        optional
      >
        {(tied) => <MoneyInput {...tied} name="setup" currency={currency} defaultValue={kept('setup', '')} />}
      </Field>
    </div>
  )
}

/** How many of each, with its tiers in words; a typed price is that of each, whatever their number. */
export function QuoteAddOns({ addOns, currency, form: { errors, kept } }: Props & Pick<QuotedList, 'addOns'>) {
  const page = usePage()
  const { t } = page
  return addOns.map(({ id, name, most, price, breaks }) => (
    <div key={id} className="grid gap-5 sm:grid-cols-2">
      <Field
        label={t('console.quotes.pieces.of', { name })}
        hint={[
          t('console.quotes.each.of', { amount: moneyText(price, page) }),
          ...breaks.map((each) =>
            t('console.quotes.each.from', { count: each.from, amount: moneyText(each.price, page) }),
          ),
        ].join(' ')}
        error={errors[`pieces.${id}`]}
      >
        {(tied) => (
          <Input
            {...tied}
            type="number"
            name={`pieces.${id}`}
            min={0}
            max={most}
            inputMode="numeric"
            defaultValue={kept(`pieces.${id}`, '0')}
          />
        )}
      </Field>
      <Field
        label={t('console.quotes.each')}
        hint={t('console.quotes.each.hint')}
        error={errors[`each.${id}`]}
        optional
      >
        {(tied) => (
          <MoneyInput {...tied} name={`each.${id}`} currency={currency} defaultValue={kept(`each.${id}`, '')} />
        )}
      </Field>
    </div>
  ))
}

export function QuoteDiscount({ currency, form: { errors, kept } }: Props) {
  const t = useText()
  return (
    <FieldGroup legend={t('console.quotes.discount')} hint={t('console.quotes.discount.lead')} error={errors.discount}>
      <div className="grid gap-5 sm:grid-cols-3">
        <Field label={t('console.quotes.discount.percent')} error={errors.percent} optional>
          {(tied) => (
            <Affixed after="%">
              <Input {...tied} name="percent" inputMode="decimal" defaultValue={kept('percent', '')} />
            </Affixed>
          )}
        </Field>
        <Field label={t('console.quotes.discount.amount')} error={errors.off} optional>
          {(tied) => <MoneyInput {...tied} name="off" currency={currency} defaultValue={kept('off', '')} />}
        </Field>
        <Field
          label={t('console.quotes.discount.periods')}
          hint={t('console.quotes.discount.periods.hint')}
          error={errors.periods}
        >
          {(tied) => (
            <Input {...tied} type="number" name="periods" min={1} max={120} defaultValue={kept('periods', '1')} />
          )}
        </Field>
      </div>
    </FieldGroup>
  )
}
