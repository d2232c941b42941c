/** Affiliates in a world of their own: what is earned, held, taken back and paid out, each once. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { decideDispute, enterDispute } from '#modules/billing/disputes/dispute-by-hand.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { available, sumOf } from '#modules/ledger/holds.ts'
import { bank, commission, customerBalance } from '#modules/ledger/rules.ts'
import { closeBranch } from '#modules/reselling/branch.ts'
import { rows, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { anAffiliate, setProgramme, standingOf } from '../../../test/support/affiliates.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { joins, walletOf } from '../../../test/support/resellers.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { type Purchase, present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changeAffiliate, joinProgramme } from './join-programme.ts'
import { lookAtAffiliate } from './look-at-affiliate.ts'
import { payByHand } from './pay-affiliate.ts'
import { affiliatePayouts, commissionsOf, readAffiliate } from './queries.ts'
import { takeBackPayout } from './take-back-payout.ts'

const refusalOf = async (act: Promise<unknown>): Promise<string> => {
  try {
    await act
    return 'done'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const [fault] = error.fields
    return fault ? `${fault.pointer} ${fault.code}` : error.code
  }
}

const night = (world: World) => world.pass({ hours: 24 })

const givesBack = async (world: World, bought: Purchase, minor: bigint, to: 'source' | 'balance' = 'source') => {
  const payment = present((await bought.payments())[0])
  const amount = { minor, currency: 'EUR' }
  await refundPayment(world.shop, payment.id, amount, 'asked', to)
  await world.settle()
}

const change = (world: World, id: string, facts: Parameters<typeof changeAffiliate>[3]) =>
  transaction(world.shop, 'change', (tx) =>
    changeAffiliate(tx, world.shop, id, facts, { himself: false }, world.shop.now()),
  )

scenario('the first payment earns, is held, and then goes to the balance; the second earns nothing', async (world) => {
  await setProgramme(world)
  const ana = await anAffiliate(world, 'ana')
  const bob = await world.customer('bob').buys({ referral: ` ${ana.code.toLowerCase()} ` })
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n })
  await night(world)
  const earned = present((await bob.payments())[0]).receivedMinor / 10n
  expect(earned).toBeGreaterThan(0n)
  expect(await standingOf(world, ana)).toEqual({ owed: earned, held: earned, free: 0n, paid: 0n, booked: earned })
  expect(await read(world.shop, (tx) => sumOf(tx, commission('EUR')))).toBe(-earned)
  // Told again and again, it is counted once.
  for (const notice of [...world.delivered]) await world.notify(notice)
  await world.settle()
  for (let again = 0; again < 3; again++) {
    await world.tamper(`update affiliates set next_look_at = '${world.clock.now()}'`)
    await Promise.all([lookAtAffiliate(world.shop, ana.id), lookAtAffiliate(world.shop, ana.id)])
  }
  expect(await standingOf(world, ana)).toMatchObject({ owed: earned, booked: earned })
  await bob.renews()
  await world.pass({ days: 31 })
  expect(await standingOf(world, ana)).toEqual({ owed: 0n, held: 0n, free: 0n, paid: earned, booked: 0n })
  const balance = customerBalance('EUR', ana.customerId)
  expect(await read(world.shop, (tx) => available(tx, balance))).toBe(earned)
  expect(await read(world.shop, (tx) => commissionsOf(tx, ana.id, { limit: 9 }))).toHaveLength(1)
})

scenario('nobody brings himself, whatever he calls himself; who was there before was not brought', async (world) => {
  await setProgramme(world, { hold_days: 0 })
  const ana = await anAffiliate(world, 'ana.b')
  const zoe = await world.customer('zoe').buys()
  await world.customer('ana.b').buys({ referral: ana.code, username: 'ana1' })
  await world.customer('ana.b+two').buys({ referral: ana.code, username: 'ana2' })
  await zoe.renews()
  await world.customer('zoe').buys({ referral: ana.code, username: 'zoe2' })
  await world.customer('cem').buys({ referral: 'NOSUCHCODE' })
  await night(world)
  expect(await read(world.shop, (tx) => readAffiliate(tx, ana.id))).toMatchObject({ brought: 0, nextLookAt: null })
  // The first who brought him has brought him.
  const [eva, fay] = [await anAffiliate(world, 'eva'), await anAffiliate(world, 'fay')]
  await world.customer('gus').orders({ referral: eva.code })
  await world.customer('gus').buys({ referral: fay.code, username: 'gus2' })
  await night(world)
  expect((await standingOf(world, eva)).paid).toBeGreaterThan(0n)
  expect((await standingOf(world, fay)).paid).toBe(0n)
})

scenario('what goes back to the buyer takes its share along, before and after it was paid out', async (world) => {
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 0 }, hold_days: 3 })
  const ana = await anAffiliate(world, 'ana')
  const bob = await world.customer('bob').buys({ referral: ana.code })
  const cem = await world.customer('cem').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 1_000n, held: 1_000n })
  const paid = present((await bob.payments())[0]).receivedMinor
  await givesBack(world, bob, paid)
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 500n, held: 500n, booked: 500n })
  await world.pass({ days: 3 })
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n })
  await givesBack(world, cem, paid / 2n, 'balance')
  await night(world)
  const { owed, booked } = await standingOf(world, ana)
  expect([owed, booked]).toEqual([-250n, -250n])
  // The next one is his again only when that is made up for.
  await world.customer('dan').buys({ referral: ana.code })
  await world.pass({ days: 5 })
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 750n })
})

scenario('an account falls below nothing as far as the programme says; the rest is let go', async (world) => {
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, below: 200 })
  const ana = await anAffiliate(world, 'ana')
  const bob = await world.customer('bob').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n })
  await givesBack(world, bob, present((await bob.payments())[0]).receivedMinor)
  await night(world)
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: -200n, booked: -200n })
  expect((await read(world.shop, (tx) => commissionsOf(tx, ana.id, { limit: 1 })))[0]).toMatchObject({
    keptMinor: 300n,
    letGoMinor: 300n,
  })
})

scenario('what is disputed is held and taken along with the money; won, it comes back', async (world) => {
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, by_hand: true })
  const ana = await anAffiliate(world, 'ana')
  await change(world, ana.id, { way: 'by_hand', payTo: 'ana@pay.example' })
  const bob = await world.customer('bob').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 500n, free: 500n })
  const payment = present((await bob.payments())[0])
  const dispute = await enterDispute(world.shop, {
    paymentId: payment.id,
    amount: { minor: payment.receivedMinor, currency: 'EUR' },
    ...{ fee: null, reason: 'a letter', kind: 'card', withdrawn: true, evidenceDueAt: null },
  })
  // Before the night has looked: whoever wants to pay him is told by the facts.
  expect(await refusalOf(payByHand(world.shop, ana.id, { currency: 'EUR', reference: 'bank 1' }))).toBe('conflict')
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, booked: 0n })
  await decideDispute(world.shop, dispute, 'won')
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 500n, free: 500n })
  await payByHand(world.shop, ana.id, { currency: 'EUR', reference: 'bank 1' })
  expect(await refusalOf(payByHand(world.shop, ana.id, { currency: 'EUR', reference: 'bank 1' }))).toBe('conflict')
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n, booked: 0n })
})

/** By hand, so that what he earned by Bob lies there until somebody notes that it was paid. */
async function paidByHand(world: World, facts: Parameters<typeof setProgramme>[1] = {}) {
  await setProgramme(world, {
    ...{ rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, by_hand: true },
    ...facts,
  })
  const ana = await anAffiliate(world, 'ana')
  await change(world, ana.id, { way: 'by_hand', payTo: 'ana@pay.example' })
  const bob = await world.customer('bob').buys({ referral: ana.code })
  await night(world)
  const pays = (reference: string) => payByHand(world.shop, ana.id, { currency: 'EUR', reference })
  const takesBack = (payoutId: string, of = ana.id) =>
    takeBackPayout(world.shop, { affiliateId: of, payoutId, reason: 'the transfer bounced' })
  return {
    ana,
    bob,
    pays,
    takesBack,
    payouts: () => read(world.shop, (tx) => affiliatePayouts(tx, ana.id, { limit: 9 })),
  }
}

