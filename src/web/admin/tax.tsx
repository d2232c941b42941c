import '../i18n/areas/tax.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { builtInRates, rateOn } from '#modules/billing/rules/tax-rates.ts'
import { ownRates, removeRate, saveRate, saveTaxSettings, taxSetting } from '#modules/billing/tax/settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { dateOf } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/tax.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

const prices = ['inclusive', 'exclusive'] as const
const unchecked = ['charge', 'trust'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  const today = dateOf(shop.now(), shop.zone)
  return transaction(shop, 'read-tax', async (tx) => {
    const rates = await ownRates(tx)
    const countries = [...new Set(builtInRates.map(({ country }) => country))]
    return {
      settings: await readSetting(tx, shop, taxSetting),
      rates,
      today,
      standard: countries.map((country) => `${country} ${rateOn(rates, country, '', today)} %`).join(', '),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const act = read.raw('act')
  const key = () => ({
    country: read.raw('rate_country').toUpperCase(),
    region: read.raw('rate_region').toUpperCase(),
    validFrom: read.raw('valid_from'),
  })
  if (act === 'remove') {
    if (!isDay(key().validFrom)) throw new Refusal('not_found', 'There is no such rate.')
    await transaction(shop, 'remove-rate', (tx) => removeRate(tx, shop, key()))
    return redirectWith('/admin/tax', 'console.tax.rate.removed')
  }
  if (act === 'rate') {
    const percent = read.raw('percent').replace(',', '.')
    const rate = { ...key(), percent }
    if (!/^[A-Z]{2}$/.test(rate.country)) read.refuse('rate_country', 'Please enter two letters, like US.')
    if (!/^[A-Z0-9]{0,3}$/.test(rate.region))
      read.refuse('rate_region', 'Please enter the letters of a state, like NY.')
    if (!isDay(rate.validFrom)) read.refuse('valid_from', 'Please enter a day.')
    if (!/^\d{1,2}(\.\d{1,4})?$/.test(percent)) read.refuse('percent', 'Please enter a percentage, like 8.875.')
    if (read.failed) return failure(read.errors, form)
    await transaction(shop, 'save-rate', (tx) => saveRate(tx, shop, rate))
    return redirectWith('/admin/tax', 'console.tax.rate.saved')
  }
  const registrations = readRegistrations(read.text('registrations', { most: 4_000, least: 0, lines: true }))
  if (typeof registrations === 'string') read.refuse('registrations', registrations)
  const choices = {
    prices: read.choice('prices', prices),
    unchecked: read.choice('unchecked', unchecked),
    note: read.text('note', { most: 300, least: 0 }),
    street: read.text('street', { most: 120, least: 0 }),
    city: read.text('city', { most: 80, least: 0 }),
    postal_code: read.text('postal_code', { most: 20, least: 0 }),
    contact: read.text('contact', { most: 80, least: 0 }),
    phone: read.text('phone', { most: 40, least: 0 }),
  }
  if (read.failed || typeof registrations === 'string') return failure(read.errors, form)
  await transaction(shop, 'save-tax', (tx) => saveTaxSettings(tx, shop, { ...choices, registrations }))
  return redirectWith('/admin/tax', 'console.settings.saved')
}

const isDay = (text: string): boolean => {
  try {
    return Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}

/** One a line: country or country-state, number, and `OSS`. A sentence where a line is none. */
function readRegistrations(text: string) {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const read = lines.map((line) => {
    const [place = '', ...rest] = line.split(/\s+/)
    const [country = '', region = ''] = place.toUpperCase().split('-')
    const oss = rest.at(-1)?.toUpperCase() === 'OSS'
    return { country, region, number: (oss ? rest.slice(0, -1) : rest).join(' '), oss }
  })
  const wrong = read.findIndex(
    ({ country, region, number }) =>
      !/^[A-Z]{2}$/.test(country) || !/^[A-Z0-9]{0,3}$/.test(region) || number.length > 40,
  )
  return wrong < 0 ? read : `“${lines[wrong]}” is no registration. It looks like: DE DE136695976 OSS`
}

type Data = Route.ComponentProps['loaderData']

const written = ({ registrations }: Data['settings']): string =>
  registrations
    .map(({ country, region, number, oss }) =>
      [region === '' ? country : `${country}-${region}`, number, oss ? 'OSS' : ''].filter(Boolean).join(' '),
    )
    .join('\n')

/** Where tax is taken and how; rates beside those that come with the program. */
export default function Tax({ loaderData }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.tax.title')}
        description={t('console.tax.lead')}
        actions={<LinkButton to="/admin/tax/report">{t('console.tax.report')}</LinkButton>}
      />
      <SettingsTabs />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
        <Settings {...loaderData} />
        <Rates {...loaderData} />
      </div>
    </>
  )
}

function Settings({ settings }: Data) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const typed = failed?.values.prices === undefined ? null : failed
  // A refusal of the third registration points at its place in the list: the form has one field for all.
  const wrong = Object.entries(typed?.errors ?? {}).find(([name]) => name.startsWith('registrations'))?.[1]
  return (
    <Card title={t('console.tax.settings')}>
      <Form method="post">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
          <Field
            label={t('console.tax.registrations')}
            hint={t('console.tax.registrations.hint')}
            error={wrong}
            optional
          >
            {(tied) => (
              <textarea
                {...tied}
                name="registrations"
                rows={4}
                spellCheck={false}
                className="code w-full min-w-0 rounded-control border border-line-strong bg-surface px-3 py-2 text-ink"
                defaultValue={typed?.values.registrations ?? written(settings)}
              />
            )}
          </Field>
          <Field label={t('console.tax.prices')} hint={t('console.tax.prices.hint')} error={typed?.errors.prices}>
            {(tied) => (
              <Select
                {...tied}
                name="prices"
                defaultValue={typed?.values.prices ?? settings.prices}
                options={prices.map((value) => ({ value, label: t(`console.tax.prices.${value}`) }))}
              />
            )}
          </Field>
          <Field label={t('console.tax.unchecked')} error={typed?.errors.unchecked}>
            {(tied) => (
              <Select
                {...tied}
                name="unchecked"
                defaultValue={typed?.values.unchecked ?? settings.unchecked}
                options={unchecked.map((value) => ({ value, label: t(`console.tax.unchecked.${value}`) }))}
              />
            )}
          </Field>
          <Field label={t('console.tax.note')} hint={t('console.tax.note.hint')} error={typed?.errors.note} optional>
            {(tied) => (
              <Input {...tied} name="note" maxLength={300} defaultValue={typed?.values.note ?? settings.note} />
            )}
          </Field>
          <h3 className="font-semibold">{t('console.tax.seller')}</h3>
          <div className="grid grid-cols-2 gap-4">
            {(['street', 'city', 'postal_code', 'contact', 'phone'] as const).map((name) => (
              <Field key={name} label={t(`console.tax.${name}`)} error={typed?.errors[name]} optional>
                {(tied) => (
                  <Input {...tied} name={name} maxLength={120} defaultValue={typed?.values[name] ?? settings[name]} />
                )}
              </Field>
            ))}
          </div>
          {change ? (
            <div className="flex justify-end">
              <Button look="primary">{t('console.settings.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </Card>
  )
}

function Rates({ rates, standard, today }: Data) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const typed = failed?.values.percent === undefined ? null : failed
  const field = (name: 'rate_country' | 'rate_region' | 'percent', most: number, optional = false) => (
    <Field label={t(`console.tax.${name}`)} error={typed?.errors[name]} {...(optional ? { optional } : {})}>
      {(tied) => (
        <Input
          {...tied}
          code
          name={name}
          maxLength={most}
          required={!optional}
          defaultValue={typed?.values[name] ?? ''}
        />
      )}
    </Field>
  )
  const columns: readonly Column<Data['rates'][number]>[] = [
    {
      id: 'place',
      header: t('console.tax.rate_country'),
      cell: (row) => (row.region === '' ? row.country : `${row.country}-${row.region}`),
    },
    { id: 'from', header: t('console.tax.valid_from'), cell: (row) => row.validFrom },
    { id: 'percent', header: t('console.tax.percent'), align: 'end', cell: (row) => `${row.percent} %` },
    {
      id: 'remove',
      header: '',
      align: 'end',
      cell: (row) =>
        change ? (
          <Form method="post">
            <input type="hidden" name="rate_country" value={row.country} />
            <input type="hidden" name="rate_region" value={row.region} />
            <input type="hidden" name="valid_from" value={row.validFrom} />
            <Button name="act" value="remove">
              {t('console.tax.rate.remove')}
            </Button>
          </Form>
        ) : null,
    },
  ]
  return (
    <Card title={t('console.tax.rates')} flush>
      <DataTable
        caption={t('console.tax.rates')}
        columns={columns}
        rows={rates}
        rowKey={(row) => `${row.country}-${row.region}-${row.validFrom}`}
        empty={<EmptyState title={t('console.tax.rates.none')}>{t('console.tax.rates.none.lead')}</EmptyState>}
      />
      <div className="flex flex-col gap-5 p-5">
        {change ? (
          <Form method="post" className="flex flex-col gap-5">
            <div className="grid grid-cols-2 gap-4">
              {field('rate_country', 2)}
              {field('rate_region', 3, true)}
              <Field label={t('console.tax.valid_from')} error={typed?.errors.valid_from}>
                {(tied) => (
                  <Input
                    {...tied}
                    type="date"
                    name="valid_from"
                    required
                    defaultValue={typed?.values.valid_from ?? today}
                  />
                )}
              </Field>
              {field('percent', 7)}
            </div>
            <div className="flex justify-end">
              <Button name="act" value="rate">
                {t('console.tax.rate.add')}
              </Button>
            </div>
          </Form>
        ) : null}
        <p className="text-sm text-muted">
          {t('console.tax.rates.standard')} {standard}
        </p>
      </div>
    </Card>
  )
}
