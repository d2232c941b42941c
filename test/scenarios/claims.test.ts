/**
 * Who takes one of what is due looks at that one, however much else is due at the time; who asks what was told or given looks at that; and
 * who asks for all of them looks at each once.
 */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { weighing } from '#modules/dunning/compensation.ts'
import { declareIncident } from '#modules/dunning/incidents.ts'
import { givenTo } from '#modules/dunning/tell.ts'
import { readIncident, standardRule } from '#modules/lines/incidents.ts'
import { claimLine } from '#modules/lines/queries.ts'
import { claimMessage } from '#modules/messages/send-message.ts'
import { toldAt } from '#modules/subscriptions/price-changes.ts'
import { type Query, rows, run, sql, type Tx } from '#platform/db.ts'
import { manyRows, manySubscriptions } from '../support/many-subscriptions.ts'
import { present } from '../support/stories.ts'
import { createWorld } from '../support/world.ts'

type Plan = { 'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number } }] }

const claims = {
  lines: {
    many: (tx: Tx) => manySubscriptions(tx, 5_000),
    claim: (now: Temporal.Instant): Query<unknown> => claimLine.many([claimOf('line_many4000', now)]),
  },
  messages: {
    many: async (tx: Tx) => {
      await run(tx, sql`delete from messages where id <> (select min(id) from messages)`)
      await manyRows(tx, 'messages', 5_000, `'id', 'msg_many' || n`)
    },
    claim: (now: Temporal.Instant): Query<unknown> => claimMessage.many([claimOf('msg_many4000', now)]),
  },
}

const claimOf = (id: string, now: Temporal.Instant) => ({ id, now, leaseUntil: now.add({ minutes: 2 }), held: null })

async function pagesOf(tx: Tx, query: Query<unknown>): Promise<number> {
  const [plan] = await rows(tx, sql<Plan>`explain (analyze, buffers, format json) ${query}`)
  return present(plan)['QUERY PLAN'][0].Plan['Shared Hit Blocks']
}

for (const [table, { many, claim }] of Object.entries(claims))
  test(`one of thousands of ${table} that are due is claimed by its id`, async () => {
    const world = await createWorld()
    try {
      const { shop } = world
      await world.customer('ana').buys()
      await transaction(shop, 'many', many)
      // Counted while hardly any was due, as it is most of the time.
      await world.db.pool.query(`vacuum analyze ${table}`)
      const pages = await transaction(shop, 'claim', async (tx) => {
        const now = shop.now()
        await run(tx, sql`update ${sql.raw(table)} set next_try_at = ${now} where business_id = current_business()`)
        return pagesOf(tx, claim(now))
      })
      expect(pages).toBeLessThan(100)
    } finally {
      await world.close()
    }
  })

test('whether a price was told is known from its claim, among thousands of others', async () => {
  const world = await createWorld()
  try {
    const { shop } = world
    await world.customer('ana').buys()
    await transaction(shop, 'many', async (tx) => {
      await run(tx, sql`delete from message_claims where claim <> (select min(claim) from message_claims)`)
      await manyRows(tx, 'message_claims', 5_000, `'claim', 'price_change/pch_' || n || '/1'`)
    })
    await world.db.pool.query('vacuum analyze message_claims')
    const ofOne = sql`select ${toldAt} as at from (select current_business() as business_id, id, 1 as occasion from subscriptions) p`
    expect(await transaction(shop, 'told', (tx) => pagesOf(tx, ofOne))).toBeLessThan(30)
  } finally {
    await world.close()
  }
})

test('an incident of thousands: what it would give is worked out once for each, and what one was given is found by his name', async () => {
  const world = await createWorld()
  try {
    const { shop, panelId } = world
    await world.customer('ana').buys()
    const facts = { panelId, productId: null, name: 'Storage', sentence: 'It did not play.', rule: standardRule }
    const { id } = await declareIncident(shop, { ...facts, starts: shop.now().subtract({ hours: 5 }), ends: null })
    await world.pass({ hours: 30 })
    const count = 2_000
    await transaction(shop, 'many', (tx) => manySubscriptions(tx, count))
    for (const table of ['subscriptions', 'lines', 'periods', 'compensations'])
      await world.db.pool.query(`vacuum analyze ${table}`)
    await transaction(shop, 'give', async (tx) => {
      const what = weighing(await readIncident(tx, id), shop.now(), shop.zone, null)
      const asked = sql`with ${what} select outcome, out_seconds, seconds, worth_minor from shares order by seconds`
      // A period, its line, its past and other incidents of each, once.
      expect(await pagesOf(tx, asked)).toBeLessThan(count * 40)
      await run(
        tx,
        sql`insert into compensations (business_id, incident_id, subscription_id, customer_id, outage, out_seconds, seconds, currency, worth_minor, ends_before, ends_after, created_at)
          select current_business(), ${id}, id, customer_id, '{}', 3600, 3600, currency, 0, paid_through, paid_through + interval '1 hour', ${shop.now()} from subscriptions`,
      )
    })
    await transaction(shop, 'told', async (tx) => {
      const query = givenTo(id, 'cus_many1000')
      expect(await rows(tx, query)).toHaveLength(1)
      expect(await pagesOf(tx, query)).toBeLessThan(30)
    })
  } finally {
    await world.close()
  }
})
