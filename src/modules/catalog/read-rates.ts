/**
 * Asks the source of rates for today's and keeps them, hourly until the day's are there. Safe to repeat: a day has one rate. Nobody waits for it:
 * without a present rate nothing is sold by rate.
 */
import { fetchEcbRates } from '#adapters/rates/ecb.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { allShops } from '../people/business.ts'
import { readSetting } from '../people/settings.ts'
import { exchangeSetting, keepRates, loadExchange } from './exchange.ts'
import { ratesKnownSoon } from './jobs.ts'
import { judgeRates } from './judge-rates.ts'

/** One round over all businesses that are told their rates; the others' typed ones are looked at whether they have grown old. */
export async function readAllRates(app: App): Promise<void> {
  for await (const shop of allShops(app))
    await readRates(shop).catch((error: unknown) =>
      app.log.error('exchange rates were not read', { business: shop.businessId, error }),
    )
}

export async function readRates(shop: Shop): Promise<void> {
  const { settings, wanted } = await transaction(shop, 'rates-to-read', async (tx) => ({
    settings: await readSetting(tx, shop, exchangeSetting),
    wanted: await isWanted(tx, shop.now()),
  }))
  const { source, currencies, feed_url: url } = settings
  if (currencies.length === 0 && !wanted) return
  // What a twin sells by is copied from its shop: nothing of it leaves the house.
  if (source === 'ecb' && shop.twinOf === null) await ask(shop, url)
  await transaction(shop, 'judge-rates', async (tx) => {
    await judgeRates(tx, shop, await loadExchange(tx, shop), shop.now())
    if (wanted) await ratesKnownSoon(tx, shop)
  })
}

/** Whether somebody wanted rates of late for what is not sold by rate, such as tax that is stated in another currency. */
const isWanted = async (tx: Tx, now: Temporal.Instant): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select business_id from exchange_readings where business_id = current_business() and wanted_at > ${now}::timestamptz - interval '40 days'`,
  )) !== null

async function ask(shop: Shop, url: string): Promise<void> {
  try {
    crashPoint('fetch-rates:before')
    const told = await fetchEcbRates(shop.app.http, url)
    crashPoint('fetch-rates:after')
    await transaction(shop, 'save-rates', async (tx) => {
      await keepRates(tx, shop, 'ecb', told)
      await noteReading(tx, shop, null)
    })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    shop.app.log.warn('exchange rates were not told', { business: shop.businessId, error })
    await transaction(shop, 'rates-not-told', (tx) => noteReading(tx, shop, error.message))
  }
}

const noteReading = (tx: Tx, shop: Shop, error: string | null): Promise<number> =>
  run(
    tx,
    sql`insert into exchange_readings (business_id, tried_at, read_at, last_error) values (${shop.businessId}, ${shop.now()}, ${error === null ? shop.now() : null}, ${error})
      on conflict (business_id) do update set tried_at = excluded.tried_at, read_at = coalesce(excluded.read_at, exchange_readings.read_at), last_error = excluded.last_error`,
  )

export type RatesReading = {
  triedAt: Temporal.Instant | null
  readAt: Temporal.Instant | null
  lastError: string | null
}

/** Null: its source was never asked. */
export const findReading = (tx: Tx): Promise<RatesReading | null> =>
  maybe(
    tx,
    sql<RatesReading>`select tried_at as "triedAt", read_at as "readAt", last_error as "lastError" from exchange_readings where business_id = current_business()`,
  )
