import { afterEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop, readBusiness } from '#modules/people/business.ts'
import { closeBranch, liftBranch, moveBranch, suspendBranch, suspensionReach } from '#modules/reselling/branch.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { listBranch, readReseller } from '#modules/reselling/queries.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { ownStanding, tellBranch } from '#modules/reselling/tell-branch.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { rows, run, sql } from '#platform/db.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(async () => {
  try {
    expect(world.failures).toEqual([])
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
  }
})

const fresh = async (id: string) => openShop(world.app, id, 'system')
const reason = 'an invoice is open'

test('a suspended branch sells nothing; its lines run on or rest by choice, and come back when it is lifted', async () => {
  world = await createWorld()
  const middle = await joins(world, { slug: 'middle', credits: 5_000n })
  const low = await joins(world, { slug: 'low', under: middle, credits: 5_000n })
  await sells(world, middle, 'anabella')
  await sells(world, low, 'benjamin')
  await suspendBranch(world.shop, middle.businessId, { lines: 'kept', reason, tells: false })
  await world.settle()
  for (const { businessId } of [middle, low]) expect((await fresh(businessId)).open).toBe(false)
  await expect(world.customer('cem', await fresh(low.businessId)).orders()).rejects.toMatchObject({
    code: 'not_sellable',
  })
  expect(await world.lineOnPanel('benjamin')).toMatchObject({ enabled: 1 })
  await expect(
    suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason, tells: false }),
  ).rejects.toMatchObject({
    code: 'conflict',
  })
  // Neither lifts it himself, nor by the back door.
  await expect(liftBranch(middle, low.businessId)).rejects.toMatchObject({ code: 'conflict' })
  for (const text of [
    `update businesses set suspended_at = null, suspended_by = null, suspended_because = null, suspended_lines = null`,
    `update businesses set parent_id = null`,
  ])
    await expect(transaction(low, 'try', (tx) => run(tx, sql.raw(text)))).rejects.toThrow(/decided above/)
  await liftBranch(world.shop, middle.businessId)
  await suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason, tells: false })
  await world.settle()
  for (const name of ['anabella', 'benjamin']) expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 0 })
  // A top-up wakes nobody who rests.
  await giveCredits(world.shop, { resellerId: middle.businessId, amountMilli: 1_000n, reason })
  await world.settle()
  expect(await world.lineOnPanel('benjamin')).toMatchObject({ enabled: 0 })
  await liftBranch(world.shop, middle.businessId)
  await world.settle()
  for (const name of ['anabella', 'benjamin']) expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 1 })
  expect((await fresh(low.businessId)).open).toBe(true)
})

/** Mails to an address, by subject, newest last. */
const mailsTo = async (address: string) =>
  (await parsedMails(world.mailbox.mails.filter(({ to }) => to.some((each) => each.startsWith(address))))).map(
    ({ subject, text, from }) => ({
      subject: subject ?? '',
      text: text ?? '',
      from: from?.text ?? '',
    }),
  )
const lastTo = async (address: string) => present((await mailsTo(address)).at(-1))

test('what a business is to hear cannot be lost: it waits in the database since the commit of the suspension, and a try that fails is tried again', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 5_000n })
  await sells(world, south, 'anabella')
  await world.settle()
  // What a sequence counts, no rollback takes back: only the first try fails.
  await world.db.pool.query(
    `create sequence tries; grant usage on sequence tries to public;
    create function fails_once() returns trigger language plpgsql as $$ begin if nextval('tries') = 1 then raise exception 'the process died'; end if; return new; end $$;
    create trigger fails_once before insert on messages for each row execute function fails_once()`,
  )
  await suspendBranch(world.shop, south.businessId, { lines: 'kept', reason, tells: true })
  // Nothing ran yet: the process that suspended may end here.
  const { rows: waiting } = await world.db.pool.query(
    `select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'tell-branch'`,
  )
  expect(waiting).toHaveLength(1)
  await world.withWorkers(1, async () => {})
  await world.settle()
  const told = async (to: string, words: string) =>
    (await mailsTo(to)).filter(({ subject }) => subject.includes(words)).length
  expect(await told('south@reseller.example', 'Your business is suspended')).toBe(1)
  expect(await told('anabella@', 'sells nothing new for now')).toBe(1)
  const { rows: tries } = await world.db.pool.query<{ last_value: string }>('select last_value from tries')
  expect(Number(present(tries[0]).last_value)).toBeGreaterThan(2)
})

