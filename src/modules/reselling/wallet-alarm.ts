/**
 * Who holds credits, and who issues them, is told before they end: when fewer are free than a bound, or when the forecast says that they end
 * within so many days. Once each time it falls below, and again only after it rose above. A round each minute; each look is safe to repeat.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { formatMoment, type Instant, plusHours, secondsBetween } from '#platform/time.ts'
import { type Changes, changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { type Runway, runwayOf } from './forecast.ts'
import { readChild } from './queries.ts'
import { type AlarmMode, formatCredits } from './rules.ts'
import { tellOnce } from './tell-owners.ts'
import { tellOwnHistory } from './wallet-history.ts'

/** What is told where nobody has chosen: a few days are enough to pay an invoice. */
export const standardDays = 3

/** `own`: with a bound, a number of days, or both. */
export type AlarmWish = { mode: AlarmMode; underMilli: bigint | null; days: number | null }
export type WalletAlarm = AlarmWish & { lowSince: Temporal.Instant | null; lowBecause: 'credits' | 'days' | null }

const standard: WalletAlarm = { mode: 'standard', underMilli: null, days: null, lowSince: null, lowBecause: null }

/** Null: it is enough. Who was told by the days is told again only after a day more was there. */
export function lowBecause(alarm: WalletAlarm, ahead: Pick<Runway, 'freeMilli' | 'endsAt'>, now: Instant) {
  const { mode, underMilli, lowSince } = alarm
  const days = mode === 'standard' ? standardDays : alarm.days
  if (mode === 'off') return null
  if (underMilli !== null && ahead.freeMilli < underMilli) return 'credits'
  if (days === null || ahead.endsAt === null) return null
  const within = (days + (lowSince === null ? 0 : 1)) * 86_400
  return secondsBetween(now, ahead.endsAt) < within ? 'days' : null
}

/** In the issuer's books. */
const alarmIn = async (tx: Tx, holder: string): Promise<WalletAlarm> =>
  (await maybe(
    tx,
    sql<WalletAlarm>`select mode, under_milli as "underMilli", days, low_since as "lowSince", low_because as "lowBecause" from wallet_alarms
      where business_id = current_business() and reseller_id = ${holder}`,
  )) ?? standard

/** For who issues the credits. Throws `not_found` for whose are not his. */
export const readAlarmOf = (shop: Shop, resellerId: string): Promise<WalletAlarm> =>
  transaction(shop, 'read-wallet-alarm', async (tx) => {
    await readChild(tx, resellerId)
    return alarmIn(tx, resellerId)
  })

/** For who holds them; null: he has no supplier here. */
export async function readOwnAlarm(shop: Shop): Promise<WalletAlarm | null> {
  if (shop.parentId === null) return null
  const issuer = await openShop(shop.app, shop.parentId, `reseller:${shop.businessId}`)
  return transaction(issuer, 'read-wallet-alarm', (tx) => alarmIn(tx, shop.businessId))
}

export async function saveOwnAlarm(shop: Shop, wish: AlarmWish): Promise<void> {
  if (shop.parentId === null) throw new Refusal('conflict', 'Your business has no supplier here.')
  const issuer = await openShop(shop.app, shop.parentId, `reseller:${shop.businessId}`)
  const changes = await keepAlarm(issuer, shop.businessId, wish)
  await tellOwnHistory(shop, 'alarm_changed', changes)
}

/** Either of the two may; whoever came last counts, and history says who it was. */
export async function saveAlarm(shop: Shop, resellerId: string, wish: AlarmWish): Promise<void> {
  await keepAlarm(shop, resellerId, wish)
}

async function keepAlarm(shop: Shop, resellerId: string, wish: AlarmWish): Promise<Changes> {
  const { mode } = wish
  const { underMilli, days } = mode === 'own' ? wish : standard
  if (mode === 'own' && underMilli === null && days === null)
    throw new Refusal('invalid_input', 'Please say when to tell.', [
      { pointer: '/under_milli', code: 'required', detail: 'A number of credits, of days, or both.' },
    ])
  const changes = await transaction(shop, 'save-wallet-alarm', async (tx) => {
    await readChild(tx, resellerId)
    const before = await alarmIn(tx, resellerId)
    const changes = changesOf(before, { mode, underMilli, days })
    const at = shop.app.clock.now()
    await run(
      tx,
      sql`insert into wallet_alarms as w (business_id, reseller_id, mode, under_milli, days, look_at) values (${shop.businessId}, ${resellerId}, ${mode}, ${underMilli}, ${days}, ${at})
        on conflict (business_id, reseller_id) do update set mode = excluded.mode, under_milli = excluded.under_milli, days = excluded.days, look_at = excluded.look_at,
          low_since = case when excluded.mode = 'off' then null else w.low_since end, low_because = case when excluded.mode = 'off' then null else w.low_because end,
          version = w.version + 1`,
    )
    if (mode === 'off') await settle(tx, creditsLow, resellerId, 'system', shop.now())
    await record(tx, shop, shop.now(), {
      type: 'reseller.alarm_changed',
      subjectType: 'reseller',
      subjectId: resellerId,
      data: changes,
    })
    return changes
  })
  if (mode !== 'off') return changes
  const holder = await openShop(shop.app, resellerId, 'system')
  await transaction(holder, 'credits-enough', (tx) => settle(tx, creditsLow, resellerId, 'system', holder.now()))
  return changes
}

