import '../i18n/areas/affiliates.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { programmeSetting, saveProgramme } from '#modules/affiliates/programme.ts'
import { listProducts } from '#modules/catalog/plans.ts'
import { readSetting } from '#modules/people/settings.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox, RadioCards, Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyDecimal } from '../ui/format.tsx'
import { Affixed, Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { Summary } from '../ui/summary.tsx'
import type { Route } from './+types/affiliate-programme.ts'
import { readProgramme, ruleShown } from './affiliate-form.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { CountField, type Kept, keeping } from './kept-fields.tsx'

/** What affiliates earn, when, and how they are paid. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return transaction(shop, 'read-programme', async (tx) => {
    const programme = await readSetting(tx, shop, programmeSetting)
    const { on, open, hold_days, link_days, least_payout, below, by_hand, credit_price } = programme
    const sum = (minor: number | null) => (minor === null ? '' : moneyDecimal(money(BigInt(minor), shop.currency)))
    return {
      currency: shop.currency,
      programme: { on, open, hold_days, link_days, by_hand, rule: ruleShown(programme.rule, shop.currency) },
      least: least_payout === 0 ? '' : sum(least_payout),
      below: sum(below),
      creditPrice: sum(credit_price),
      products: (await listProducts(tx)).map(({ id, name }) => {
        const own = programme.products.find((each) => each.product_id === id)
        return { id, name, rule: own === undefined ? null : ruleShown(own, shop.currency) }
      }),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const { programme, errors } = readProgramme(form, shop.currency)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  await transaction(shop, 'save-programme', (tx) => saveProgramme(tx, shop, programme))
  return redirectWith('/admin/affiliates/programme', 'console.affiliates.saved')
}

type Data = Route.ComponentProps['loaderData']
type RuleShown = Data['programme']['rule']

export default function ProgrammePage({ loaderData }: Route.ComponentProps) {
  const { programme, currency, least, below, creditPrice, products } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const form = keeping(failed)
  const { errors, kept, ticked } = form
  const sum = (name: string, known: string, label: string, hint: string) => (
    <Field label={label} hint={hint} error={errors[name]} optional>
      {(tied) => <MoneyInput {...tied} name={name} currency={currency} defaultValue={kept(name, known)} />}
    </Field>
  )
  return (
    <>
      <PageHeader
        title={t('console.affiliates.programme')}
        description={t('console.affiliates.programme.lead')}
        back={{ to: '/admin/affiliates', label: t('console.nav.affiliates') }}
      />
      <Form method="post" className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        <Card>
          <div className="flex flex-col gap-4">
            <Switch
              name="on"
              label={t('console.affiliates.programme.on')}
              defaultChecked={ticked('on', programme.on)}
            />
            <Checkbox
              name="open"
              label={t('console.affiliates.programme.open')}
              defaultChecked={ticked('open', programme.open)}
            />
          </div>
        </Card>
        <Card title={t('console.affiliates.commission')}>
          <div className="flex flex-col gap-5">
            <FieldGroup legend={t('console.affiliates.rule')} error={errors.kind}>
              <RadioCards
                name="kind"
                defaultValue={kept('kind', programme.rule.kind)}
                options={[
                  {
                    value: 'percent',
                    label: t('console.affiliates.rule.percent'),
                    hint: t('console.affiliates.rule.percent.hint'),
                  },
                  {
                    value: 'amount',
                    label: t('console.affiliates.rule.amount'),
                    hint: t('console.affiliates.rule.amount.hint'),
                  },
                  { value: 'none', label: t('console.affiliates.rule.none') },
                ]}
              />
            </FieldGroup>
            <Values at="" rule={programme.rule} currency={currency} form={form} />
          </div>
        </Card>
        {products.length > 1 ? (
          <Card title={t('console.affiliates.products')}>
            <div className="flex flex-col divide-y divide-line [&>div:first-child]:pt-0 [&>div:last-child]:pb-0 [&>div]:py-5">
              {products.map(({ id, name, rule }) => (
                <div key={id} className="flex flex-col gap-4">
                  <Field label={name} error={errors[`kind.${id}`]}>
                    {(tied) => (
                      <Select
                        {...tied}
                        name={`kind.${id}`}
                        defaultValue={kept(`kind.${id}`, rule?.kind ?? '')}
                        options={[
                          { value: '', label: t('console.affiliates.rule.usual') },
                          { value: 'percent', label: t('console.affiliates.rule.percent') },
                          { value: 'amount', label: t('console.affiliates.rule.amount') },
                          { value: 'none', label: t('console.affiliates.rule.none') },
                        ]}
                      />
                    )}
                  </Field>
                  <details open={rule !== null || kept(`kind.${id}`, '') !== ''}>
                    <Summary>{t('console.affiliates.rule')}</Summary>
                    <div className="mt-3 flex flex-col gap-4">
                      <Values at={`.${id}`} rule={rule ?? programme.rule} currency={currency} form={form} />
                    </div>
                  </details>
                </div>
              ))}
            </div>
          </Card>
        ) : null}
        <Card>
          <div className="flex flex-col gap-5">
            <CountField
              name="hold_days"
              label={t('console.affiliates.hold')}
              hint={t('console.affiliates.hold.hint')}
              least={0}
              most={365}
              form={form}
              known={programme.hold_days}
            />
            <CountField
              name="link_days"
              label={t('console.affiliates.days')}
              least={1}
              most={365}
              form={form}
              known={programme.link_days}
            />
            {sum('least_payout', least, t('console.affiliates.least'), t('console.affiliates.least.hint'))}
            {sum('below', below, t('console.affiliates.below'), t('console.affiliates.below.hint'))}
            {sum(
              'credit_price',
              creditPrice,
              t('console.affiliates.creditPrice'),
              t('console.affiliates.creditPrice.hint'),
            )}
            <Checkbox
              name="by_hand"
              label={t('console.affiliates.byHand')}
              defaultChecked={ticked('by_hand', programme.by_hand)}
            />
          </div>
        </Card>
        {may('settings:change') ? (
          <div className="flex justify-end">
            <Button look="primary">{t('console.affiliates.save')}</Button>
          </div>
        ) : null}
      </Form>
    </>
  )
}

/** How much, and for how many payments. Of the two sums the one counts that goes with the kind. */
function Values({ at, rule, currency, form }: { at: string; rule: RuleShown; currency: string; form: Kept }) {
  const t = useText()
  const { errors, kept } = form
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t('console.affiliates.percent')} error={errors[`percent${at}`]} optional>
          {(tied) => (
            <Affixed after="%">
              <Input
                {...tied}
                name={`percent${at}`}
                inputMode="decimal"
                autoComplete="off"
                className="text-end tabular-nums"
                defaultValue={kept(`percent${at}`, rule.percent)}
              />
            </Affixed>
          )}
        </Field>
        <Field label={t('console.affiliates.amountIn', { currency })} error={errors[`amount${at}`]} optional>
          {(tied) => (
            <MoneyInput
              {...tied}
              name={`amount${at}`}
              currency={currency}
              defaultValue={kept(`amount${at}`, rule.amount)}
            />
          )}
        </Field>
      </div>
      <CountField
        name={`payments${at}`}
        label={t('console.affiliates.payments')}
        hint={t('console.affiliates.payments.hint')}
        least={0}
        most={120}
        form={form}
        known={rule.payments}
      />
    </>
  )
}
