/** Test mode: a live business tries everything on its twin, and nothing of it is ever true of the live one. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { findPlan, listPlans, savePlan } from '#modules/catalog/plans.ts'
import { travel, travelOf } from '#modules/dunning/travel.ts'
import { prove } from '#modules/invariants.ts'
import { listPanels, savePanel } from '#modules/lines/panels.ts'
import { openShop } from '#modules/people/business.ts'
import { machineOrigin } from '#modules/people/twin-address.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { choosePolicy } from '#modules/subscriptions/choices.ts'
import { defaultSteps } from '#modules/subscriptions/rules/policy.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { cleanTwin, saveTestMode } from '#modules/twins/clean-twin.ts'
import { findTwin, syncTwin } from '#modules/twins/sync-twin.ts'
import { inTransaction, rows, run, sql } from '#platform/db.ts'
import { upkeep } from '../../src/upkeep.ts'
import { liveBusiness } from '../support/live.ts'
import { customerOf, present } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let live: Awaited<ReturnType<typeof liveBusiness>>
beforeEach(async () => {
  world = await createWorld()
  live = await liveBusiness(world)
})
afterEach(() => world.close())

const open = (id: string) => openShop(world.app, id, 'system')

const stageOf = (shop: Shop) => ({
  shop,
  gatewayOrigin: machineOrigin(shop.businessId, 'sandbox'),
  settle: world.settle,
  lineOnPanel: async () => null,
})

/** Rows of tables that only customers fill. */
async function customersOf(shop: Shop): Promise<Record<string, number>> {
  const tables = [
    'customers',
    'orders',
    'invoices',
    'payments',
    'subscriptions',
    'lines',
    'transfers',
    'messages',
    'notices',
  ]
  return transaction(shop, 'count', async (tx) =>
    Object.fromEntries(
      await Promise.all(
        tables.map(async (name) => {
          const [row] = await rows(
            tx,
            sql<{
              n: number
            }>`select count(*)::int as n from ${sql.table(name)} where business_id = current_business()`,
          )
          return [name, row?.n ?? -1] as const
        }),
      ),
    ),
  )
}

test('a twin sells the same under the same ids, and a second call changes nothing', async () => {
  expect(await findTwin(live.shop)).toBeNull()
  const made = await syncTwin(live.shop)
  expect(made).toMatchObject({ slug: 'live-test', name: 'Harbour TV', url: 'https://shop.example/s/live-test' })
  const twin = await open(made.id)
  expect(twin).toMatchObject({ livemode: false, twinOf: live.businessId, open: true, currency: 'EUR' })

  const plans = (shop: Shop) => transaction(shop, 'read', (tx) => listPlans(tx))
  expect(await plans(twin)).toEqual(await plans(live.shop))
  const forSale = await transaction(twin, 'read', (tx) =>
    rows(
      tx,
      sql`select c.code, c.taken, c.stock, a.id from coupons c, add_ons a, add_on_prices p where p.add_on_id = a.id`,
    ),
  )
  expect(forSale).toEqual([{ code: 'WELCOME20', taken: 0, stock: null, id: live.addOnId }])

  const again = await syncTwin(live.shop)
  expect(again).toMatchObject({ id: made.id, changed: 0 })
  expect((await Promise.all([syncTwin(live.shop), syncTwin(live.shop)])).map(({ id }) => id)).toEqual([
    made.id,
    made.id,
  ])
})

test('what changed is copied, what was made in the twin stays unless the live shop says otherwise, and so does what the twin counts for itself', async () => {
  const made = await syncTwin(live.shop)
  const twin = await open(made.id)
  const plan = present(await transaction(live.shop, 'read', (tx) => findPlan(tx, live.planId)))
  await transaction(live.shop, 'change', (tx) =>
    savePlan(
      tx,
      live.shop,
      { ...plan, name: 'Family, a month', prices: [{ currency: 'USD', amountMinor: 1499n, setupMinor: 0n }] },
      live.planId,
    ),
  )
  const own = await transaction(twin, 'own', async (tx) => {
    await run(tx, sql`update coupons set taken = 7 where business_id = current_business()`)
    return savePlan(tx, twin, { ...plan, name: 'Only here' })
  })
  await transaction(twin, 'policy', async (tx) => {
    const { id } = await savePolicy(tx, twin, { name: 'Patient', steps: defaultSteps }, twin.now())
    for (const subjectId of [own, live.planId])
      await choosePolicy(tx, twin, { scope: 'plan', policyId: id, subjectId }, twin.now())
  })
  await transaction(live.shop, 'choose', async (tx) => {
    const { id } = await savePolicy(tx, live.shop, { name: 'Strict', steps: defaultSteps }, live.shop.now())
    await choosePolicy(tx, live.shop, { scope: 'plan', policyId: id, subjectId: live.planId }, live.shop.now())
  })
  expect((await syncTwin(live.shop)).changed).toBeGreaterThan(0)
  const after = await transaction(twin, 'read', (tx) => listPlans(tx))
  expect(after.find(({ id }) => id === live.planId)).toMatchObject({
    name: 'Family, a month',
    prices: [{ currency: 'USD', amountMinor: 1499n }],
  })
  expect(after.find(({ id }) => id === own)).toMatchObject({ active: true, prices: plan.prices })
  const [coupon] = await transaction(twin, 'read', (tx) =>
    rows(tx, sql<{ taken: number }>`select taken from coupons where business_id = current_business()`),
  )
  expect(coupon?.taken).toBe(7)
  // Its own policy is its own; for the live plan the live shop has chosen.
  const chosen = await transaction(twin, 'read', (tx) =>
    rows(
      tx,
      sql<{ plan: string; policy: string }>`select c.subject_id as plan, p.name as policy from policy_choices c
        join policies p on p.business_id = c.business_id and p.id = c.policy_id and p.current
        where c.business_id = current_business() and c.ended_at is null and c.scope = 'plan' order by p.name`,
    ),
  )
  expect(chosen).toEqual([
    { plan: own, policy: 'Patient' },
    { plan: live.planId, policy: 'Strict' },
  ])
  expect((await syncTwin(live.shop)).changed).toBe(0)
})

