/** Lines that were on a panel before us are taken over: looked at, adopted asleep, woken or given back. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { adoptNow, beginAdoption, decideLine, lookAgain, undoAdoption } from '#modules/adoption/begin-adoption.ts'
import { countsOf, listAdoptionLines, readAdoption } from '#modules/adoption/queries.ts'
import { readFile } from '#modules/adoption/read-file.ts'
import { rehearseWaking, wakeAdoption, wakePanel } from '#modules/adoption/wake-adopted.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { acceptDifference } from '#modules/lines/decide-difference.ts'
import { openPanel } from '#modules/lines/panels.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { syncStateOf } from '#modules/lines/rules.ts'
import { findCustomerByEmail, listCustomers, listNotes } from '#modules/people/customers.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { wakeOne } from '#modules/subscriptions/wake.ts'
import type { Tx } from '#platform/db.ts'
import {
  httpPanelHouse,
  ministraHouse,
  oneStreamHouse,
  type PanelHouse,
  xcVmHouse,
  xtreamCodesHouse,
  xuiBoxHouse,
  xuiHouse,
  xuiResellerHouse,
} from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, purchaseOf, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = '2026-04-01T12:00:00Z'
const ends = Temporal.Instant.from('2026-04-20T12:00:00Z')
const unix = (at: Temporal.Instant) => at.epochMilliseconds / 1000

/** A line that its seller made on the panel himself; `words` are what he wrote beside it. */
async function made(world: World, house: PanelHouse, username: string, words: string, mac?: string): Promise<void> {
  const { panel } = await openPanel(world.app, world.businessId, world.panelId)
  await panel.createLine({
    username,
    password: `${username}Secret9`,
    marker: house.imitation.kind === 'ministra' ? `ref:${username}` : words,
    enabled: true,
    expiresAt: ends,
    maxConnections: mac === undefined ? 2 : 1,
    package: { ...house.package, outputs: ['hls', 'ts'] },
    device: mac === undefined ? undefined : { kind: 'mag', mac },
  })
  // Where our own look for what was made goes by the reference, it is taken away afterwards.
  if (house.imitation.kind === 'ministra') await world.byHand('edit', { username, fields: { comment: words } })
}

type Begun = Awaited<ReturnType<typeof begin>>
async function begin(world: World, { planId = null, csv }: { planId?: string | null; csv?: string } = {}) {
  const { shop } = world
  const write = <T>(work: (tx: Tx) => Promise<T>) => transaction(shop, 'adoption', work)
  const filed = csv === undefined ? null : readFile(csv, shop.zone)
  const id = await write((tx) => beginAdoption(tx, shop, { panelId: world.panelId, planId, filed }, shop.now()))
  await world.settle()
  const act = async (does: typeof adoptNow | typeof wakeAdoption) => {
    await write(async (tx) => does(tx, shop, id, shop.now()))
    await world.settle()
  }
  return {
    id,
    write,
    state: async () => (await read(shop, (tx) => readAdoption(tx, id))).state,
    counts: () => read(shop, (tx) => countsOf(tx, id)),
    lines: (filter: { state?: string } = {}) => read(shop, (tx) => listAdoptionLines(tx, id, filter, { limit: 100 })),
    adopt: () => act(adoptNow),
    undo: () => act(undoAdoption),
    wake: () => act(wakeAdoption),
    lookAgain: () => act(lookAgain),
    says: async (lineId: string, said: { email?: string; planId?: string }) => {
      await write((tx) => decideLine(tx, shop, lineId, said, shop.now()))
      await world.settle()
    },
  }
}

const lineNamed = async (begun: Begun, username: string) =>
  present((await begun.lines()).find((each) => each.username === username))
const subscriptionNamed = async (world: World, begun: Begun, username: string) => {
  const { subscriptionId } = await lineNamed(begun, username)
  return read(world.shop, (tx) => readSubscription(tx, present(subscriptionId)))
}
const storedNamed = async (world: World, begun: Begun, username: string) => {
  const { subscriptionId } = await lineNamed(begun, username)
  return present(await read(world.shop, (tx) => lineOfSubscription(tx, present(subscriptionId))))
}
const emails = async (world: World) =>
  (await read(world.shop, (tx) => listCustomers(tx, {}, { limit: 100 }))).map(({ email }) => email).sort()
