/** Who takes one of what is due looks at that one, however much else is due at the time; and who asks what was told looks at that claim. */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
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