test('who is suspended is told by whom, since when and what still works; customers only by choice, once, by their own shop', async () => {
  world = await createWorld()
  const middle = await joins(world, { slug: 'middle', credits: 5_000n })
  const low = await joins(world, { slug: 'low', under: middle, credits: 5_000n })
  await sells(world, middle, 'anabella')
  await sells(world, low, 'benjamin')
  const reach = (id: string) => read(world.shop, (tx) => suspensionReach(tx, id))
  expect(await reach(middle.businessId)).toEqual({ businesses: 2, lines: 2, customers: 2, resting: 2 })
  await expect(read(low, (tx) => suspensionReach(tx, middle.businessId))).rejects.toMatchObject({ code: 'not_found' })
  // Not told: his customers hear nothing, he does.
  await suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason, tells: false })
  await world.settle()
  const said = (await mailsTo('anabella@')).length
  expect((await mailsTo('anabella@')).map(({ subject }) => subject)).not.toContain('Your TV rests for now')
  expect(await reach(middle.businessId)).toMatchObject({ businesses: 0, customers: 0 })
  const his = await lastTo('middle@reseller.example')
  expect(his.subject).toContain('Your business is suspended')
  expect(his.text).toMatch(
    /Northwind TV has decided[\s\S]*rest until it is lifted[\s\S]*not told[\s\S]*an invoice is open/,
  )
  const hers = await lastTo('low@reseller.example')
  expect(hers.text).toContain('as a business above middle TV has decided')
  // Why is between those two.
  expect(hers.text).not.toContain(reason)
  expect(await read(low, ownStanding)).toMatchObject({ parentName: 'middle TV', byParent: false, because: null })
  expect(await read(middle, ownStanding)).toMatchObject({ parentName: 'Northwind TV', byParent: true, because: reason })
  await liftBranch(world.shop, middle.businessId)
  await world.settle()
  expect((await lastTo('middle@reseller.example')).subject).toContain('no longer suspended')
  expect((await mailsTo('anabella@')).length).toBe(said)

  world.clock.advance({ hours: 1 })
  await suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason, tells: true })
  await world.settle()
  for (const [name, brand] of [
    ['anabella', 'middle TV'],
    ['benjamin', 'low TV'],
  ] as const) {
    const told = await lastTo(`${name}@`)
    expect([told.subject, told.text]).toEqual(['Your TV rests for now', expect.stringContaining(brand)])
    expect(told.text).not.toContain('Northwind')
  }
  // The same job again tells nobody twice.
  const { since } = await suspendedSince(low)
  await tellBranch(await fresh(low.businessId), { told: 'suspended', since })
  await world.settle()
  expect((await mailsTo('benjamin@')).filter(({ subject }) => subject === 'Your TV rests for now')).toHaveLength(1)
  await liftBranch(world.shop, middle.businessId)
  await world.settle()
  for (const name of ['anabella', 'benjamin']) expect((await lastTo(`${name}@`)).subject).toBe('Your TV is coming back')
  // A job that comes late says nothing that is over.
  await tellBranch(await fresh(low.businessId), { told: 'suspended', since })
  await world.settle()
  expect((await lastTo('benjamin@')).subject).toBe('Your TV is coming back')
  const history = await read(low, (tx) =>
    rows(
      tx,
      sql<{
        type: string
      }>`select type from events where type in ('business.suspended', 'business.lifted') order by at, id`,
    ),
  )
  expect(history.map(({ type }) => type)).toEqual([
    'business.suspended',
    'business.lifted',
    'business.suspended',
    'business.lifted',
  ])
})

const suspendedSince = async (shop: Shop) => ({
  since: present((await read(shop, ownStanding)).suspendedAt).toString(),
})

