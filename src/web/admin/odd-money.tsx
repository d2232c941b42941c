import '../i18n/areas/odd-money.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { oddMoneySetting, saveOddMoney } from '#modules/billing/odd-money.ts'
import { lateMoney, tolerancePattern } from '#modules/billing/rules/tolerance.ts'
import { readSetting } from '#modules/people/settings.ts'
import { fromDecimal, isCurrency, isPositive, money, toDecimal } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/odd-money.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

const page = '/admin/odd-money'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  const settings = await transaction(shop, 'read-odd-money', (tx) => readSetting(tx, shop, oddMoneySetting))
  const { tolerance_percent: percent, tolerance_most: most, late_money: late } = settings
  const lines = most.map(({ currency, amount }) => `${toDecimal(money(amount, currency))} ${currency}`)
  return { percent, most: lines.join('\n'), late }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const percent = read.raw('tolerance_percent').replace(',', '.') || '0'
  if (!tolerancePattern.test(percent))
    read.refuse('tolerance_percent', 'Please enter a percentage of at most 10, like 0.5.')
  const most = readAmounts(read.text('tolerance_most', { most: 1_000, least: 0, lines: true }))
  if (typeof most === 'string') read.refuse('tolerance_most', most)
  const late = read.choice('late_money', lateMoney)
  if (read.failed || typeof most === 'string') return failure(read.errors, form)
  await transaction(shop, 'save-odd-money', (tx) =>
    saveOddMoney(tx, shop, { tolerance_percent: percent, tolerance_most: most, late_money: late }),
  )
  return redirectWith(page, 'console.settings.saved')
}

/** One a line, as `0.50 EUR`. A sentence where a line is none. */
function readAmounts(text: string): { currency: string; amount: number }[] | string {
  const all: { currency: string; amount: number }[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [number = '', code = ''] = line.split(/\s+/)
    const currency = code.toUpperCase()
    const amount = isCurrency(currency) ? fromDecimal(number, currency) : null
    if (amount === null || !isPositive(amount)) return `“${line}” is no amount. It looks like: 0.50 EUR`
    all.push({ currency, amount: Number(amount.minor) })
  }
  return all
}

/** What is done by itself about money that comes short, or too late. */
export default function OddMoney({ loaderData: { percent, most, late } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const wrong = Object.entries(failed?.errors ?? {}).find(([name]) => name.startsWith('tolerance_most'))?.[1]
  return (
    <>
      <PageHeader title={t('console.nav.oddMoney')} description={t('oddMoney.lead')} />
      <SettingsTabs />
      <div className="mb-6 empty:hidden">
        <FormErrors failure={failed} />
      </div>
      <Form method="post" className="max-w-3xl">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
          <Card title={t('oddMoney.short')}>
            <div className="flex flex-col gap-5">
              <p className="text-muted">{t('oddMoney.short.lead')}</p>
              <Field
                label={t('oddMoney.percent')}
                hint={t('oddMoney.percent.hint')}
                error={failed?.errors.tolerance_percent}
              >
                {(tied) => (
                  <Input
                    {...tied}
                    name="tolerance_percent"
                    inputMode="decimal"
                    maxLength={5}
                    className="max-w-32"
                    defaultValue={failed?.values.tolerance_percent ?? percent}
                  />
                )}
              </Field>
              <Field label={t('oddMoney.most')} hint={t('oddMoney.most.hint')} error={wrong} optional>
                {(tied) => (
                  <Textarea
                    {...tied}
                    name="tolerance_most"
                    rows={3}
                    spellCheck={false}
                    defaultValue={failed?.values.tolerance_most ?? most}
                  />
                )}
              </Field>
            </div>
          </Card>
          <Card title={t('oddMoney.late')}>
            <div className="flex flex-col gap-5">
              <Field label={t('oddMoney.late.label')} hint={t('oddMoney.late.lead')} error={failed?.errors.late_money}>
                {(tied) => (
                  <Select
                    {...tied}
                    name="late_money"
                    defaultValue={failed?.values.late_money ?? late}
                    options={lateMoney.map((value) => ({ value, label: t(`oddMoney.late.${value}`) }))}
                  />
                )}
              </Field>
            </div>
          </Card>
          {change ? (
            <div>
              <Button look="primary">{t('oddMoney.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </>
  )
}
