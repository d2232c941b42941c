/** How people come in, and how they pay: at once, late, twice, by bank, with a card that is kept. */
import { randomUUID } from 'node:crypto'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { type PayRequest, type PayStarted, startPayment } from '#modules/billing/start-payment.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { sql } from '#platform/db.ts'
import type { Chance } from '../../src/demo/chance.ts'
import { chooseAtSandbox, consent, type How } from '../support/stories.ts'
import { linkOf } from './affiliates.ts'
import { origins } from './outside.ts'
import type { Temper } from './people.ts'
import type { World } from './world.ts'

/** Somebody new comes in, or an old friend wants a second line. A cart that got no answer is sent again, which makes no second order. */
export async function buys(world: World, email: string, name: string, temper: Temper): Promise<void> {
  const { chance } = world
  const cartKey = `cart/${randomUUID()}`
  const plan = chance.weighted(world.assortment)
  const thrift = { ...thriftOf(world, plan), ...(await linkOf(world)) }
  let invoiceId: string | null = null
  const order = async () => {
    const shop = await world.shopFor('customer:new')
    const found = (await transaction(shop, 'read-plans', (tx) => listPlans(tx))).find((each) => each.name === plan)
    const request = {
      cartKey,
      planId: found?.id ?? '',
      username: name,
      email,
      source: 'storefront' as const,
      ...thrift,
    }
    invoiceId = (await placeOrder(shop, request)).invoiceId
  }
  const placed = (await world.attempt(`${email} orders ${plan}`, order)) || (await world.attempt('asks again', order))
  if (!placed || invoiceId === null || plan === 'Trial') return
  if (temper !== 'never' || chance.next() < 0.8)
    await world.attempt(`${email} pays`, () => pays(world, invoiceId ?? '', temper))
}

/** Most want one line; some two, for two rooms, whose periods then end on one day. */
export async function comesIn(world: World, email: string, name: string, temper: Temper): Promise<void> {
  await buys(world, email, name, temper)
  if (world.chance.next() < 0.15) await buys(world, email, `${name}b`, temper)
}

/** What makes it cheaper: now and then a coupon, or a voucher of a kiosk. */
function thriftOf({ chance, vouchers, log }: World, plan: string): { coupon?: string; voucher?: string } {
  const how = chance.weighted([
    ['none', 14],
    ['coupon', 3],
    ['voucher', plan === 'Family monthly' ? 2 : 0],
  ] as const)
  if (how === 'none') return {}
  log.count(`bought_with_${how}`)
  return how === 'coupon' ? { coupon: chance.oneOf(['HALF', 'FIVE', 'GONE']) } : { voucher: chance.oneOf(vouchers) }
}

/** One attempt, and what he does on the gateway's page: most pay, some are declined, some pay later than they say. */
export async function pays(world: World, invoiceId: string, temper: Temper, hesitant = false): Promise<void> {
  const { chance } = world
  if (temper === 'by bank' && chance.next() < 0.7) return transfers(world, invoiceId)
  await paysOnPage(world, await opensPage(world, invoiceId, temper), temper, hesitant)
  if (temper === 'twice' && chance.next() < 0.5) {
    const again = await opensPage(world, invoiceId, temper)
    await choose(world, again, 'pay')
    if (chance.next() < 0.5) await transfers(world, invoiceId)
  }
}

/** Some are declined, of whom some try again. */
export async function paysOnPage(world: World, page: string | null, temper: Temper, hesitant = false): Promise<void> {
  const { chance } = world
  const how = howOf(chance, temper, hesitant)
  await choose(world, page, how)
  if (how === 'decline' && chance.next() < 0.5) await choose(world, page, 'pay')
}

function howOf(chance: Chance, temper: Temper, hesitant: boolean): How {
  const clumsy = temper === 'clumsy' ? 4 : 1
  return chance.weighted([
    ['pay', 14],
    ['decline', clumsy],
    // A debit takes its days; and who pays late likes the ways that do.
    ['later', temper === 'by debit' ? 60 : hesitant ? 7 : clumsy],
    ['never', 0.2],
  ] as const)
}

const opensPage = async (world: World, invoiceId: string, temper: Temper): Promise<string | null> => {
  const shop = await world.shopFor('customer:x')
  const saveConsent = temper === 'by card' ? consent : null
  return opensPageFor(world, (way) => startPayment(shop, { ...way, invoiceId, saveConsent }))
}

type Way = Pick<PayRequest, 'gatewayAccountId' | 'returnUrl' | 'cancelUrl' | 'description'>

/** The page at the gateway; null: nothing is left to be paid there. */
export async function opensPageFor(
  world: World,
  start: (way: Way) => Promise<Pick<PayStarted, 'redirectUrl'> | null>,
): Promise<string | null> {
  const shop = await world.shopFor('customer:x')
  const gateways = await transaction(shop, 'read-gateways', listGateways)
  const started = await start({
    gatewayAccountId: gateways.find(({ kind }) => kind === 'sandbox')?.id ?? '',
    returnUrl: `${shop.baseUrl}/r`,
    cancelUrl: `${shop.baseUrl}/c`,
    description: 'television',
  })
  return started?.redirectUrl?.split('/').at(-1) ?? null
}

/** The gateway's own page answers also while we are down; his browser then may or may not come back. */
const choose = async (world: World, page: string | null, how: How): Promise<void> => {
  if (page === null) return
  world.log.note(`on the gateway's page: ${how}`)
  await chooseAtSandbox(world.machine.app(), origins.gateway, page, how)
}

async function transfers(world: World, invoiceId: string): Promise<void> {
  const [invoice] = await world.look<{ open: bigint; currency: string }>(openAmount(invoiceId))
  if (invoice === undefined || invoice.open <= 0n) return
  const amount = { minor: invoice.open, currency: invoice.currency }
  await markReceived(await world.shopFor('staff:ann'), { invoiceId, amount, reference: `statement ${invoiceId}` })
}

const openAmount = (invoiceId: string) =>
  sql<{
    open: bigint
    currency: string
  }>`select total_minor - paid_minor as open, currency from invoices where id = ${invoiceId}`