scenario('a payout that was noted by mistake is taken back once, and what it was over is paid again', async (world) => {
  const { ana, pays, takesBack, payouts } = await paidByHand(world)
  const first = await pays('bank 1')
  const inBank = () => read(world.shop, (tx) => sumOf(tx, bank('EUR')))
  const before = await inBank()
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n, booked: 0n })
  expect((await Promise.all([takesBack(first), takesBack(first)].map(refusalOf))).sort()).toEqual(['conflict', 'done'])
  expect(await standingOf(world, ana)).toEqual({ owed: 500n, held: 0n, free: 500n, paid: 0n, booked: 500n })
  expect((await inBank()) - before).toBe(-500n)
  expect(await refusalOf(takesBack(first))).toBe('conflict')
  expect(await payouts()).toMatchObject([
    { id: first, takenBackAt: expect.anything(), takenBackReason: 'the transfer bounced', amountMinor: 500n },
  ])
  const told = await read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        data: object
      }>`select data from events where business_id = current_business() and type = 'affiliate.payout_taken_back'`,
    ),
  )
  expect(told).toEqual([{ data: { amount: '500', currency: 'EUR', payout: first, reason: 'the transfer bounced' } }])
  const second = await pays('bank 2')
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n, booked: 0n })
  // Wrong again; in the night he is paid by the way he has chosen by then.
  await takesBack(second)
  await change(world, ana.id, { way: 'balance' })
  await night(world)
  expect(await payouts()).toMatchObject([{ way: 'balance', takenBackAt: null }, { id: second }, { id: first }])
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n, booked: 0n })
  expect((await world.proof()).broken).toEqual([])
})