const creditsLow = 'credits_low'
/** More would keep a round from its next minute; the rest come then. */
const mostAtOnce = 500

/** One round over the wallets whose turn it is. How many were looked at. */
export async function lookAtWallets(app: App): Promise<number> {
  const at = app.clock.now()
  const due = await inTransaction(app.db, { role: 'lookup' }, 'wallets-to-look-at', (tx) =>
    rows(
      tx,
      sql<{ issuer: string; holder: string }>`select issuer, holder from wallets_to_look_at(${at}, ${mostAtOnce})`,
    ),
  )
  for (const { issuer, holder } of due)
    await lookAtWallet(app, issuer, holder).catch((error: unknown) =>
      app.log.error('a wallet could not be looked at', { business: issuer, reseller: holder, error }),
    )
  return due.length
}

async function lookAtWallet(app: App, issuerId: string, holderId: string): Promise<void> {
  const [issuer, holder] = [await openShop(app, issuerId, 'system'), await openShop(app, holderId, 'system')]
  const now = holder.now()
  const moved = holder.parentId !== issuerId
  // A copy that nobody confirmed tells nobody anything; a wallet of a supplier that he left, neither.
  const still = moved || issuer.standstill !== null || holder.standstill !== null
  const ahead = still ? null : await transaction(holder, 'read-own-wallet', (tx) => runwayOf(tx, now))
  const alarm = await transaction(issuer, 'read-wallet-alarm', (tx) => alarmIn(tx, holderId))
  if (ahead === null) return saveLook(issuer, holderId, alarm, plusHours(app.clock.now(), 24))
  const because = lowBecause(alarm, ahead, now)
  if (because !== null) await tellLow(issuer, holder, alarm, ahead)
  else if (alarm.lowSince !== null) await tellEnough(issuer, holder)
  const lowSince = because === null ? null : (alarm.lowSince ?? now)
  await saveLook(issuer, holderId, { ...alarm, lowSince, lowBecause: because }, nextLook(app, ahead, because, now))
}

/** The nearer the end, the sooner. */
function nextLook(app: App, { endsAt }: Runway, because: string | null, now: Instant): Instant {
  if (because !== null) return app.clock.now().add({ minutes: 10 })
  const hours = endsAt === null ? 6 : Math.floor(secondsBetween(now, endsAt) / 3_600 / 4)
  return plusHours(app.clock.now(), Math.min(6, Math.max(1, hours)))
}

const saveLook = async (issuer: Shop, holderId: string, alarm: WalletAlarm, lookAt: Instant): Promise<void> => {
  const { mode, underMilli, days, lowSince, lowBecause: because } = alarm
  // Changed meanwhile, it is looked at anew.
  await transaction(issuer, 'save-wallet-look', (tx) =>
    run(
      tx,
      sql`update wallet_alarms set low_since = ${lowSince}, low_because = ${because}, look_at = ${lookAt}
        where business_id = current_business() and reseller_id = ${holderId} and mode = ${mode}
          and under_milli is not distinct from ${underMilli}::bigint and days is not distinct from ${days}::int`,
    ),
  )
}

async function tellLow(issuer: Shop, holder: Shop, { lowSince }: WalletAlarm, ahead: Runway): Promise<void> {
  const { freeMilli, endsAt, wouldWait } = ahead
  const facts = (shop: Shop) =>
    [
      `There are ${formatCredits(freeMilli)} credits left${endsAt === null ? '' : `; at this pace they end at ${formatMoment(endsAt, shop.zone, 'en')}`}.`,
      wouldWait === 0 ? '' : `${wouldWait} ${wouldWait === 1 ? 'renewal' : 'renewals'} of the next 14 days would wait.`,
    ]
      .join(' ')
      .trim()
  await tell(holder, holder, lowSince, 'Credits run low', facts(holder))
  await tell(issuer, holder, lowSince, `${holder.name} runs low on credits`, facts(issuer))
}

/** An item that staff closed by hand is not opened again while it is still low. */
function tell(shop: Shop, holder: Shop, lowSince: Instant | null, title: string, detail: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'tell-credits-low', async (tx) => {
    if (lowSince !== null) return
    const { businessId } = holder
    if (!(await tellOnce(tx, shop, businessId, { kind: creditsLow, title, detail, severity: 'warn' }, now))) return
    const subjectType = shop.businessId === businessId ? 'wallet' : 'reseller'
    await record(tx, shop, now, { type: 'credits.low', subjectType, subjectId: businessId })
  })
}

async function tellEnough(issuer: Shop, holder: Shop): Promise<void> {
  for (const shop of [holder, issuer])
    await transaction(shop, 'credits-enough', async (tx) => {
      const now = shop.now()
      const about = {
        subjectType: shop === holder ? 'wallet' : 'reseller',
        subjectId: holder.businessId,
      }
      if (await settle(tx, creditsLow, holder.businessId, 'system', now))
        await record(tx, shop, now, { type: 'credits.enough', ...about })
    })
}