test('whose lines run on hears that nothing new is sold; who moves, or is closed, is told', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  const north = await joins(world, { slug: 'north', credits: 3_000n })
  const low = await joins(world, { slug: 'low', under: south })
  const purchase = await sells(world, south, 'anabella')
  await suspendBranch(world.shop, south.businessId, { lines: 'kept', reason, tells: true })
  await world.settle()
  expect((await lastTo('anabella@')).subject).toBe('south TV sells nothing new for now')
  expect(await world.lineOnPanel('anabella')).toMatchObject({ enabled: 1 })
  await liftBranch(world.shop, south.businessId)
  await world.settle()
  expect((await lastTo('anabella@')).subject).toBe('south TV is open again')

  await moveBranch(world.shop, low.businessId, north.businessId)
  await world.settle()
  expect((await lastTo('low@reseller.example')).subject).toContain('north TV is your supplier now')
  expect((await read(low, listAttention)).map(({ kind }) => kind)).toContain('supplier_changed')
  await terminateByHand(south, purchase.subscriptionId, 'moved away')
  await world.settle()
  await closeBranch(world.shop, south.businessId)
  await world.settle()
  const told = await lastTo('south@reseller.example')
  expect([told.subject, told.text]).toEqual([
    expect.stringContaining('Your business is closed'),
    expect.stringContaining('Northwind TV has closed it on'),
  ])
})

test('a reseller moves with everybody below him; what would lose credits or prices is refused', async () => {
  world = await createWorld()
  const [south, north] = [
    await joins(world, { slug: 'south', credits: 3_000n }),
    await joins(world, { slug: 'north', credits: 3_000n }),
  ]
  const low = await joins(world, { slug: 'low', under: south, credits: 2_000n })
  await sells(world, low, 'anabella')
  const move = () => moveBranch(world.shop, low.businessId, north.businessId)
  await expect(move()).rejects.toMatchObject({ message: expect.stringContaining('credits') })
  await takeBackCredits(south, { resellerId: low.businessId, amountMilli: 1_000n, reason })
  await expect(moveBranch(world.shop, south.businessId, low.businessId)).rejects.toMatchObject({
    message: expect.stringContaining('below himself'),
  })
  await expect(
    moveBranch(world.shop, low.businessId, (await world.another('zebra')).shop.businessId),
  ).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(moveBranch(north, low.businessId, north.businessId)).rejects.toMatchObject({ code: 'not_found' })
  await move()
  expect((await read(world.shop, listBranch)).map(({ slug, depth }) => [slug, depth])).toEqual([
    ['north', 1],
    ['low', 2],
    ['south', 1],
  ])
  expect((await read(south, listBranch)).length).toBe(0)
  expect((await read(low, readBusiness)).parentId).toBe(north.businessId)
  // From now on his lines cost the new parent, too.
  await transaction(north, 'share', (tx) =>
    sharePlan(tx, north, { resellerId: low.businessId, planId: world.planId, ...standardTerms }),
  )
  await giveCredits(north, { resellerId: low.businessId, amountMilli: 1_000n, reason })
  await sells(world, await fresh(low.businessId), 'benjamin')
  expect((await walletOf(north)).balance).toBe(2_000n)
})

test('a reseller is closed when nothing runs there any more, and stays on record', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  const purchase = await sells(world, south, 'anabella')
  await expect(closeBranch(world.shop, south.businessId)).rejects.toMatchObject({
    message: expect.stringContaining('still run'),
  })
  await terminateByHand(south, purchase.subscriptionId, 'moved away')
  await world.settle()
  await closeBranch(world.shop, south.businessId)
  expect((await fresh(south.businessId)).open).toBe(false)
  const { closedAt } = await read(world.shop, (tx) => readReseller(tx, south.businessId))
  expect(closedAt).not.toBeNull()
})

test('a parent sees lines, wallets and totals of his branch, and no row of anything personal, by whatever query', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  await sells(world, south, 'anabella')
  const tables = await read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        name: string
      }>`select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity`,
    ),
  )
  expect(tables.length).toBeGreaterThan(60)
  for (const { name } of tables) {
    const column = name === 'businesses' ? 'id' : 'business_id'
    // As the parent, as a sibling, and as the child looking up.
    for (const [who, whose] of [
      [world.shop, south.businessId],
      [south, world.businessId],
    ] as const) {
      const seen = await read(who, (tx) =>
        rows(tx, sql.raw(`select 1 from ${name} where ${column} = '${whose}' limit 1`) as never),
      )
      expect([name, seen.length]).toEqual([name, 0])
    }
  }
})
