import type { Money } from '#platform/money.ts'
import { Checkbox, RadioCards, Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { moneyDecimal } from '../ui/format.tsx'
import { Affixed, Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Kept } from './kept-fields.tsx'

type Shown = {
  code: string
  note: string
  kind: 'percent' | 'amount'
  percent: string
  lasts: 'once' | 'some' | 'always'
  periods: number | null
  planIds: readonly string[]
  oncePerCustomer: boolean
  newCustomers: boolean
  stock: number | null
  startsOn: string
  endsOn: string
  active: boolean
}

type Props = {
  coupon: Shown
  plans: readonly { id: string; name: string }[]
  sums: readonly { currency: string; amount: Money | null; minimum: Money | null }[]
  form: Kept
}

/** The fields of a coupon: code, what it takes off and for how long, for whom. */
export function CouponFields({ coupon, plans, sums, form }: Props) {
  const t = useText()
  const { errors, kept, ticked } = form
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t('console.coupons.code')} hint={t('console.coupons.code.hint')} error={errors.code}>
          {(tied) => (
            <Input
              {...tied}
              code
              name="code"
              required
              maxLength={60}
              autoComplete="off"
              defaultValue={kept('code', coupon.code)}
            />
          )}
        </Field>
        <Field label={t('console.coupons.note')} error={errors.note} optional>
          {(tied) => <Input {...tied} name="note" maxLength={200} defaultValue={kept('note', coupon.note)} />}
        </Field>
      </div>
      <FieldGroup legend={t('console.coupons.off')} error={errors.kind}>
        <RadioCards
          name="kind"
          columns={2}
          defaultValue={kept('kind', coupon.kind)}
          options={(['percent', 'amount'] as const).map((value) => ({
            value,
            label: t(`console.coupons.kind.${value}`),
          }))}
        />
      </FieldGroup>
      <Field label={t('console.coupons.percent')} hint={t('console.coupons.percent.hint')} error={errors.percent}>
        {(tied) => (
          <Affixed after="%">
            <Input {...tied} name="percent" inputMode="decimal" defaultValue={kept('percent', coupon.percent)} />
          </Affixed>
        )}
      </Field>
      <Sums sums={sums} form={form} />
      <FieldGroup legend={t('console.coupons.lasts')} error={errors.lasts}>
        <RadioCards
          name="lasts"
          columns={2}
          defaultValue={kept('lasts', coupon.lasts)}
          options={(['once', 'some', 'always'] as const).map((value) => ({
            value,
            label: t(`console.coupons.lasts.${value}`),
          }))}
        />
      </FieldGroup>
      <Field label={t('console.coupons.periods')} hint={t('console.coupons.periods.hint')} error={errors.periods}>
        {(tied) => (
          <Input
            {...tied}
            type="number"
            name="periods"
            min={2}
            max={120}
            className="sm:max-w-40"
            defaultValue={kept('periods', coupon.lasts === 'some' ? String(coupon.periods) : '')}
          />
        )}
      </Field>
      <FieldGroup
        legend={t('console.coupons.plans')}
        hint={t('console.coupons.plans.hint')}
        error={faultOfPlans(errors)}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          {plans.map(({ id, name }) => (
            <Checkbox
              key={id}
              name={`plan.${id}`}
              label={name}
              defaultChecked={ticked(`plan.${id}`, coupon.planIds.includes(id))}
            />
          ))}
        </div>
      </FieldGroup>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t('console.coupons.starts')} error={errors.starts_on ?? errors.starts_at} optional>
          {(tied) => <Input {...tied} type="date" name="starts_on" defaultValue={kept('starts_on', coupon.startsOn)} />}
        </Field>
        <Field label={t('console.coupons.ends')} error={errors.ends_on ?? errors.ends_at} optional>
          {(tied) => <Input {...tied} type="date" name="ends_on" defaultValue={kept('ends_on', coupon.endsOn)} />}
        </Field>
      </div>
      <Field label={t('console.coupons.stock')} hint={t('console.coupons.stock.hint')} error={errors.stock} optional>
        {(tied) => (
          <Input
            {...tied}
            type="number"
            name="stock"
            min={0}
            max={10_000_000}
            className="sm:max-w-40"
            defaultValue={kept('stock', coupon.stock === null ? '' : String(coupon.stock))}
          />
        )}
      </Field>
      <Switch
        name="once_per_customer"
        label={t('console.coupons.oncePer')}
        hint={t('console.coupons.oncePer.hint')}
        defaultChecked={ticked('once_per_customer', coupon.oncePerCustomer)}
      />
      <Switch
        name="new_customers"
        label={t('console.coupons.newOnly')}
        hint={t('console.coupons.newOnly.hint')}
        defaultChecked={ticked('new_customers', coupon.newCustomers)}
      />
      <Switch
        name="active"
        label={t('console.coupons.active')}
        hint={t('console.coupons.active.hint')}
        defaultChecked={ticked('active', coupon.active)}
      />
    </>
  )
}

const faultOfPlans = (errors: Record<string, string>): string | undefined =>
  Object.entries(errors).find(([name]) => name.startsWith('plan_ids'))?.[1]

/** Per currency: what it takes off, and from which price on. */
function Sums({ sums, form: { errors, kept } }: Pick<Props, 'sums' | 'form'>) {
  const t = useText()
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      {sums.flatMap(({ currency, amount, minimum }) =>
        (['amount', 'minimum'] as const).map((each) => {
          const name = `${each}.${currency}`
          const known = each === 'amount' ? amount : minimum
          return (
            <Field key={name} label={t(`console.coupons.${each}`, { currency })} error={errors[name]} optional>
              {(tied) => (
                <MoneyInput
                  {...tied}
                  name={name}
                  currency={currency}
                  defaultValue={kept(name, known ? moneyDecimal(known) : '')}
                />
              )}
            </Field>
          )
        }),
      )}
    </div>
  )
}
