/**
 * A gateway tells us something. Verify the raw bytes, keep them once, nudge, answer: the gateway gets its 2xx only after the commit,
 * and what the notice says is only a hint (house, main path 1).
 */
import { NoticeError, type RawNotice, type VerifiedNotice } from '#adapters/gateways/gateway.ts'
import { type App, type Shop, singleOf, transaction } from '#app.ts'
import { withoutCardData } from '#platform/card-data.ts'
import { crashPoint } from '#platform/crash.ts'
import { seal } from '#platform/crypto.ts'
import { type Batch, sql, table } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { nudge } from '#platform/jobs.ts'
import { businessByGatewayAccount, openShop } from '../people/business.ts'
import { findGateway, type OpenGateway, openGateway } from './gateways.ts'
import { processNoticeJob } from './jobs.ts'
import { type NoticeWithPayment, paymentsHinted } from './queries.ts'

/** `stored`: kept, or kept before. `unknown`: no such account. `forged`: refuse with 400. `later`: answer 503, so that it is repeated. */
export type Receipt = 'stored' | 'unknown' | 'forged' | 'later'

export async function receiveNotice(app: App, gatewayAccountId: string, raw: RawNotice): Promise<Receipt> {
  const opened = await account(app, gatewayAccountId)
  if (opened === null || opened.open.gateway.verifyNotice === undefined) return 'unknown'
  const { shop, open } = opened
  try {
    const notice = await opened.open.gateway.verifyNotice?.(raw)
    if (notice === undefined) return 'unknown'
    await keepNotice(shop, open.account.id, notice, Buffer.from(raw.body).toString('utf8'))
    crashPoint('notice-answered')
    return 'stored'
  } catch (error) {
    if (!(error instanceof NoticeError)) throw error
    app.log.warn('notice refused', { gateway: gatewayAccountId, reason: error.reason, detail: error.message })
    return error.reason === 'cannot_verify_now' ? 'later' : 'forged'
  }
}

/** Of the same notice, however often it comes, one is kept and read. */
export async function keepNotice(
  shop: Shop,
  accountId: string,
  { dedupeKey, eventType, hints }: Pick<VerifiedNotice, 'dedupeKey' | 'eventType' | 'hints'>,
  text: string,
): Promise<void> {
  const { app } = shop
  const now = shop.now()
  const id = newId('ntc', app.clock)
  const body = seal(shop.dataKey, `${shop.businessId}/notice/${id}`, withoutCardData(text))
  const kept = await singleOf(shop, 'receive-notice', fresh, {
    id,
    account: accountId,
    dedupeKey,
    eventType,
    hints,
    body,
    now,
  })
  if (kept.length === 0) return
  const payload = { businessId: shop.businessId, noticeId: id }
  await nudge(app.db, processNoticeJob, app.db.local === null ? payload : { ...payload, found: kept })
}

type Fresh = {
  id: string
  account: string
  dedupeKey: string
  eventType: string
  hints: unknown
  /** Sealed. */
  body: string
  now: Temporal.Instant
}

/** Key and body in one statement: of the same notice, however often and at once, one is kept. It comes back with its payments. */
const fresh: Batch<Fresh, NoticeWithPayment> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ notice }) => notice.id,
  many: (notices) => sql`with told as (
      select * from ${table('t', notices, [
        ['id', 'text', ({ id }) => id],
        ['account', 'text', ({ account }) => account],
        ['dedupe_key', 'text', ({ dedupeKey }) => dedupeKey],
        ['event_type', 'text', ({ eventType }) => eventType],
        ['hints', 'jsonb', ({ hints }) => hints],
        ['body', 'text', ({ body }) => body],
        ['at', 'timestamptz', ({ now }) => now],
      ])}),
    fresh as (
      insert into notice_keys (business_id, gateway_account_id, dedupe_key, notice_id)
      select current_business(), account, dedupe_key, id from told order by dedupe_key on conflict do nothing returning notice_id),
    kept as (
      insert into notices (business_id, id, gateway_account_id, event_type, hints, body, status, next_try_at, received_at)
    select current_business(), t.id, t.account, t.event_type, t.hints, t.body, 'received', t.at, t.at
      from fresh join told t on t.id = fresh.notice_id returning id, gateway_account_id, event_type, hints, tries)
    select json_build_object('id', n.id, 'eventType', n.event_type, 'hints', n.hints, 'tries', n.tries) as notice, p.* from kept n ${paymentsHinted}`,
}

/** An account never moves to another business, so what was looked up once stays true. */
const owners = new WeakMap<App, Map<string, string>>()

async function account(app: App, id: string): Promise<{ shop: Shop; open: OpenGateway } | null> {
  const known = owners.get(app) ?? new Map<string, string>()
  owners.set(app, known)
  const businessId = known.get(id) ?? (await businessByGatewayAccount(app, id))
  if (businessId === null) return null
  known.set(id, businessId)
  const shop = await openShop(app, businessId, `gateway:${id}`)
  const row = await shop.keep(`gateway/${id}`, () => transaction(shop, 'read-gateway', (tx) => findGateway(tx, id)))
  return row === null ? null : { shop, open: openGateway(shop, row) }
}