test('an order in test mode ends with a line on the imitated panel, its clock travels, and the live business never hears of it', async () => {
  const before = await customersOf(live.shop)
  const made = await syncTwin(live.shop)
  const twin = await open(made.id)
  const anna = customerOf(stageOf(twin), 'Anna')
  const bought = await anna.buys({ planId: live.planId })
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  const onPanel = async () =>
    transaction(twin, 'read', (tx) =>
      rows(
        tx,
        sql<{
          username: string
          exp: number
          enabled: number
        }>`select value->>'username' as username, (value->>'exp_date')::int as exp, (value->>'enabled')::int as enabled
          from imitation_rows where business_id = current_business() and machine = 'panel' and shelf = 'lines'`,
      ),
    )
  expect(await onPanel()).toMatchObject([{ username: 'anna', enabled: 1 }])
  expect(await world.linesOnPanel()).toEqual([])
  expect(world.mailbox.mails).toEqual([])
  const mails = await transaction(twin, 'read', (tx) =>
    rows(
      tx,
      sql<{ template: string; transport: string; text: string }>`select m.template, m.transport, c.body_text as text
      from messages m left join caught_mails c on c.message_id = m.id where m.business_id = current_business() and m.status = 'sent' order by m.id`,
    ),
  )
  expect(mails.find(({ template }) => template === 'credentials')).toMatchObject({
    transport: 'caught',
    text: expect.stringContaining('anna'),
  })

  await travel(await open(made.id), twin.now().add({ hours: 24 * 45 }))
  for (let looks = 0; (await transaction(twin, 'read', travelOf)) !== null; looks++) {
    expect(looks).toBeLessThan(500)
    world.clock.advance({ milliseconds: 300 })
    await world.settle()
  }
  expect((await bought.subscription()).status).toBe('terminated')
  expect(await onPanel()).toEqual([])
  expect(String((await open(made.id)).now()).slice(0, 10)).toBe('2026-03-17')
  expect((await open(live.businessId)).now()).toEqual(world.clock.now())
  expect(await customersOf(live.shop)).toEqual(before)
  expect((await prove(world.db, world.clock.now())).broken).toEqual([])
  expect(world.failures).toEqual([])
})

test('what is over in test mode ends when the live business says so, and what still runs stays', async () => {
  const made = await syncTwin(live.shop)
  const twin = await open(made.id)
  const anna = await customerOf(stageOf(twin), 'Anna').buys({ planId: live.planId })
  await customerOf(stageOf(twin), 'Ben').buys({ planId: live.planId, how: 'later' })
  const kept = async () => {
    const counted = await transaction(twin, 'read', (tx) =>
      rows(
        tx,
        sql<{ what: string; n: number }>`select machine || '/' || shelf as what, count(*)::int as n from imitation_rows
          where business_id = current_business() and shelf in ('lines', 'payments', '__facts') group by 1
          union all select 'mails', count(*)::int from caught_mails where business_id = current_business()`,
      ),
    )
    return Object.fromEntries(counted.map(({ what, n }) => [what, n]))
  }
  const before = await kept()
  expect(before).toMatchObject({ 'panel/lines': 1, 'sandbox/payments': 2, mails: expect.any(Number) })
  expect(Object.keys(before).filter((each) => each.endsWith('__facts'))).toEqual([])
  expect(await cleanTwin(twin)).toBe(0)

  // The line lives; nobody asked for this other one, and all of it has become old.
  await transaction(twin, 'age', async (tx) => {
    await run(
      tx,
      sql`insert into imitation_rows (business_id, machine, shelf, key, value, put_at)
        select business_id, machine, shelf, '900', value || '{"username": "nobody", "id": 900}', put_at from imitation_rows
        where business_id = current_business() and machine = 'panel' and shelf = 'lines'`,
    )
    for (const [table, column] of [
      ['imitation_rows', 'put_at'],
      ['caught_mails', 'caught_at'],
    ] as const)
      await run(
        tx,
        sql`update ${sql.table(table)} set ${sql.ref(column)} = ${twin.now().subtract({ hours: 24 * 60 })} where business_id = current_business()`,
      )
  })
  await upkeep(world.app)
  expect(await kept()).toMatchObject({ 'panel/lines': 2, 'sandbox/payments': 2 })
  await transaction(live.shop, 'keep', (tx) => saveTestMode(tx, live.shop, { keep_days: 40 }))
  await upkeep(world.app)
  // Ben's payment is still awaited.
  expect(await kept()).toEqual({ 'panel/lines': 1, 'sandbox/payments': 1, mails: 0 })
  expect(await cleanTwin(twin)).toBe(0)

  // The machine goes on from what is left: her line is found and ended there.
  await terminateByHand(twin, anna.subscriptionId, 'enough')
  await world.settle()
  expect((await kept())['panel/lines']).toBeUndefined()
  expect(world.failures).toEqual([])
})