scenario('only what staff noted is taken back, and only his own', async (world) => {
  const { ana, pays, takesBack, payouts } = await paidByHand(world)
  const noted = await pays('bank 1')
  await world.customer('cem').buys({ referral: ana.code })
  await change(world, ana.id, { way: 'balance' })
  await night(world)
  const [given] = await payouts()
  expect(given).toMatchObject({ way: 'balance' })
  expect(await refusalOf(takesBack(present(given).id))).toBe('conflict')
  const eva = await anAffiliate(world, 'eva')
  expect(await refusalOf(takesBack(noted, eva.id))).toBe('not_found')
  expect(await refusalOf(takesBack('apo_nothing'))).toBe('not_found')
  expect(await refusalOf(takesBack(noted, 'aff_nothing'))).toBe('not_found')
  const other = await world.another('zebra')
  const asOther = takeBackPayout(other.shop, { affiliateId: ana.id, payoutId: noted, reason: 'x' })
  expect(await refusalOf(asOther)).toBe('not_found')
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 1_000n, booked: 0n })
})

scenario('what was let go since he counted as paid is asked for again when the payout is taken back', async (world) => {
  const { ana, bob, pays, takesBack } = await paidByHand(world, { below: 200 })
  await world.customer('cem').buys({ referral: ana.code })
  await night(world)
  const first = await pays('bank 1')
  await givesBack(world, bob, present((await bob.payments())[0]).receivedMinor)
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: -200n, booked: -200n })
  // He never had the thousand: the half that is still earned is his, nothing of what went back.
  await takesBack(first)
  expect(await standingOf(world, ana)).toEqual({ owed: 500n, held: 0n, free: 500n, paid: 0n, booked: 500n })
  const second = await pays('bank 2')
  await night(world)
  await takesBack(second)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 500n, booked: 500n })
  expect(
    (await read(world.shop, (tx) => commissionsOf(tx, ana.id, { limit: 9 }))).map((each) => each.keptMinor),
  ).toEqual([500n, 0n])
})

scenario('what was let go before a payout stays let go', async (world) => {
  const { ana, bob, pays, takesBack } = await paidByHand(world, { below: 0 })
  await pays('bank 1')
  await givesBack(world, bob, present((await bob.payments())[0]).receivedMinor)
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, booked: 0n })
  await world.customer('cem').buys({ referral: ana.code })
  await night(world)
  await takesBack(await pays('bank 2'))
  expect(await standingOf(world, ana)).toEqual({ owed: 500n, held: 0n, free: 500n, paid: 500n, booked: 500n })
})

