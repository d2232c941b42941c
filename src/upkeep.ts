/** What a house does for itself now and then: forgets what is over, makes months ahead of need, and proves its invariants. */
import type { App } from '#app.ts'
import { transaction } from '#app.ts'
import { compareGateways } from '#modules/billing/comparison/compare-gateway.ts'
import { forgetWords } from '#modules/billing/notices.ts'
import { readBalances } from '#modules/billing/payouts/read-balance.ts'
import { readAllRates } from '#modules/catalog/read-rates.ts'
import { forgetOrigins, sealAll } from '#modules/events/seal-history.ts'
import { listInvariants, prove } from '#modules/invariants.ts'
import { forgetOldLooks, lookAtPanels, lookMinutes as lookAtPanelsMinutes } from '#modules/lines/panel-health.ts'
import { forgetOldUsage, lookMinutes, lookWhoWatches } from '#modules/lines/usage.ts'
import { lookAtViewerNames } from '#modules/lines/viewer-names.ts'
import { raise, settle } from '#modules/people/attention.ts'
import { allShops, openShop, rootBusiness } from '#modules/people/business.ts'
import { forgetOldKeys } from '#modules/people/idempotency.ts'
import { forgetOldAttempts } from '#modules/people/rate-limits.ts'
import { forgetOldSignIns } from '#modules/people/sign-in/sessions.ts'
import { collectAll } from '#modules/reselling/collecting/collect-all.ts'
import { expireAll } from '#modules/reselling/expire-credits.ts'
import { tellDeclined } from '#modules/reselling/top-up-failed.ts'
import { lookAtWallets } from '#modules/reselling/wallet-alarm.ts'
import { goOnClosing } from '#modules/reselling/wind-down.ts'
import { cleanTwins } from '#modules/twins/clean-twin.ts'
import { setViolations } from '#platform/metrics.ts'

const dayMs = 24 * 3_600_000
/** Each gateway is compared once a day; one that could not be asked is asked again so much later. */
const compareMinutes = 60
const monthsAhead = 3
/** Whether credits run low, or could not be bought. */
const walletMinutes = 1
/** How long a change may stand unsealed. */
const sealMinutes = 5
const partitioned = ['events', 'messages', 'notices'] as const

/** Begins a minute after the start, then daily; looks at panels, asks them who watches, seals history, and compares with gateways. Several processes may: each act is safe to repeat. */
export function startUpkeep(app: App): { stop(): Promise<void> } {
  const [daily, watching, looking, sealing, comparing, wallets] = [
    every(dayMs, () => upkeep(app).catch((error: unknown) => app.log.error('upkeep failed', { error }))),
    every(lookMinutes * 60_000, () =>
      lookWhoWatches(app).catch((error: unknown) => app.log.error('asking who watches failed', { error })),
    ),
    every(lookAtPanelsMinutes * 60_000, () =>
      lookAtPanels(app).catch((error: unknown) => app.log.error('looking at panels failed', { error })),
    ),
    every(sealMinutes * 60_000, () =>
      sealHistories(app).catch((error: unknown) => app.log.error('sealing history failed', { error })),
    ),
    every(compareMinutes * 60_000, () => askOutside(app)),
    every(walletMinutes * 60_000, () =>
      watchWallets(app).catch((error: unknown) => app.log.error('looking at wallets failed', { error })),
    ),
  ]
  return {
    async stop() {
      await Promise.all([daily(), watching(), looking(), sealing(), comparing(), wallets()])
    },
  }
}

async function watchWallets(app: App): Promise<void> {
  await lookAtWallets(app)
  await tellDeclined(app)
  await goOnClosing(app)
}

/** One round, one after the other. */
async function askOutside(app: App): Promise<void> {
  const parts: [what: string, part: (app: App) => Promise<unknown>][] = [
    ['comparing with gateways', compareGateways],
    ['reading balances at gateways', readBalances],
    ['collecting for resellers', collectAll],
    ['reading exchange rates', readAllRates],
  ]
  for (const [what, part] of parts)
    await part(app).catch((error: unknown) => app.log.error(`${what} failed`, { error }))
}