const differences = (world: World) => read(world.shop, (tx) => listDifferences(tx, {}, { limit: 100 }))
async function compare(world: World): Promise<void> {
  await world.pass({ minutes: 1 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
  await world.settle()
}

const listing: Record<string, { house: PanelHouse; macs?: readonly [string, string] }> = {
  'XUI One': { house: xuiHouse },
  XC_VM: { house: xcVmHouse },
  'XUI One, as its reseller': { house: xuiResellerHouse },
  OneStream: { house: oneStreamHouse },
  'Ministra, boxes': { house: ministraHouse, macs: ['00:1A:79:00:00:01', '00:1A:79:00:00:02'] },
  'XUI One, boxes': { house: xuiBoxHouse, macs: ['00:1A:79:00:00:01', '00:1A:79:00:00:02'] },
}
for (const [name, { house, macs }] of Object.entries(listing))
  scenario(
    `what ${name} lists is taken over, and nothing happens to anybody until somebody says so`,
    { start, house },
    async (world) => {
      await made(world, house, 'anna1', 'met her at the market, anna@example.net', macs?.[0])
      await made(world, house, 'benno1', 'pays in cash', macs?.[1])
      const before = await world.linesOnPanel()
      const begun = await begin(world)
      expect(await begun.state()).toBe('ready')
      expect(await begun.counts()).toMatchObject({ fits: 1, waits: 1, reasons: { no_email: 1 } })
      expect(await begun.counts()).toMatchObject({ plans: { [world.planId]: 1 }, matched: 0 })
      const benno = present((await begun.lines({ state: 'waits' }))[0])
      await begun.says(benno.id, { email: 'benno@example.net' })
      expect(await begun.counts()).toMatchObject({ fits: 2, waits: 0 })
      expect(await emails(world)).toEqual([])
      await begun.adopt()
      expect(await begun.state()).toBe('adopted')
      expect(await begun.counts()).toMatchObject({ adopted: 2, asleep: 2 })
      expect(await emails(world)).toEqual(['anna@example.net', 'benno@example.net'])
      for (const { subscriptionId, lineId } of await begun.lines()) {
        const subscription = await read(world.shop, (tx) => readSubscription(tx, present(subscriptionId)))
        const line = present(await read(world.shop, (tx) => lineOfSubscription(tx, present(subscriptionId))))
        expect(subscription).toMatchObject({ status: 'active', planId: world.planId, priceMinor: 1299n })
        expect(present(subscription.paidThrough).equals(present(line.wantedUntil))).toBe(true)
        expect([line.id, syncStateOf(line), line.kind]).toEqual([lineId, 'in_step', macs ? 'mag' : 'line'])
        if (macs === undefined) expect(passwordOf(world.shop, line)).toBe(`${line.username}Secret9`)
        else expect(macs).toContain(line.heldMac)
      }
      await compare(world)
      expect(await differences(world)).toEqual([])
      await world.until('2026-05-20')
      expect(await begun.counts()).toMatchObject({ adopted: 2, asleep: 2 })
      expect(world.mailbox.mails).toHaveLength(0)
      expect((await differences(world)).filter(({ state }) => state !== 'open')).toEqual([])
      expect(await world.linesOnPanel()).toEqual(before)
    },
  )

scenario(
  'a shop that is not open wakes nobody: mail, panel and ways to pay are tried first',
  { start },
  async (world) => {
    await made(world, xuiHouse, 'anna1', 'anna@example.net')
    const begun = await begin(world)
    await begun.adopt()
    await world.tamper('update businesses set live_at = null')
    await expect(begun.wake()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not open yet'),
    })
    expect(await begun.counts()).toMatchObject({ adopted: 1, asleep: 1 })
    await world.tamper('update businesses set live_at = created_at')
    await begun.wake()
    expect(await begun.counts()).toMatchObject({ adopted: 1, asleep: 0 })
  },
)

for (const [name, house] of Object.entries({ 'Xtream Codes': xtreamCodesHouse, 'a described panel': httpPanelHouse }))
  scenario(`${name} lists nothing: a file names its lines`, { start, house }, async (world) => {
    await expect(begin(world)).rejects.toMatchObject({ code: 'conflict' })
    await made(world, house, 'anna1', '')
    await made(world, house, 'benno1', '')
    const csv = `User name;Password;E-mail;Plan
anna1;anna1Secret9;anna@example.net;family monthly
benno1;benno1Secret9;benno@example.net;
nobody1;guessed99;nobody@example.net;`
    const begun = await begin(world, { csv })
    expect(await begun.counts()).toMatchObject({ fits: 2, waits: 1, reasons: { gone: 1 } })
    await begun.adopt()
    expect(await begun.counts()).toMatchObject({ adopted: 2, asleep: 2 })
    expect(syncStateOf(await storedNamed(world, begun, 'benno1'))).toBe('in_step')
    expect(await emails(world)).toEqual(['anna@example.net', 'benno@example.net'])
  })

scenario(
  'a file tells the password that a portal hides',
  { start, house: { ...ministraHouse, lineKind: 'line' } },
  async (world) => {
    await made(world, ministraHouse, 'anna1', 'anna@example.net')
    const listed = await begin(world)
    expect(await listed.counts()).toMatchObject({ fits: 0, reasons: { no_password: 1 } })
    const begun = await begin(world, { csv: 'username,password,email\nanna1,anna1Secret9,anna@example.net' })
    await begun.adopt()
    const line = await storedNamed(world, begun, 'anna1')
    expect([syncStateOf(line), passwordOf(world.shop, line)]).toEqual(['in_step', 'anna1Secret9'])
  },
)

scenario('each line is matched by rule, or says why it waits', { start }, async (world) => {
  const { subscriptionId } = await world.customer('clara').buys({ username: 'clara1' })
  await world.until('2026-05-20') // She never renewed: her line has ended.
  expect(subscriptionId).toMatch(/^sub_/)
  const later = unix(Temporal.Instant.from('2026-07-01T00:00:00Z'))
  const line = (username: string, more: Record<string, string | number | null> = {}) => ({
    username,
    password: 'secret99',
    exp_date: later,
    max_connections: 2,
    bouquet: '[1,2,3]',
    allowed_outputs: '[1,2]',
    contact: `${username}@example.net`,
    ...more,
  })
  await world.addedByHand(
    line('fits1'),
    line('clara1', { contact: null }),
    line('known1', { contact: null, reseller_notes: 'that is Clara@Example.net, the second one' }),
    line('off1', { enabled: 0 }),
    line('banned1', { admin_enabled: 0 }),
    line('over1', { exp_date: unix(ends) }),
    line('never1', { exp_date: null }),
    line('many1', { max_connections: 0 }),
    line('odd name'),
    line('other1', { bouquet: '[1]' }),
    line('marked1', { reseller_notes: 'ref:line_of_another_house' }),
    line('nomail1', { contact: null }),
  )
  const begun = await begin(world)
  const why = async () => Object.fromEntries((await begun.lines()).map((each) => [each.username, each.because]))
  expect(await why()).toEqual({
    ...{ fits1: null, clara1: null, known1: null, off1: 'switched_off', banned1: 'banned', over1: 'over' },
    ...{ never1: 'never_ends', many1: 'connections', 'odd name': 'name', other1: 'no_plan', marked1: 'marked' },
    nomail1: 'no_email',
  })
  expect(await begun.counts()).toMatchObject({ fits: 3, matched: 2 })
  // A person says which plan it is; its own bouquets stay.
  await begun.says((await lineNamed(begun, 'other1')).id, { planId: world.planId })
  expect((await why()).other1).toBeNull()
  // What changed on the panel is seen when it is looked at again; what a person said stays said.
  await world.byHand('edit', { username: 'off1', fields: { enabled: 1 } })
  await begun.lookAgain()
  expect(await why()).toMatchObject({ off1: null, other1: null, over1: 'over' })
  await begun.adopt()
  expect(await begun.counts()).toMatchObject({ adopted: 5, asleep: 5 })
  expect((await storedNamed(world, begun, 'other1')).package.bouquets).toEqual([1])
  const clara = present(await read(world.shop, (tx) => findCustomerByEmail(tx, 'clara@example.net')))
  for (const name of ['clara1', 'known1'])
    expect((await subscriptionNamed(world, begun, name)).customerId).toBe(clara.id)
  expect(await read(world.shop, (tx) => listNotes(tx, clara.id))).toEqual([])
  // The next look for strangers finds those that wait, and nobody who was adopted.
  const again = await begin(world)
  expect((await again.lines()).map(({ username }) => username).sort()).toEqual(
    ['banned1', 'many1', 'marked1', 'never1', 'nomail1', 'odd name', 'over1'].sort(),
  )
  expect((await differences(world)).filter(({ closedBecause }) => closedBecause === 'gone')).toEqual([])
  // Without a package that tells, the plan of the adoption is meant.
  await world.addedByHand(line('other2', { bouquet: '[1]' }))
  const usual = await begin(world, { planId: world.planId })
  expect((await lineNamed(usual, 'other2')).because).toBeNull()
  expect((await world.proof()).broken).toEqual([])
})

for (const house of [xuiResellerHouse, oneStreamHouse])
  scenario(
    `woken on ${house.imitation.title}, which charges each term, nothing is bought before somebody has paid`,
    { start, house },
    async (world) => {
      await made(world, house, 'anna1', 'anna@example.net')
      const credits = async () => {
        const { panel } = await openPanel(world.app, world.businessId, world.panelId)
        return panel.charges?.balance()
      }
      const before = await credits()
      const begun = await begin(world)
      await begun.adopt()
      await begun.wake()
      expect(await begun.counts()).toMatchObject({ asleep: 0 })
      await world.pass({ days: 2 })
      expect(await credits()).toBe(before)
      const { id, paidThrough } = await subscriptionNamed(world, begun, 'anna1')
      await purchaseOf(world.stage, { id: '', invoiceId: '', subscriptionId: id }).renews()
      expect(await credits()).not.toBe(before)
      const after = present((await subscriptionNamed(world, begun, 'anna1')).paidThrough)
      expect(Temporal.Instant.compare(after, present(paidThrough))).toBe(1)
    },
  )

scenario('an orphan that was adopted is none any more', { start }, async (world) => {
  await made(world, xuiHouse, 'anna1', 'anna@example.net')
  await compare(world)
  expect(await differences(world)).toMatchObject([{ kind: 'orphan', state: 'open' }])
  const begun = await begin(world)
  await begun.adopt()
  expect(await differences(world)).toMatchObject([{ kind: 'orphan', closedBecause: 'adopted' }])
})

scenario('woken, they go by their policy, as the rehearsal said before', { start }, async (world) => {
  for (const name of ['anna1', 'benno1', 'carla1']) await made(world, xuiHouse, name, `${name}@example.net`)
  const begun = await begin(world)
  await begun.adopt()
  await world.until('2026-04-15')
  const told = await rehearseWaking(world.shop, { adoptionId: begun.id }, { days: 14 })
  expect(told.subscriptions).toBe(3)
  expect(told.summary.totals.map(({ action, count }) => [action, count])).toEqual(
    expect.arrayContaining([
      ['issue_invoice', 3],
      ['suspend', 3],
    ]),
  )
  expect(await begun.counts()).toMatchObject({ asleep: 3 })
  const anna = await subscriptionNamed(world, begun, 'anna1')
  await begun.write((tx) => wakeOne(tx, world.shop, anna.id, world.shop.now()))
  await world.settle()
  await expect(begun.write((tx) => wakeOne(tx, world.shop, anna.id, world.shop.now()))).rejects.toMatchObject({
    code: 'conflict',
  })
  expect(await begun.counts()).toMatchObject({ asleep: 2 })
  const line = await storedNamed(world, begun, 'anna1')
  expect(syncStateOf(line)).toBe('in_step')
  // Our reference is written with the first change; the login stays as it was.
  const row = present(await world.lineOnPanel('anna1'))
  expect(row).toMatchObject({ password: 'anna1Secret9', reseller_notes: expect.stringContaining(`ref:${line.id}`) })
  expect(String(row.reseller_notes)).toContain('anna1@example.net')
  expect(Number(row.exp_date)).toBeGreaterThan(unix(ends))
  // Woken in the last week: her invoice and its mail come at once.
  const renewing = purchaseOf(world.stage, { id: '', invoiceId: '', subscriptionId: anna.id })
  await renewing.renews()
  expect((await subscriptionNamed(world, begun, 'anna1')).paidThrough?.toString()).toBe('2026-05-20T12:00:00Z')
  await begun.write((tx) => wakePanel(tx, world.shop, world.panelId, world.shop.now()))
  await world.settle()
  expect(await begun.counts()).toMatchObject({ asleep: 0 })
  await world.until('2026-04-24T13:00:00Z')
  expect((await subscriptionNamed(world, begun, 'benno1')).status).toBe('suspended')
  expect(await world.lineOnPanel('benno1')).toMatchObject({ enabled: 0 })
  expect(await world.lineOnPanel('anna1')).toMatchObject({ enabled: 1 })
  await expect(begun.undo()).rejects.toMatchObject({ code: 'conflict' })
})

scenario(
  'the panel goes first while they sleep: nothing is set right, and what changed is decided about before',
  { start },
  async (world) => {
    for (const name of ['anna1', 'benno1']) await made(world, xuiHouse, name, `${name}@example.net`)
    const begun = await begin(world)
    await begun.adopt()
    // Her seller extends her there, as he always did; his line he switches off.
    const extended = unix(Temporal.Instant.from('2026-06-20T12:00:00Z'))
    await world.byHand('edit', { username: 'anna1', fields: { exp_date: extended } })
    await world.byHand('edit', { username: 'benno1', fields: { enabled: 0 } })
    await world.until('2026-04-10')
    await compare(world)
    const found = await differences(world)
    expect(found.map(({ username, kind, state }) => [username, kind, state]).sort()).toEqual([
      ['anna1', 'edited_by_hand', 'open'],
      ['benno1', 'paid_not_served', 'open'],
    ])
    expect(await world.lineOnPanel('anna1')).toMatchObject({ exp_date: extended, enabled: 1 })
    expect(await world.lineOnPanel('benno1')).toMatchObject({ enabled: 0 })
    await expect(begun.wake()).rejects.toMatchObject({ code: 'conflict' })
    const [first] = found.filter(({ username }) => username === 'anna1')
    await begun.write((tx) => acceptDifference(tx, world.shop, present(first).id, world.shop.now()))
    await begun.write((tx) => wakeAdoption(tx, world.shop, begun.id, world.shop.now()))
    expect(await begun.counts()).toMatchObject({ asleep: 1 })
    await world.settle()
    expect(Number((await world.lineOnPanel('anna1'))?.exp_date)).toBeLessThan(extended)
    expect(await world.lineOnPanel('benno1')).toMatchObject({ enabled: 0 })
  },
)

scenario(
  'an adoption is given back as if it had never been; who was woken or has paid stays',
  { start },
  async (world) => {
    for (const name of ['anna1', 'benno1', 'carla1']) await made(world, xuiHouse, name, `${name}@example.net`)
    const before = await world.linesOnPanel()
    const begun = await begin(world)
    await begun.adopt()
    await world.byHand('watch', { username: 'benno1' })
    await world.pass({ minutes: 10 })
    const carla = await subscriptionNamed(world, begun, 'carla1')
    await purchaseOf(world.stage, { id: '', invoiceId: '', subscriptionId: carla.id }).renews()
    await begun.undo()
    expect(await begun.state()).toBe('adopted')
    expect(await begun.counts()).toMatchObject({ undone: 2, adopted: 1, asleep: 1 })
    expect(await emails(world)).toEqual(['carla1@example.net'])
    const untouched = (rows: Record<string, unknown>[]) =>
      rows
        .filter(({ username }) => username !== 'carla1')
        .map(({ username, password, exp_date, reseller_notes, enabled }) => ({
          username,
          password,
          exp_date,
          reseller_notes,
          enabled,
        }))
    expect(untouched(await world.linesOnPanel())).toEqual(untouched(before))
    // And it can be done once more.
    await begun.lookAgain()
    expect(await begun.counts()).toMatchObject({ fits: 2, adopted: 1 })
    await begun.adopt()
    expect(await begun.counts()).toMatchObject({ adopted: 3, asleep: 3 })
  },
)

scenario(
  'a panel that fails half-way is asked again; one that refuses our key is told; killed anywhere, it goes on',
  { start },
  async (world) => {
    for (const name of ['anna1', 'benno1', 'carla1']) await made(world, xuiHouse, name, `${name}@example.net`)
    await world.strike('panel', { fault: 'down' })
    const begun = await begin(world)
    expect(await begun.state()).toBe('looking')
    world.heal('panel')
    await world.pass({ hours: 1 })
    expect(await begun.state()).toBe('ready')
    expect(await begun.counts()).toMatchObject({ fits: 3 })
    const dies = (when: string) =>
      world.db.pool.query(`create or replace function dies() returns trigger language plpgsql security definer as $$ begin raise exception 'the process died'; end $$;
      create trigger dies before update on adoption_lines for each row when (${when}) execute function dies()`)
    const lives = () => world.db.pool.query('drop trigger dies on adoption_lines')
    await dies(`new.state = 'adopted' and new.username = 'carla1'`)
    await begun.adopt()
    expect(world.failures.splice(0)).toHaveLength(1)
    expect(await begun.counts()).toMatchObject({ fits: 3, adopted: 0 })
    expect(await emails(world)).toEqual([])
    await lives()
    await world.pass({ minutes: 10 })
    expect(await begun.counts()).toMatchObject({ adopted: 3, asleep: 3 })
    await dies(`new.state = 'undone' and new.username = 'benno1'`)
    await begun.undo()
    expect(world.failures.splice(0)).toHaveLength(1)
    await lives()
    await world.pass({ minutes: 10 })
    expect(await begun.state()).toBe('undone')
    expect(await emails(world)).toEqual([])
    await world.strike('panel', { fault: 'wrong_key' })
    await begun.lookAgain()
    await world.pass({ hours: 3 })
    expect(await begun.state()).toBe('failed')
    world.heal('panel')
    await world.pass({ minutes: 30 })
    await begun.lookAgain()
    expect(await begun.counts()).toMatchObject({ fits: 3 })
  },
)

scenario('a file that cannot be read is refused with its row, and nothing of it is taken', { start }, async (world) => {
  const tries = (csv: string) =>
    begin(world, { csv }).then(
      () => 'taken',
      (error: { fields?: { detail: string }[] }) => error.fields?.[0]?.detail ?? String(error),
    )
  expect(await tries('name,password\nx,y')).toContain('first row must name the columns')
  expect(await tries('username\n')).toContain('no line in it')
  expect(await tries('username,email\nanna1,a@b.example\nanna1,a@b.example')).toBe('Row 3: anna1 is in it twice.')
  expect(await tries('username,email\nanna1,nobody')).toBe('Row 2: nobody is no e-mail address.')
  expect(await tries('username,expires\nanna1,tomorrow')).toContain('Row 2: tomorrow is no date.')
  expect(await tries('username,plan\nanna1,Gold')).toBe('Row 2: there is no plan Gold.')
  expect(await tries('username,password\n,x')).toBe('Row 2 has no user name.')
  expect(await tries('user,exp date\nanna1,2026-12-31\nbenno1,2026-12-31 18:00\ncarla1,2026-12-31T18:00:00Z')).toBe(
    'taken',
  )
})