scenario('a reseller is paid in credits, once, at the price of the programme', async (world) => {
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, credit_price: 300 })
  const south = await joins(world, { slug: 'south', credits: 1_000n })
  const ana = await anAffiliate(world, 'ana')
  expect(await refusalOf(change(world, ana.id, { way: 'credits', resellerId: world.businessId }))).toBe(
    '/reseller_id unknown',
  )
  await change(world, ana.id, { way: 'credits', resellerId: south.businessId })
  await world.customer('bob').buys({ referral: ana.code })
  await night(world)
  await night(world)
  expect(await walletOf(south)).toMatchObject({ balance: 2_666n })
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 500n })
  const [given] = await read(world.shop, (tx) => affiliatePayouts(tx, ana.id, { limit: 9 }))
  const wrong = { affiliateId: ana.id, payoutId: present(given).id, reason: 'x' }
  expect(await refusalOf(takeBackPayout(world.shop, wrong))).toBe('conflict')
  expect(await read(world.shop, (tx) => affiliatePayouts(tx, ana.id, { limit: 9 }))).toMatchObject([
    { way: 'credits', creditsMilli: 1_666n, resellerId: south.businessId },
  ])
  // Credits would be of no use to who has closed: what comes then goes to the balance of the customer.
  await world.customer('cem').buys({ referral: ana.code })
  await closeBranch(world.shop, south.businessId)
  await night(world)
  expect(await walletOf(south)).toMatchObject({ balance: 2_666n })
  expect((await read(world.shop, (tx) => affiliatePayouts(tx, ana.id, { limit: 9 })))[0]).toMatchObject({
    way: 'balance',
    amountMinor: 500n,
  })
  await setProgramme(world, { credit_price: null })
  await change(world, ana.id, { way: 'balance' })
  expect(await refusalOf(change(world, ana.id, { way: 'credits', resellerId: south.businessId }))).toBe('/way no_price')
})

scenario('off by default, closed to customers, and least payouts: every rule has its effect', async (world) => {
  const { shop } = world
  const joining = async (name: string, himself = true) => {
    const customerId = await world.customer(name).id()
    return transaction(shop, 'joins', (tx) => joinProgramme(tx, shop, customerId, { himself }, shop.now()))
  }
  await world.customer('ana').buys()
  expect(await refusalOf(joining('ana'))).toBe('conflict')
  await setProgramme(world, { open: false })
  expect(await refusalOf(joining('ana'))).toBe('conflict')
  const id = await joining('ana', false)
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, least_payout: 900 })
  expect(await joining('ana')).toBe(id)
  const ana = await read(shop, (tx) => readAffiliate(tx, id))
  await world.customer('bob').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 500n, free: 500n, paid: 0n })
  await world.customer('cem').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 1_000n })
  // Switched off, he brings nobody any more, and what was brought earns nothing.
  await world.customer('dan').buys({ referral: ana.code })
  await change(world, ana.id, { active: false })
  await world.customer('eva').buys({ referral: ana.code })
  await night(world)
  await setProgramme(world, { on: false })
  await change(world, ana.id, { active: true })
  await world.customer('fay').buys({ referral: ana.code })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ owed: 0n, paid: 1_000n })
  expect(await read(shop, (tx) => readAffiliate(tx, ana.id))).toMatchObject({ brought: 3 })
  // Products have rules of their own.
  const other = await anotherPlan(world, { name: 'Other', amount: 900n })
  const product = (await read(shop, (tx) => findPlan(tx, other)))?.productId
  await setProgramme(world, {
    products: [{ product_id: present(product), kind: 'none', value: 0, payments: 0 }],
    hold_days: 0,
  })
  await world.customer('gus').buys({ referral: ana.code, plan: 'Other' })
  await night(world)
  expect(await standingOf(world, ana)).toMatchObject({ paid: 1_000n })
  const taken = await anAffiliate(world, 'hal')
  expect(await refusalOf(change(world, ana.id, { code: taken.code }))).toBe('/code duplicate')
  expect(await refusalOf(change(world, ana.id, { code: 'a b' }))).toBe('/code invalid')
})
