/**
 * Every job, generated from the table of handlers: run for one business with ids of another's in its payload, it changes nothing of the other, tells
 * nothing of it, and leaves nothing with the one it ran for. A new job without a row in `about` fails.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { buyCredits } from '#modules/reselling/buy-credits.ts'
import { jobHandlers } from '../../src/main.ts'
import { present } from '../support/stories.ts'
import { createMatrix, type Matrix, secretsOf, toldOf } from './matrix-world.ts'

let matrix: Matrix
const ids = new Map<string, Map<string, string[]>>()
beforeAll(async () => {
  matrix = await createMatrix()
  await matrix.settle()
  const { root, south } = matrix.shops
  const [pack] = (await matrix.idsOf(root.businessId)).get('credit_packs') ?? []
  await buyCredits(south, present(pack))
  for (const { businessId } of Object.values(matrix.shops)) ids.set(businessId, await matrix.idsOf(businessId))
}, 120_000)
afterAll(() => matrix.close())

/** Each field of a job's payload that names something, with the table where that is. Without a field: the business is all that it names. */
const about: Record<string, Record<string, string>> = {
  'process-notice': { noticeId: 'notices' },
  'refresh-payment': { paymentId: 'payments' },
  'refresh-refund': { refundId: 'refunds' },
  'fulfil-invoice': { invoiceId: 'invoices' },
  'spend-balance': { customerId: 'customers' },
  'move-plan-change': { changeId: 'plan_changes' },
  'move-add-ons': { subscriptionId: 'subscriptions' },
  'resume-when-due': { subscriptionId: 'subscriptions' },
  'collect-invoice': { invoiceId: 'invoices' },
  'forget-method': { methodId: 'payment_methods' },
  'refresh-setup': { setupId: 'method_setups' },
  'compare-gateway': { comparisonId: 'gateway_comparisons' },
  'read-balance': { gatewayAccountId: 'gateway_accounts' },
  'match-entries': { importId: 'bank_imports' },
  'watch-card': { methodId: 'payment_methods' },
  'payment-moved': { invoiceId: 'invoices' },
  'reconcile-line': { lineId: 'lines' },
  'check-panel': { panelId: 'panels' },
  'carry-line': { moveId: 'line_moves' },
  'clear-leftover': { leftoverId: 'line_leftovers' },
  'move-adoption': { adoptionId: 'adoptions' },
  'evacuate-panel': { evacuationId: 'evacuations' },
  'settle-order': { orderId: 'orders' },
  'line-settled': { lineId: 'lines' },
  'send-message': { messageId: 'messages' },
  'execute-steps': { subscriptionId: 'subscriptions' },
  'execute-step-set': { ids: 'subscriptions' },
  'move-incident': { incidentId: 'incidents' },
  'apply-policies': { only: 'subscriptions' },
  'announce-prices': { campaignId: 'price_campaigns', after: 'price_changes' },
  'withdraw-prices': { campaignId: 'price_campaigns', after: 'price_changes' },
  'resume-credits': { periodId: 'periods' },
  'settle-credit-order': { orderId: 'credit_orders' },
  'top-up': { resellerId: 'resellers' },
  'look-at-affiliate': { affiliateId: 'affiliates' },
  'expire-order': { orderId: 'orders' },
  travel: {},
  'read-rates': {},
  'rest-lines': {},
  'rates-known': {},
  'credits-short': {},
  'tell-branch': { after: 'customers' },
}
/** Of its own process or of the batch before: what it found, holds or has reached, nothing that it is about. */
const besides = ['businessId', 'found', 'known', 'held', 'looking', 'born', 'after', 'told', 'since', 'lines', 'tells']
/** What a payload must have besides. */
const given: Record<string, object> = { 'tell-branch': { told: 'suspended', since: '2026-01-01T00:00:00Z' } }

/** Of which the story has none: an id that might be one. A table that has rows must not stand here. */
const unknown: Record<string, string> = {
  line_moves: 'mov',
  line_leftovers: 'lft',
  method_setups: 'set',
  plan_changes: 'chg',
  price_changes: 'pch',
}

type Name = keyof Matrix['shops']
const pairs: [forWhom: Name, whose: Name][] = [
  ['stranger', 'root'],
  ['south', 'root'],
  ['root', 'south'],
  ['north', 'south'],
  ['deep', 'south'],
]

const fieldsOf = (payload: z.ZodType) => Object.keys((payload as unknown as z.ZodObject).shape)