/** First after a minute. What it gives ends it, and waits for a round that is under way. */
function every(ms: number, round: () => Promise<unknown>): () => Promise<unknown> {
  let running: Promise<unknown> = Promise.resolve()
  const run = () => {
    running = round()
  }
  const first = setTimeout(run, 60_000)
  const timer = setInterval(run, ms)
  return () => {
    clearTimeout(first)
    clearInterval(timer)
    return running
  }
}

/** One round. A part that fails is logged and keeps no other from its turn. */
export async function upkeep(app: App): Promise<void> {
  const parts: [name: string, part: () => Promise<unknown>][] = [
    ['months', () => makeMonths(app)],
    ['attempts', () => forgetOldAttempts(app)],
    ['sign-ins', () => forgetOldSignIns(app)],
    ['keys', () => forgetKeys(app)],
    ['usage', () => forgetOldUsage(app)],
    ['looks', () => forgetOldLooks(app)],
    ['words of notices', () => forgetWords(app)],
    ['credits that last', () => expireAll(app)],
    ['origins', () => forgetOldOrigins(app)],
    ['twins', () => cleanTwins(app)],
    ['viewer names', () => lookAtViewerNames(app)],
    ['seals', () => sealHistories(app)],
    ['proof', () => proveAndTell(app)],
  ]
  for (const [part, work] of parts)
    await work().catch((error: unknown) => app.log.error('upkeep failed', { part, error }))
}

/** Tables that only grow are cut by month. A month that already has rows in the default part stays there: they are kept, not moved. */
export async function makeMonths(app: Pick<App, 'db' | 'clock' | 'log'>): Promise<void> {
  const first = app.clock.now().toZonedDateTimeISO('UTC').toPlainDate().with({ day: 1 })
  for (const table of partitioned)
    for (let ahead = 0; ahead <= monthsAhead; ahead++) {
      const month = first.add({ months: ahead }).toString()
      await app.db.pool.query(`call make_month('${table}', '${month}')`).catch((error: { code?: string }) => {
        if (error.code !== '23514') throw error
        app.log.debug('month stays in the default part', { table, month })
      })
    }
}

async function forgetKeys(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    await transaction(shop, 'forget-keys', (tx) => forgetOldKeys(tx, app.clock.now()))
  }
}

const sealHistories = (app: App) => sealAll(app, (businessId) => openShop(app, businessId, 'system'))

async function forgetOldOrigins(app: App): Promise<void> {
  for await (const shop of allShops(app)) await forgetOrigins(shop)
}

/** A broken invariant is shown to the operator, and settled by the first proof that finds nothing. */
async function proveAndTell(app: App): Promise<void> {
  const { checked, broken } = await prove(app, app.clock.now())
  // What was mended since the last proof counts as none.
  for (const { id } of listInvariants()) setViolations(id, 0)
  for (const { id, rows } of broken) setViolations(id, rows.length)
  app.log.info('invariants proved', { checked, broken: broken.map(({ id }) => id) })
  const businessId = await rootBusiness(app)
  if (businessId === null) return
  const shop = await openShop(app, businessId, 'system')
  const now = shop.now()
  await transaction(shop, 'tell-proof', async (tx) => {
    if (broken.length === 0) return void (await settle(tx, 'invariant_broken', businessId, 'system', now))
    const detail = broken.map(({ id, text, rows }) => `${id} (${rows.length}): ${text}`).join('\n')
    const title = `${broken.length} of ${checked} invariants do not hold`
    await raise(
      tx,
      shop,
      { kind: 'invariant_broken', subjectType: 'business', subjectId: businessId, title, detail, severity: 'bad' },
      now,
    )
  })
}
