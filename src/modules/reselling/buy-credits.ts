/**
 * Credits that a reseller buys of his parent: an invoice in the parent's books, paid through the parent's gateways; when it is paid the
 * credits are given, once, and whoever waits for them is served. A purchase is of one pack, or of several of one: a price per credit is a pack of
 * one. Buying by itself: a wallet that fell under its bound buys one pack, or as many as fill it, in one order, by a saved method, so often a day
 * as was agreed.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { plusHours, plusSeconds } from '#platform/time.ts'
import { chargeInvoiceIn } from '../billing/charge-invoice.ts'
import { draftInvoice, issueInvoice } from '../billing/invoices.ts'
import { findInvoice } from '../billing/queries.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { available } from '../ledger/holds.ts'
import { post } from '../ledger/post.ts'
import { creditsIssued, wallet } from '../ledger/rules.ts'
import { settle } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { findOrCreateCustomer } from '../people/customers.ts'
import { signLink } from '../people/links.ts'
import { findPack, listPacks, type Pack } from './packs.ts'
import { restTopUp } from './queries.ts'
import { formatCredits } from './rules.ts'
import { tellTopUpFailed, topUpFailed } from './top-up-failed.ts'
import { tellOwnHistory } from './wallet-history.ts'

/** The parent's shop, opened for what its child does there. Refuses `conflict` for a business that has none. */
async function parentOf(shop: Shop): Promise<Shop> {
  if (shop.parentId === null) throw new Refusal('conflict', 'Your business has no supplier here.')
  return openShop(shop.app, shop.parentId, `reseller:${shop.businessId}`)
}

/** What the parent sells. Empty for a business without one. */
export async function packsForSale(shop: Shop): Promise<Pack[]> {
  if (shop.parentId === null) return []
  const parent = await parentOf(shop)
  return transaction(parent, 'read-packs', (tx) => listPacks(tx, { forSale: true }))
}

export type Purchase = { id: string; invoiceId: string; payUrl: string }

/** Of one order. */
export const mostPacks = 1_000

/** `payUrl`: the parent's page on which the invoice is paid, for a fortnight. */
export async function buyCredits(shop: Shop, packId: string, packs = 1): Promise<Purchase> {
  if (packs < 1 || packs > mostPacks)
    throw new Refusal('invalid_input', 'Please say how many.', [
      { pointer: '/quantity', code: 'out_of_range', detail: `From 1 to ${mostPacks}.` },
    ])
  const parent = await parentOf(shop)
  const now = parent.now()
  const purchase = await transaction(parent, 'buy-credits', (tx) =>
    order(tx, parent, shop.businessId, { packId, packs }, { automatic: false, by: shop.actor }, now),
  )
  await tellOwnHistory(shop, 'credits_ordered', { order: purchase.id, invoice: purchase.invoiceId })
  return purchase
}

async function order(
  tx: Tx,
  parent: Shop,
  resellerId: string,
  { packId, packs }: { packId: string; packs: number },
  { automatic, by }: { automatic: boolean; by: string },
  now: Temporal.Instant,
): Promise<Purchase> {
  const pack = await findPack(tx, packId)
  if (pack === null || !pack.active) throw new Refusal('not_found', 'There is no such pack.')
  const creditsMilli = pack.creditsMilli * BigInt(packs)
  const owner = await maybe(
    tx,
    sql<{
      email: string
      name: string
      country: string
      language: string
    }>`select * from owner_of_reseller(${resellerId})`,
  )
  if (owner === null) throw new Refusal('not_found', 'There is no such reseller.')
  const customer = await findOrCreateCustomer(tx, parent, owner, now)
  const id = newId('cro', parent.app.clock)
  const amount = { minor: pack.priceMinor * BigInt(packs), currency: pack.currency }
  const item = {
    kind: 'custom',
    description: `${packs === 1 ? '' : `${packs} × `}${pack.name}: ${formatCredits(creditsMilli)} credits`,
    amount,
  } as const
  const { id: invoiceId } = await draftInvoice(
    tx,
    parent,
    { customerId: customer.id, currency: pack.currency, purpose: 'manual', items: [item] },
    now,
  )
  const invoice = await findInvoice(tx, invoiceId)
  if (invoice === null) throw new Refusal('conflict', 'Please try again.')
  await issueInvoice(tx, parent, invoice, now)
  await run(
    tx,
    sql`insert into credit_orders (business_id, id, reseller_id, pack_id, packs, invoice_id, credits_milli, automatic, status, created_at, created_by)
      values (${parent.businessId}, ${id}, ${resellerId}, ${pack.id}, ${packs}, ${invoiceId}, ${creditsMilli}, ${automatic}, 'open', ${now}, ${by})`,
  )
  await record(tx, parent, now, {
    type: 'credits.ordered',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: { amount_milli: String(creditsMilli), invoice: invoiceId, automatic },
  })
  return { id, invoiceId, payUrl: payUrlOf(parent, invoiceId, now) }
}

