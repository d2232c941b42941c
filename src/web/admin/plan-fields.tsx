import type { PlanFacts } from '#modules/catalog/plans.ts'
import { isZero, type Money } from '#platform/money.ts'
import type { Failure } from '#web/failure.ts'
import { Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { moneyDecimal } from '../ui/format.tsx'
import { Input, type Option, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { Summary } from '../ui/summary.tsx'
import { CountField, DescriptionField, type Kept, keeping, PositionField } from './kept-fields.tsx'

type Known = Omit<PlanFacts, 'prices'> & { prices: readonly { price: Money; setup: Money }[] }

/** What is sold, for how long, for how much. */
export function PlanFields({
  plan,
  products,
  currency,
  failure,
}: {
  plan: Known
  products: readonly Option[]
  currency: string
  failure: Failure | null
}) {
  const t = useText()
  const form = keeping(failure)
  const { errors, kept, ticked } = form
  return (
    <>
      <Field label={t('console.plan.product')} error={errors.product_id}>
        {(tied) => (
          <Select {...tied} name="product_id" options={products} defaultValue={kept('product_id', plan.productId)} />
        )}
      </Field>
      <Field label={t('console.plan.name')} hint={t('console.plan.name.hint')} error={errors.name}>
        {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={kept('name', plan.name)} />}
      </Field>
      <DescriptionField form={form} known={plan.description} rows={3} />
      <div className="grid grid-cols-2 gap-4">
        <CountField
          name="term_count"
          label={t('console.plan.termCount')}
          least={1}
          most={1000}
          form={form}
          known={plan.termCount}
        />
        <Field label={t('console.plan.termUnit')} error={errors.term_unit}>
          {(tied) => (
            <Select
              {...tied}
              name="term_unit"
              options={(['hour', 'day', 'month', 'year'] as const).map((unit) => ({
                value: unit,
                label: t(`console.plan.unit.${unit}`),
              }))}
              defaultValue={kept('term_unit', plan.termUnit)}
            />
          )}
        </Field>
      </div>
      <Prices plan={plan} currency={currency} form={form} />
      <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
        <Field label={t('console.plan.credits')} hint={t('console.plan.credits.hint')} error={errors.credits} optional>
          {(tied) => (
            <Input
              {...tied}
              name="credits"
              inputMode="decimal"
              defaultValue={kept('credits', creditsText(plan.creditCostMilli))}
            />
          )}
        </Field>
        <PositionField form={form} known={plan.position} />
      </div>
      <div className="flex flex-col gap-4">
        <Switch
          name="active"
          label={t('console.plan.active')}
          hint={t('console.plan.active.hint')}
          defaultChecked={ticked('active', plan.active)}
        />
        <Switch
          name="renewable"
          label={t('console.plan.renewable')}
          hint={t('console.plan.renewable.hint')}
          error={errors.renewable}
          defaultChecked={ticked('renewable', plan.renewable)}
        />
        <Switch
          name="trial"
          label={t('console.plan.isTrial')}
          hint={t('console.plan.isTrial.hint')}
          defaultChecked={ticked('trial', plan.trial)}
        />
        <Switch
          name="best_value"
          label={t('console.plan.isBestValue')}
          defaultChecked={ticked('best_value', plan.bestValue)}
        />
      </div>
    </>
  )
}

/** One row per currency, the shop's own first, and an empty one for a further currency. */
function Prices({ plan, currency, form: { errors, kept } }: { plan: Known; currency: string; form: Kept }) {
  const t = useText()
  const known = new Map(plan.prices.map((each) => [each.price.currency, each]))
  const currencies = [...new Set([currency, ...known.keys()])]
  const row = 'grid grid-cols-1 gap-4 sm:grid-cols-2'
  return (
    <FieldGroup legend={t('console.plans.prices')} hint={t('console.plan.prices.hint')}>
      <div className="flex flex-col gap-4">
        {currencies.map((each) => {
          const { price, setup } = known.get(each) ?? {}
          return (
            <div key={each} className={row}>
              <Field label={t('console.plan.price', { currency: each })} error={errors[`price.${each}`]}>
                {(tied) => (
                  <MoneyInput
                    {...tied}
                    name={`price.${each}`}
                    currency={each}
                    defaultValue={kept(`price.${each}`, price ? moneyDecimal(price) : '')}
                  />
                )}
              </Field>
              <Field label={t('console.plan.setup', { currency: each })} error={errors[`setup.${each}`]} optional>
                {(tied) => (
                  <MoneyInput
                    {...tied}
                    name={`setup.${each}`}
                    currency={each}
                    defaultValue={kept(`setup.${each}`, setup && !isZero(setup) ? moneyDecimal(setup) : '')}
                  />
                )}
              </Field>
            </div>
          )
        })}
        <details open={errors.new_currency !== undefined || errors.new_price !== undefined}>
          <Summary>{t('console.plan.addCurrency')}</Summary>
          <div className="mt-3 grid grid-cols-1 gap-4 sm:grid-cols-3">
            <Field label={t('console.plan.currency')} error={errors.new_currency}>
              {(tied) => (
                <Input {...tied} code name="new_currency" maxLength={3} defaultValue={kept('new_currency', '')} />
              )}
            </Field>
            <Field label={t('console.plan.newPrice')} error={errors.new_price}>
              {(tied) => <Input {...tied} name="new_price" inputMode="decimal" defaultValue={kept('new_price', '')} />}
            </Field>
            <Field label={t('console.plan.newSetup')} error={errors.new_setup} optional>
              {(tied) => <Input {...tied} name="new_setup" inputMode="decimal" defaultValue={kept('new_setup', '')} />}
            </Field>
          </div>
        </details>
      </div>
    </FieldGroup>
  )
}

/** `1500n` thousandths are `1.5`; none is an empty field. */
export const creditsText = (milli: bigint): string => (milli === 0n ? '' : String(Number(milli) / 1000))
