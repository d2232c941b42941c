/**
 * A reseller below the shop: he sells on its panel for credits, to customers of his own who pay him by hand. Credits are given, taken back,
 * bought in packs, bought by themselves, and run out; what they bought is posted when the panel was read back, and what waits goes on when
 * there are enough again.
 */
import { randomUUID } from 'node:crypto'
import { type Shop, transaction } from '#app.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { attestRights, createBusiness, goLive, openShop, readBusiness } from '#modules/people/business.ts'
import { addMember } from '#modules/people/memberships.ts'
import { buyCredits, packsForSale, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { sql } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Chance } from '../../src/demo/chance.ts'
import { byTransfer, type OpenShop } from '../support/shop.ts'
import type { World } from './world.ts'

/** Invited, joined and open, with the plans that go on and a few credits. */
export async function openReseller({ shop }: Pick<OpenShop, 'shop'>, chance: Chance): Promise<string> {
  const { app } = shop
  const id = newId('biz', app.clock)
  const parent = await transaction(shop, 'read-parent', readBusiness)
  const facts = { slug: 'southwind', name: 'Southwind TV', zone: shop.zone, currency: shop.currency, country: 'DE' }
  const place = { id, parent, ancestors: [shop.businessId] }
  await createBusiness(app, { ...facts, mode: parent.mode }, shop.now(), place)
  const child = await openShop(app, id, 'staff:bea')
  await transaction(shop, 'set-up', async (tx) => {
    for (const [size, priceMinor] of [
      [3_000n, 450n],
      [10_000n, 1_200n],
    ] as const) {
      const pack = { name: `Pack of ${size / 1_000n}`, creditsMilli: size, priceMinor, currency: shop.currency }
      await savePack(tx, shop, { ...pack, active: true })
    }
    const found = (await listPlans(tx)).flatMap(({ id: planId, renewable }) => (renewable ? [planId] : []))
    for (const planId of found) await sharePlan(tx, shop, { ...standardTerms, resellerId: id, planId })
  })
  await transaction(child, 'set-up', async (tx) => {
    await addMember(tx, child, 'system', {
      userId: 'usr_bea',
      email: 'bea@southwind.example',
      name: 'Bea',
      role: 'owner',
    })
    await saveGateway(tx, child, { ...byTransfer, position: 0 })
    await attestRights(tx, child, 'staff:bea', child.now())
    await goLive(tx, child, child.now())
  })
  await giveCredits(shop, {
    resellerId: id,
    amountMilli: BigInt(chance.oneOf([2, 5, 9])) * 1_000n,
    reason: 'to begin with',
  })
  return id
}

type ResellerAct = { name: string; perDay: number; do(world: World): Promise<boolean> }

export const resellerActs: readonly ResellerAct[] = [
  { name: 'a reseller sells', perDay: 0.35, do: sells },
  { name: 'a reseller is paid for a renewal', perDay: 1, do: isPaid },
  { name: 'a reseller gets credits', perDay: 0.12, do: getsCredits },
  { name: 'a reseller loses credits', perDay: 0.06, do: losesCredits },
  { name: 'a reseller buys a pack', perDay: 0.1, do: buysPack },
  { name: 'a reseller pays for his credits', perDay: 0.3, do: paysPack },
  { name: 'a reseller buys by himself, or no more', perDay: 0.05, do: choosesTopUp },
]

const bea = (world: World): Promise<Shop> => openShop(world.machine.app(), world.resellerId, 'staff:bea')

async function sells(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await bea(world)
  const plans = await transaction(shop, 'read-plans', (tx) => listPlans(tx, { forSale: true }))
  if (plans.length === 0) return false
  const name = `r${randomUUID().slice(0, 8)}`
  const order = {
    cartKey: `cart/${name}`,
    planId: chance.oneOf(plans).id,
    username: name,
    email: `${name}@example.net`,
  }
  const { invoiceId } = await placeOrder(shop, { ...order, source: 'storefront' })
  if (invoiceId !== null && chance.next() < 0.9) await isPaidFor(world, shop, invoiceId)
  return true
}

const openInvoices = (businessId: string, purpose: string) =>
  sql<{
    id: string
  }>`select id from invoices where business_id = ${businessId} and status = 'open' and purpose = ${purpose} order by id`

async function isPaid(world: World): Promise<boolean> {
  const open = await world.look(openInvoices(world.resellerId, 'renewal'))
  if (open.length === 0) return false
  await isPaidFor(world, await bea(world), world.chance.oneOf(open).id)
  return true
}

async function isPaidFor(world: World, shop: Shop, invoiceId: string): Promise<void> {
  const [owed] = await world.look(
    sql<{
      minor: bigint
    }>`select total_minor - paid_minor as minor from invoices where id = ${invoiceId} and status in ('draft', 'open')`,
  )
  if (owed === undefined || owed.minor === 0n) return
  await markReceived(shop, { invoiceId, amount: { ...owed, currency: shop.currency }, reference: `cash ${invoiceId}` })
}

const some = (world: World) => BigInt(world.chance.oneOf([500, 1_000, 4_000]))

async function getsCredits(world: World): Promise<boolean> {
  const move = { resellerId: world.resellerId, amountMilli: some(world), reason: 'a present' }
  await giveCredits(await world.shopFor('staff:ann'), move)
  return true
}

async function losesCredits(world: World): Promise<boolean> {
  const move = { resellerId: world.resellerId, amountMilli: some(world), reason: 'a mistake' }
  await takeBackCredits(await world.shopFor('staff:ann'), move)
  return true
}

async function buysPack(world: World): Promise<boolean> {
  const shop = await bea(world)
  const packs = await packsForSale(shop)
  await buyCredits(shop, world.chance.oneOf(packs).id)
  return true
}

async function paysPack(world: World): Promise<boolean> {
  const open = await world.look(
    sql<{
      id: string
    }>`select v.id from credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.status = 'open' and v.status = 'open' order by v.id`,
  )
  if (open.length === 0) return false
  await isPaidFor(world, await world.shopFor('staff:ann'), world.chance.oneOf(open).id)
  return true
}

async function choosesTopUp(world: World): Promise<boolean> {
  const shop = await bea(world)
  const pack = world.chance.oneOf(await packsForSale(shop))
  const wish = { underMilli: 1_000n, packId: pack.id, perDay: 2 }
  await saveTopUp(shop, world.chance.next() < 0.7 ? wish : null)
  return true
}

/** What the life had of it. */
export const countResellers = sql<{ what: string; times: number }>`select 'credits were posted' as what,
    (select count(*)::int from period_credits where status = 'posted') as times
  union all select 'credits were released', (select count(*)::int from period_credits where status = 'released')
  union all select 'a period waited for credits', (select count(*)::int from period_credits where waiting_since is not null)
  union all select 'credits were bought', (select count(*)::int from credit_orders where status <> 'open')
  union all select 'credits bought themselves', (select count(*)::int from credit_orders where automatic)`
