import '../i18n/areas/exchange.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { exchangeSetting, listRates, loadExchange, saveExchange, typeRate } from '#modules/catalog/exchange.ts'
import { readRatesSoon } from '#modules/catalog/jobs.ts'
import { findReading } from '#modules/catalog/read-rates.ts'
import { marginPattern, rateSources, roundings, withoutRate } from '#modules/catalog/rules/exchange.ts'
import { readSetting } from '#modules/people/settings.ts'
import { isCurrency } from '#platform/money.ts'
import { dateOf } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { dayText, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/exchange.ts'
import { type FormReader, formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

const page = '/admin/exchange'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return transaction(shop, 'read-exchange', async (tx) => {
    const settings = await readSetting(tx, shop, exchangeSetting)
    const reading = await findReading(tx)
    const known = await listRates(tx, shop)
    return {
      settings,
      own: shop.currency,
      today: dateOf(shop.now(), shop.zone),
      without: withoutRate(await loadExchange(tx, shop)),
      rates: known.map(({ base, currency, rate, day }) => ({ base, currency, rate, day })),
      reading: reading && { at: reading.readAt?.toString() ?? null, error: reading.lastError },
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  switch (read.raw('act')) {
    case 'read':
      await transaction(shop, 'ask-for-rates', (tx) => readRatesSoon(tx, shop))
      return redirectWith(page, 'exchange.rates.asked')
    case 'rate': {
      const typed = {
        currency: read.raw('currency').toUpperCase(),
        rate: read.raw('rate').replace(',', '.'),
        day: read.raw('day'),
      }
      if (!/^\d{4}-\d{2}-\d{2}$/.test(typed.day)) read.refuse('day', 'Please enter a day.')
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'type-rate', (tx) => typeRate(tx, shop, typed))
      return redirectWith(page, 'exchange.rate.saved')
    }
    default: {
      const settings = settingsOf(read)
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'save-exchange', (tx) => saveExchange(tx, shop, settings))
      return redirectWith(page, 'exchange.saved')
    }
  }
}

/** So many rows the form has at most. */
const mostRows = 30
const field = (row: number, name: 'currency' | 'margin_percent' | 'rounding') => `currencies.${row}.${name}`

function settingsOf(read: FormReader) {
  const currencies = Array.from({ length: mostRows }, (_, row) => row).flatMap((row) => {
    const currency = read.raw(field(row, 'currency')).toUpperCase()
    if (currency === '') return []
    if (!isCurrency(currency)) read.refuse(field(row, 'currency'), 'Please enter three letters, like USD.')
    const margin = read.raw(field(row, 'margin_percent')).replace(',', '.') || '0'
    if (!marginPattern.test(margin))
      read.refuse(field(row, 'margin_percent'), 'Please enter a percentage below 100, like 2.5.')
    return [{ currency, margin_percent: margin, rounding: read.choice(field(row, 'rounding'), roundings) }]
  })
  const url = read.text('feed_url', { most: 300 })
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    read.refuse('feed_url', 'Please enter an address that begins with https://.')
  const base = read.raw('base').toUpperCase()
  if (base !== '' && !isCurrency(base)) read.refuse('base', 'Please enter three letters, like EUR.')
  return {
    source: read.choice('source', rateSources),
    max_age_days: read.whole('max_age_days', { from: 1, to: 60 }),
    feed_url: url,
    base,
    currencies,
  }
}

type Data = Route.ComponentProps['loaderData']

/** In which currencies is sold by rate; beside it the rates as they are known. */
export default function Exchange({ loaderData }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const { without } = loaderData
  return (
    <>
      <PageHeader title={t('exchange.title')} description={t('exchange.lead')} />
      <SettingsTabs />
      <div className="mb-6 flex flex-col gap-4 empty:hidden">
        <FormErrors failure={failed} />
        {without.length === 0 ? null : (
          <Alert tone="warn" title={t('exchange.without', { currencies: without.join(', ') })}>
            {t('exchange.without.lead')}
          </Alert>
        )}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
        <Settings {...loaderData} />
        <Rates {...loaderData} />
      </div>
    </>
  )
}

function Settings({ settings, own }: Data) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const typed = failed?.values.source === undefined ? null : failed
  const kept = (name: string, known: string) => typed?.values[name] ?? known
  const rows = Array.from({ length: Math.min(settings.currencies.length + 1, mostRows) }, (_, row) => row)
  return (
    <Card title={t('exchange.settings')}>
      <Form method="post">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
          <FieldGroup legend={t('exchange.currencies')} hint={t('exchange.currencies.hint')}>
            <div className="flex flex-col gap-4">
              {rows.map((row) => (
                <SoldByRate
                  key={row}
                  row={row}
                  known={settings.currencies[row]}
                  errors={typed?.errors ?? {}}
                  kept={kept}
                />
              ))}
            </div>
          </FieldGroup>
          <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
            <Field
              label={t('exchange.base')}
              hint={t('exchange.base.hint', { currency: own })}
              error={typed?.errors.base}
              optional
            >
              {(tied) => <Input {...tied} code name="base" maxLength={3} defaultValue={kept('base', settings.base)} />}
            </Field>
            <Field label={t('exchange.source')} error={typed?.errors.source}>
              {(tied) => (
                <Select
                  {...tied}
                  name="source"
                  defaultValue={kept('source', settings.source)}
                  options={rateSources.map((value) => ({ value, label: t(`exchange.source.${value}`) }))}
                />
              )}
            </Field>
          </div>
          <Field label={t('exchange.maxAge')} hint={t('exchange.maxAge.hint')} error={typed?.errors.max_age_days}>
            {(tied) => (
              <Input
                {...tied}
                name="max_age_days"
                inputMode="numeric"
                required
                defaultValue={kept('max_age_days', String(settings.max_age_days))}
              />
            )}
          </Field>
          <Field label={t('exchange.feed')} error={typed?.errors.feed_url}>
            {(tied) => (
              <Input
                {...tied}
                name="feed_url"
                type="url"
                required
                maxLength={300}
                defaultValue={kept('feed_url', settings.feed_url)}
              />
            )}
          </Field>
          {change ? (
            <div className="flex justify-end">
              <Button look="primary">{t('exchange.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </Card>
  )
}

function SoldByRate({
  row,
  known,
  errors,
  kept,
}: {
  row: number
  known: Data['settings']['currencies'][number] | undefined
  errors: Readonly<Record<string, string>>
  kept: (name: string, known: string) => string
}) {
  const t = useText()
  const name = (of: Parameters<typeof field>[1]) => field(row, of)
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
      <Field label={t('exchange.currency', { number: row + 1 })} error={errors[name('currency')]} optional>
        {(tied) => (
          <Input
            {...tied}
            code
            name={name('currency')}
            maxLength={3}
            defaultValue={kept(name('currency'), known?.currency ?? '')}
          />
        )}
      </Field>
      <Field label={t('exchange.margin')} error={errors[name('margin_percent')]} optional>
        {(tied) => (
          <Input
            {...tied}
            name={name('margin_percent')}
            inputMode="decimal"
            maxLength={7}
            defaultValue={kept(name('margin_percent'), known?.margin_percent ?? '0')}
          />
        )}
      </Field>
      <Field label={t('exchange.rounding')} error={errors[name('rounding')]}>
        {(tied) => (
          <Select
            {...tied}
            name={name('rounding')}
            defaultValue={kept(name('rounding'), known?.rounding ?? 'minor')}
            options={roundings.map((value) => ({ value, label: t(`exchange.rounding.${value}`) }))}
          />
        )}
      </Field>
    </div>
  )
}

function Rates({ rates, reading, settings, own, today }: Data) {
  const shown = usePage()
  const { t } = shown
  const change = useMay()('settings:change')
  const columns: readonly Column<Data['rates'][number]>[] = [
    { id: 'base', header: t('exchange.rates.pair'), cell: (row) => row.base },
    { id: 'rate', header: t('exchange.rates.is'), cell: (row) => `${row.rate} ${row.currency}` },
    { id: 'day', header: t('exchange.rates.day'), align: 'end', cell: (row) => dayText(row.day, shown) },
  ]
  return (
    <Card title={t('exchange.rates')} flush>
      <DataTable
        caption={t('exchange.rates')}
        columns={columns}
        rows={rates}
        rowKey={(row) => `${row.currency}-${row.day}`}
        empty={<EmptyState title={t('exchange.rates.none')}>{t('exchange.rates.none.lead')}</EmptyState>}
      />
      <div className="flex flex-col gap-5 p-5">
        {settings.source === 'ecb' ? (
          <>
            {reading?.at ? (
              <p className="text-sm text-muted">
                {t('exchange.rates.lastRead')} <When at={reading.at} />
              </p>
            ) : null}
            {reading?.error ? <Alert tone="warn">{t('exchange.rates.failed', { error: reading.error })}</Alert> : null}
            {change && settings.currencies.length > 0 ? (
              <Form method="post">
                <Button name="act" value="read">
                  {t('exchange.rates.read')}
                </Button>
              </Form>
            ) : null}
          </>
        ) : change ? (
          <TypeRate base={settings.base || own} today={today} />
        ) : null}
      </div>
    </Card>
  )
}

function TypeRate({ base, today }: { base: string; today: string }) {
  const t = useText()
  const failed = useFailure()
  const typed = failed?.values.rate === undefined ? null : failed
  return (
    <Form method="post" className="flex flex-col gap-5">
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
        <Field label={t('exchange.rate.rate', { base })} error={typed?.errors.rate}>
          {(tied) => (
            <Input
              {...tied}
              name="rate"
              inputMode="decimal"
              required
              maxLength={20}
              defaultValue={typed?.values.rate ?? ''}
            />
          )}
        </Field>
        <Field label={t('exchange.rate.currency')} error={typed?.errors.currency}>
          {(tied) => (
            <Input {...tied} code name="currency" required maxLength={3} defaultValue={typed?.values.currency ?? ''} />
          )}
        </Field>
        <Field label={t('exchange.rate.day')} error={typed?.errors.day}>
          {(tied) => <DateInput {...tied} name="day" required defaultValue={typed?.values.day ?? today} />}
        </Field>
      </div>
      <div className="flex justify-end">
        <Button name="act" value="rate">
          {t('exchange.rate.add')}
        </Button>
      </div>
    </Form>
  )
}
