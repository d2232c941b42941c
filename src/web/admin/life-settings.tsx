import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { readSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyDecimal } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/life-settings.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

const upgrades = ['keep', 'restart'] as const
const units = ['second', 'day'] as const
const whoMayGroup = ['customers', 'staff'] as const
const invoicing = ['per_subscription', 'per_day'] as const
const balances = ['by_itself', 'when_asked'] as const
const feeKinds = ['off', 'percent', 'amount'] as const
const kinds = ['none', 'prorated', 'full_within'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  const settings = await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, lifeSetting))
  return {
    settings,
    lateFee: { minor: BigInt(settings.late_fees.amount_minor), currency: shop.currency },
    fee: { minor: BigInt(settings.refund.fee_minor), currency: shop.currency },
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const fee = read.money('fee', shop.currency)
  const lateFee = read.money('late_amount', shop.currency)
  const percent = read.text('late_percent', { most: 5 }).replace(',', '.')
  if (!/^\d{1,2}(\.\d{1,2})?$/.test(percent)) read.refuse('late_percent', 'Please enter a number like 5 or 2.5.')
  const facts = {
    upgrade: read.choice('upgrade', upgrades),
    proration: read.choice('proration', units),
    pauses_per_year: read.whole('pauses_per_year', { from: 0, to: 12 }),
    pause_days_per_year: read.whole('pause_days_per_year', { from: 1, to: 365 }),
    households: read.choice('households', whoMayGroup),
    invoices: read.choice('invoices', invoicing),
    balance: read.choice('balance', balances),
    late_fees: {
      fee: read.choice('late_fee', feeKinds),
      after_days: read.whole('late_after_days', { from: 1, to: 90 }),
      percent,
      amount_minor: Number(lateFee?.minor ?? 0n),
      every_days: read.whole('late_every_days', { from: 0, to: 90 }),
      most_percent: read.whole('late_most_percent', { from: 1, to: 100 }),
    },
    refund: {
      kind: read.choice('refund', kinds),
      days: read.whole('days', { from: 1, to: 365 }),
      fee_minor: Number(fee?.minor ?? 0n),
    },
  }
  if (facts.late_fees.amount_minor > 100_000_000) read.refuse('late_amount', 'This is too much.')
  if (facts.refund.fee_minor > 100_000_000) read.refuse('fee', 'This is too much.')
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'save-settings', async (tx) => {
    const { refund_by_plan } = await readSetting(tx, shop, lifeSetting)
    await saveLifeSettings(tx, shop, { ...facts, refund_by_plan })
  })
  return redirectWith('/admin/life', 'console.settings.saved')
}

export default function LifeSettings({ loaderData: { settings, fee, lateFee } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const select = <T extends string>(name: string, chosen: T, choices: readonly T[], text: (choice: T) => string) => (
    <Field label={t(`life.settings.${name}` as 'life.settings.upgrade')} error={failed?.errors[name]}>
      {(tied) => (
        <Select
          {...tied}
          name={name}
          defaultValue={failed?.values[name] ?? chosen}
          options={choices.map((value) => ({ value, label: text(value) }))}
        />
      )}
    </Field>
  )
  const number = (name: string, value: number, least: number, most: number) => (
    <Field label={t(`life.settings.${name}` as 'life.settings.days')} error={failed?.errors[name]}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={least}
          max={most}
          defaultValue={failed?.values[name] ?? String(value)}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
  return (
    <>
      <PageHeader title={t('life.settings.title')} />
      <SettingsTabs />
      <Form method="post" className="max-w-2xl">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
          <FormErrors failure={failed} />
          <Card title={t('life.settings.plans')}>
            <div className="flex flex-col gap-5">
              {select('upgrade', settings.upgrade, upgrades, (each) => t(`life.settings.upgrade.${each}`))}
              {select('proration', settings.proration, units, (each) => t(`life.settings.proration.${each}`))}
            </div>
          </Card>
          <Card title={t('life.settings.pauses')}>
            <div className="flex flex-col gap-5">
              {number('pauses_per_year', settings.pauses_per_year, 0, 12)}
              {number('pause_days_per_year', settings.pause_days_per_year, 1, 365)}
            </div>
          </Card>
          <Card title={t('life.settings.together')}>
            <div className="flex flex-col gap-5">
              {select('invoices', settings.invoices, invoicing, (each) => t(`life.settings.invoices.${each}`))}
              {select('households', settings.households, whoMayGroup, (each) => t(`life.settings.households.${each}`))}
            </div>
          </Card>
          <Card title={t('life.settings.refunds')}>
            <div className="flex flex-col gap-5">
              {select('balance', settings.balance, balances, (each) => t(`life.settings.balance.${each}`))}
              {select('refund', settings.refund.kind, kinds, (each) => t(`life.cancel.policy.${each}`))}
              {number('days', settings.refund.days, 1, 365)}
              <Field label={t('life.settings.fee')} hint={fee.currency} error={failed?.errors.fee}>
                {(tied) => (
                  <Input
                    {...tied}
                    name="fee"
                    inputMode="decimal"
                    defaultValue={failed?.values.fee ?? moneyDecimal(fee)}
                    className="sm:max-w-40"
                  />
                )}
              </Field>
            </div>
          </Card>
          <Card title={t('life.settings.late')}>
            <div className="flex flex-col gap-5">
              <p className="text-muted">{t('life.settings.late.lead')}</p>
              {select('late_fee', settings.late_fees.fee, feeKinds, (each) => t(`life.settings.late_fee.${each}`))}
              {number('late_after_days', settings.late_fees.after_days, 1, 90)}
              <Field label={t('life.settings.late_percent')} error={failed?.errors.late_percent}>
                {(tied) => (
                  <Input
                    {...tied}
                    name="late_percent"
                    inputMode="decimal"
                    maxLength={5}
                    defaultValue={failed?.values.late_percent ?? settings.late_fees.percent}
                    className="sm:max-w-32"
                  />
                )}
              </Field>
              <Field label={t('life.settings.late_amount')} hint={lateFee.currency} error={failed?.errors.late_amount}>
                {(tied) => (
                  <Input
                    {...tied}
                    name="late_amount"
                    inputMode="decimal"
                    defaultValue={failed?.values.late_amount ?? moneyDecimal(lateFee)}
                    className="sm:max-w-40"
                  />
                )}
              </Field>
              {number('late_every_days', settings.late_fees.every_days, 0, 90)}
              {number('late_most_percent', settings.late_fees.most_percent, 1, 100)}
            </div>
          </Card>
          {change ? (
            <div className="flex justify-end">
              <Button look="primary">{t('console.settings.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </>
  )
}