export const payUrlOf = (parent: Shop, invoiceId: string, now: Temporal.Instant): string => {
  const link = { kind: 'pay', businessId: parent.businessId, id: invoiceId } as const
  return `${parent.baseUrl}/pay/${signLink(parent.app, link, plusHours(now, 14 * 24))}`
}

/** Its invoice was paid: the credits are there. Or closed without money: nothing comes of it. Safe to repeat. */
export async function settleCreditOrder(shop: Shop, orderId: string): Promise<void> {
  const now = shop.now()
  const ended = await transaction(shop, 'settle-credit-order', async (tx) => {
    const found = await maybe(
      tx,
      sql<{
        resellerId: string
        creditsMilli: bigint
        invoiceId: string
      }>`select reseller_id as "resellerId", credits_milli as "creditsMilli", invoice_id as "invoiceId"
        from credit_orders where business_id = current_business() and id = ${orderId} and status = 'open' for update`,
    )
    if (found === null) return null
    const status = (await findInvoice(tx, found.invoiceId))?.status
    const given = status === 'paid'
    if (!given && status !== 'void' && status !== 'uncollectible') return null
    await run(
      tx,
      sql`update credit_orders set status = ${given ? 'given' : 'dropped'}, ended_at = ${now} where business_id = current_business() and id = ${orderId}`,
    )
    await settle(tx, topUpFailed, found.resellerId, 'system', now)
    if (!given) return found
    await restTopUp(tx, found.resellerId, false)
    const purchase = { credit: wallet(found.resellerId), amount: found.creditsMilli, purpose: 'credits_bought' }
    await post(tx, shop, [{ debit: creditsIssued, ...purchase }], { id: orderId, at: now })
    await record(tx, shop, now, {
      type: 'credits.bought',
      subjectType: 'reseller',
      subjectId: found.resellerId,
      data: { amount_milli: String(found.creditsMilli), invoice: found.invoiceId },
    })
    return found
  })
  if (ended === null) return
  const holder = await openShop(shop.app, ended.resellerId, 'system')
  await transaction(holder, 'top-up-settled', (tx) =>
    settle(tx, topUpFailed, holder.businessId, 'system', holder.now()),
  )
}

/**
 * Under so many free credits, that pack is bought, at most so often a day; as many of it as fill the wallet up to `toMilli`, in one order; null:
 * one. Null: nothing by itself.
 */
export type TopUp = { underMilli: bigint; toMilli?: bigint | null; packId: string; perDay: number }

export async function readTopUp(shop: Shop): Promise<TopUp | null> {
  if (shop.parentId === null) return null
  const parent = await parentOf(shop)
  return transaction(parent, 'read-top-up', (tx) => topUpOf(tx, shop.businessId))
}

const topUpOf = (tx: Tx, resellerId: string): Promise<TopUp | null> =>
  maybe(
    tx,
    sql<TopUp>`select top_up_under as "underMilli", top_up_to as "toMilli", top_up_pack as "packId", top_up_per_day as "perDay" from reseller_terms
      where business_id = current_business() and reseller_id = ${resellerId} and top_up_under is not null`,
  )

/** The holder decides; the pack must be one that is sold. */
export async function saveTopUp(shop: Shop, wanted: TopUp | null): Promise<void> {
  const parent = await parentOf(shop)
  const now = parent.now()
  const changes = await transaction(parent, 'save-top-up', async (tx) => {
    const before = await topUpOf(tx, shop.businessId)
    const changes = changesOf(before ?? nothingByItself, wanted ?? nothingByItself)
    const pack = wanted === null ? null : await findPack(tx, wanted.packId)
    if (wanted !== null && (pack === null || !pack.active))
      throw new Refusal('invalid_input', 'Please choose a pack.', [
        { pointer: '/pack_id', code: 'unknown', detail: 'There is no such pack.' },
      ])
    if (wanted !== null && pack !== null) refuseUpTo(wanted, pack)
    await run(
      tx,
      sql`insert into reseller_terms (business_id, reseller_id, top_up_under, top_up_to, top_up_pack, top_up_per_day)
        values (${parent.businessId}, ${shop.businessId}, ${wanted?.underMilli ?? null}, ${wanted?.toMilli ?? null}, ${wanted?.packId ?? null}, ${wanted?.perDay ?? null})
        on conflict (business_id, reseller_id) do update set top_up_under = excluded.top_up_under, top_up_to = excluded.top_up_to, top_up_pack = excluded.top_up_pack,
          top_up_per_day = excluded.top_up_per_day, top_up_look_at = null, top_up_rests = false, version = reseller_terms.version + 1`,
    )
    await record(tx, parent, now, {
      type: 'reseller.top_up_changed',
      subjectType: 'reseller',
      subjectId: shop.businessId,
      data: changes,
    })
    return changes
  })
  await tellOwnHistory(shop, 'top_up_changed', changes)
}