test('each job has a row, each row a job, and each field that names something a table', async () => {
  const handlers = jobHandlers(matrix.app)
  expect(handlers.map(({ job }) => job.name).sort()).toEqual(Object.keys(about).sort())
  for (const { job } of handlers) {
    const named = Object.keys(about[job.name] ?? {})
    expect([
      job.name,
      fieldsOf(job.payload).filter((each) => !named.includes(each) && !besides.includes(each)),
    ]).toEqual([job.name, []])
    for (const field of named)
      expect([job.name, fieldsOf(job.payload)]).toEqual([job.name, expect.arrayContaining([field])])
  }
  const root = present(ids.get(matrix.shops.root.businessId))
  const asked = new Set(Object.values(about).flatMap((each) => Object.values(each)))
  const without = [...asked].filter((table) => table !== 'resellers' && !root.has(table))
  expect(without.sort()).toEqual(Object.keys(unknown).sort())
})

/** Up to so many of each kind. */
const most = 4

function idsFor(table: string, mine: Name, whose: Name): string[] {
  // Resellers of the other's, and the other himself where he is nobody's below whom it is run for.
  if (table === 'resellers') {
    const below: Partial<Record<Name, Name[]>> = { root: ['north'], south: ['deep'] }
    return [...(below[whose] ?? []), ...(mine === 'root' ? [] : [whose])].map((each) => matrix.shops[each].businessId)
  }
  const found = ids.get(matrix.shops[whose].businessId)?.get(table)?.slice(0, most)
  return found ?? [`${unknown[table] ?? 'x'}_00000000000000000000054321`]
}

describe.each(pairs)('for %s with ids of %s', (mine, whose) => {
  test('every job changes and tells nothing', async () => {
    const { [mine]: shop, [whose]: other } = matrix.shops
    const hidden = await secretsOf(matrix, other, shop, () => true)
    const [before, own] = [await matrix.digestOf(other.businessId), await matrix.digestOf(shop.businessId)]
    const wrong: unknown[] = []
    let runs = 0
    for (const { job, run } of jobHandlers(matrix.app)) {
      const named = Object.entries(about[job.name] ?? {})
      if (named.length === 0) continue
      const [[, table] = ['', '']] = named
      for (const place of idsFor(table, mine, whose).keys()) {
        const facts = named.map(([field, of]) => {
          const id = idsFor(of, mine, whose)[place] ?? idsFor(of, mine, whose)[0]
          return [field, field === 'ids' ? [id] : id]
        })
        const payload = { businessId: shop.businessId, ...given[job.name], ...Object.fromEntries(facts) }
        runs += 1
        // It may refuse or find nothing; what it says of it must not tell more than was asked.
        const said = await run(payload).then(
          () => '',
          (error: unknown) => (error instanceof Error ? `${error.message} ${error.stack}` : String(error)),
        )
        const told = toldOf(hidden, said, JSON.stringify(payload))
        if (told.length > 0) wrong.push([job.name, told.slice(0, 3)])
      }
    }
    expect(wrong).toEqual([])
    expect(runs).toBeGreaterThanOrEqual(Object.values(about).filter((each) => Object.keys(each).length > 0).length)
    expect(await matrix.digestOf(other.businessId)).toEqual(before)
    expect(await matrix.digestOf(shop.businessId)).toEqual(own)
  })

  test('what a job does for its own business only, is done to it only', async () => {
    const { [mine]: shop, [whose]: other } = matrix.shops
    const before = await matrix.digestOf(other.businessId)
    for (const { job, run } of jobHandlers(matrix.app))
      if (Object.keys(about[job.name] ?? {}).length === 0)
        await run({ businessId: shop.businessId, ...given[job.name] })
    for (const { job, run } of jobHandlers(matrix.app))
      if (job.name === 'tell-branch')
        await run({ businessId: shop.businessId, told: 'moved', since: '2026-01-01T00:00:00Z', tells: true })
    expect(await matrix.digestOf(other.businessId)).toEqual(before)
  })
})

test('a business that there is not, or nobody’s, is refused by every job', async () => {
  const before = await matrix.digestOf(matrix.shops.root.businessId)
  for (const { job, run } of jobHandlers(matrix.app)) {
    const facts = Object.entries(about[job.name] ?? {}).map(([field, table]) => {
      const [id] = idsFor(table, 'stranger', 'root')
      return [field, field === 'ids' ? [id] : id]
    })
    for (const businessId of ['biz_00000000000000000000054321', '', "x'; select 1"])
      await expect(run({ businessId, ...given[job.name], ...Object.fromEntries(facts) }), job.name).rejects.toThrow()
    await expect(run({ ...given[job.name], ...Object.fromEntries(facts) }), job.name).rejects.toThrow()
  }
  expect(await matrix.digestOf(matrix.shops.root.businessId)).toEqual(before)
})