test('another process of the house answers for the same machine', async () => {
  const made = await syncTwin(live.shop)
  const twin = await open(made.id)
  await customerOf(stageOf(twin), 'Anna').buys({ planId: live.planId })
  await world.withWorkers(2, async () => {
    await customerOf(stageOf(twin), 'Ben').buys({ planId: live.planId })
    await customerOf(stageOf(twin), 'Cleo').buys({ planId: live.planId })
  })
  const names = await transaction(twin, 'read', (tx) =>
    rows(
      tx,
      sql`select from imitation_rows where business_id = current_business() and machine = 'panel' and shelf = 'lines'`,
    ),
  )
  expect(names).toHaveLength(3)
})

test('the database holds what belongs to whom', async () => {
  const made = await syncTwin(live.shop)
  const twin = await open(made.id)
  const refused = { code: 'conflict' }
  const url = `${machineOrigin(made.id, 'panel')}/k3Fa9xQp/`
  const panel = {
    name: 'Stolen',
    kind: 'xui',
    settings: { url, api_key: '0123456789abcdef', viewer_host: 'tv.example' },
    weight: 1,
    capacity: null,
    drained: false,
  }
  const real = { ...panel, settings: { ...panel.settings, url: `${world.panelOrigin}/k3Fa9xQp/` } }
  const [mine] = await transaction(twin, 'read', listPanels)
  const save = (of: Shop, facts: typeof panel, id?: string) =>
    transaction(of, 'save', (tx) => savePanel(tx, of, facts, id))
  await expect(save(live.shop, panel)).rejects.toMatchObject(refused)
  await expect(save(twin, real)).rejects.toMatchObject(refused)
  await expect(save(twin, { ...present(mine), ...real }, present(mine).id)).rejects.toMatchObject(refused)
  const bank = {
    name: 'Bank',
    kind: 'bank_transfer',
    settings: { account_holder: 'A', iban: 'DE89370400440532013000' },
    active: true,
    position: 1,
  }
  await expect(transaction(twin, 'bank', (tx) => saveGateway(tx, twin, bank))).rejects.toMatchObject(refused)

  const tamper = (businessId: string, text: ReturnType<typeof sql>) =>
    inTransaction(world.db, { role: 'app', businessId }, 'tamper', (tx) => run(tx, text))
  await expect(
    tamper(made.id, sql`update businesses set twin_of = null where id = current_business()`),
  ).rejects.toThrow(/never changes/)
  await expect(
    tamper(live.businessId, sql`insert into imitations (business_id, machine) values (current_business(), 'panel')`),
  ).rejects.toThrow(/only a twin has imitations/)
  const borders = /a twin works with its own imitations, and nobody else does/
  const sending = (to: string) =>
    sql`update panels set settings = settings || jsonb_build_object('url', ${to}::text) where business_id = current_business()`
  await expect(tamper(live.businessId, sending(url))).rejects.toThrow(borders)
  await expect(tamper(made.id, sending('http://panel.test/k3Fa9xQp/'))).rejects.toThrow(borders)
  await expect(tamper(made.id, sending(url.replace('.biz-', '.biz-0')))).rejects.toThrow(borders)
  await expect(
    tamper(made.id, sql`update gateway_accounts set kind = 'stripe' where business_id = current_business()`),
  ).rejects.toThrow(borders)
  await expect(
    tamper(live.businessId, sql`update businesses set clock_offset_ms = 1 where id = current_business()`),
  ).rejects.toThrow(/check constraint/)
  await expect(syncTwin(twin)).rejects.toMatchObject({ code: 'conflict' })
  await expect(syncTwin(world.shop)).rejects.toMatchObject({ code: 'conflict' })
})