const nothingByItself = { underMilli: null, toMilli: null, packId: null, perDay: null }

function refuseUpTo({ underMilli, toMilli = null }: TopUp, pack: Pack): void {
  if (toMilli === null) return
  const wrong = (detail: string) =>
    new Refusal('invalid_input', 'Please check up to where credits are bought.', [
      { pointer: '/up_to_milli', code: 'out_of_range', detail },
    ])
  if (toMilli <= underMilli) throw wrong('It lies above the number under which credits are bought.')
  if (packsTo(0n, toMilli, pack.creditsMilli) > mostPacks) throw wrong(`That is more than ${mostPacks} packs at once.`)
}

/** How many packs fill a wallet; what is held is not free. At least one, for it is under its bound. */
export function packsTo(freeMilli: bigint, toMilli: bigint | null, packMilli: bigint): number {
  if (toMilli === null) return 1
  const missing = toMilli - freeMilli
  return missing <= packMilli ? 1 : Number((missing + packMilli - 1n) / packMilli)
}

/**
 * A wallet under its bound buys by the saved method: invoice and charge in one commit, so that none is left behind without the
 * other. The next one waits until this one is settled; what cannot be bought is tried again in six hours, and told once. `shop` is the
 * issuer's.
 */
export async function topUp(shop: Shop, resellerId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'top-up', async (tx) => {
    const wish = await topUpOf(tx, resellerId)
    if (wish === null) return
    const { bought } = await one(
      tx,
      sql<{ bought: number }>`select count(*)::int as bought from credit_orders
        where business_id = current_business() and reseller_id = ${resellerId} and automatic and created_at > ${plusHours(now, -24)}`,
    )
    await lookAgain(tx, resellerId, bought >= wish.perDay ? plusHours(now, 1) : plusSeconds(now, 60))
    if (bought >= wish.perDay) return
    const pack = await findPack(tx, wish.packId)
    // Read under no lock: at worst it buys what was missing a moment ago, and the next one waits until this is paid.
    const free = await available(tx, wallet(resellerId))
    const packs = Math.min(mostPacks, packsTo(free, wish.toMilli ?? null, pack?.creditsMilli ?? 1n))
    const { invoiceId } = await order(
      tx,
      shop,
      resellerId,
      { packId: wish.packId, packs },
      { automatic: true, by: 'system' },
      now,
    )
    await chargeInvoiceIn(tx, shop, { invoiceId })
  }).catch((error) => {
    // Another process has it.
    if (isDuplicate(error, 'credit_orders_automatic')) return
    if (!(error instanceof Refusal)) throw error
    return failed(shop, resellerId, error.message)
  })
}

const lookAgain = (tx: Tx, resellerId: string, at: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`update reseller_terms set top_up_look_at = ${at} where business_id = current_business() and reseller_id = ${resellerId}`,
  )

async function failed(shop: Shop, resellerId: string, why: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'top-up-failed', (tx) => lookAgain(tx, resellerId, plusHours(now, 6)))
  await tellTopUpFailed(shop, resellerId, why)
}

export type CreditOrder = {
  id: string
  invoiceId: string
  creditsMilli: bigint
  status: 'open' | 'given' | 'dropped'
  automatic: boolean
  createdAt: Temporal.Instant
  /** Where it can be paid; null: nothing is owed any more. */
  payUrl: string | null
}

/** What this business has bought of its parent, the newest first, at most twenty. */
export async function purchasesOf(shop: Shop): Promise<CreditOrder[]> {
  if (shop.parentId === null) return []
  const parent = await parentOf(shop)
  const now = parent.now()
  const found = await transaction(parent, 'read-purchases', (tx) =>
    rows(
      tx,
      sql<
        Omit<CreditOrder, 'payUrl'>
      >`select id, invoice_id as "invoiceId", credits_milli as "creditsMilli", status, automatic, created_at as "createdAt"
        from credit_orders where business_id = current_business() and reseller_id = ${shop.businessId} order by created_at desc, id desc limit 20`,
    ),
  )
  return found.map((each) => ({
    ...each,
    payUrl: each.status === 'open' ? payUrlOf(parent, each.invoiceId, now) : null,
  }))
}
