/** A renewal queue as the page shows it: names for ids, steps in words, and the figures on the tabs. */
import { type Shop, transaction } from '#app.ts'
import { customersById, plansById } from '#modules/analytics/names.ts'
import {
  atRisk,
  countQueues,
  type Horizon,
  horizons,
  knownTags,
  listQueue,
  type Queue,
  queues,
} from '#modules/analytics/renewal-queue.ts'
import { tooShortFor } from '#modules/billing/watch-card.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import { money } from '#platform/money.ts'
import { readList } from '../ui/list-query.ts'
import { readPage } from './list-page.server.ts'
import { titleOfTemplate } from './message.server.ts'

const rules = {
  sorts: [],
  defaultSort: '',
  filters: { queue: queues, within: horizons.map(String), tag: 'any' as const },
}

/** Without a queue in the address: what nobody noticed, when there is any, else what is due. */
export function readRenewals(shop: Shop, url: string) {
  const query = readList(url, rules)
  const now = shop.now()
  const within: Horizon = horizons.find((days) => String(days) === query.filters.within) ?? 7
  const tag = query.filters.tag?.slice(0, 40) ?? null
  return transaction(shop, 'read-renewals', async (tx) => {
    const { counts, expiring } = await countQueues(tx, now)
    const asked = queues.find((each) => each === query.filters.queue)
    const queue: Queue = asked ?? (counts.forgotten > 0 ? 'forgotten' : 'due')
    const { rows, page } = await readPage(query, async (each) =>
      (await listQueue(tx, queue, each, now, within, tag)).map((row) => ({ ...row, createdAt: row.at })),
    )
    const customers = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    const plans = await plansById(
      tx,
      rows.map(({ planId }) => planId),
    )
    const policies = await listPolicies(tx)
    const tooShort = await tooShortFor(tx, rows, policies)
    const actions = new Map(
      policies.flatMap(({ id, steps }) => steps.map(({ key, action }) => [`${id}/${key}`, action] as const)),
    )
    return {
      queue,
      within,
      tag,
      tags: await knownTags(tx),
      page,
      atRisk: queue === 'failed' ? (await atRisk(tx)).map(({ currency, minor }) => money(minor, currency)) : [],
      tabs: queues
        .filter((each) => each !== 'forgotten' || counts.forgotten > 0 || queue === 'forgotten')
        .map((each) => ({ queue: each, count: each === 'expiring' ? expiring[7] : counts[each] })),
      ahead: horizons.map((days) => ({ days, count: expiring[days] })),
      rows: rows.map((row) => {
        const customer = customers.get(row.customerId)
        return {
          id: row.id,
          customer: customer?.name || customer?.email || '',
          plan: plans.get(row.planId)?.name ?? '',
          status: row.status,
          cardTooShort: tooShort.has(row.id),
          paidThrough: row.paidThrough?.toString() ?? null,
          at: row.at.toString(),
          because: queue === 'flagged' ? row.flaggedBecause : queue === 'failed' ? row.failedBecause : null,
          asked: row.asked && money(row.asked.minor, row.asked.currency),
          message: row.message && {
            title: titleOfTemplate(row.message.template),
            status: row.message.status,
            at: row.message.at.toString(),
          },
          next: row.nextStepAt && {
            at: row.nextStepAt.toString(),
            key: row.nextStep,
            action: actions.get(`${row.policyId}/${row.nextStep}`) ?? null,
          },
        }
      }),
    }
  })
}
