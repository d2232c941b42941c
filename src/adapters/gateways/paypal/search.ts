/** PayPal's transaction search: it knows money only, and knows it up to three hours late. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { isRejected } from '../json-api.ts'
import type { Ask, Call } from './call.ts'
import { ourRefOf } from './snapshot.ts'

const Page = z.object({
  transaction_details: z
    .array(
      z.object({
        transaction_info: z.object({ transaction_id: z.string(), custom_field: z.string().nullish() }),
      }),
    )
    .nullish(),
  total_pages: z.int().nullish(),
})

const Capture = z.object({
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string().nullish() }).nullish() }).nullish(),
})

const mostPages = 60
/** The longest span that may be asked for at once; older attempts have their answers. */
const span = { hours: 24 * 30 }

/** The orders with money under our reference. A span with more than 30,000 transactions cannot be looked through: `unavailable`. */
export async function findOrders(call: Call, ourRef: string, now: Temporal.Instant): Promise<string[]> {
  const found = new Set<string>()
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    if (page > mostPages)
      throw new ProviderError('paypal', 'unavailable', 'there are too many transactions to look through', {
        code: 'too_many',
      })
    const reply = await call(pageOf(now.subtract(span), now, 500, page), Page)
    pages = reply.total_pages ?? 1
    for (const { transaction_info: each } of reply.transaction_details ?? [])
      if (ourRefOf(each.custom_field) === ourRef) found.add(each.transaction_id)
  }
  const orders = await Promise.all([...found].map((id) => orderOf(call, id)))
  return [...new Set(orders.filter((each) => each !== null))]
}

/** Throws `auth_failed` where the app may not search. */
export async function trySearch(call: Call, now: Temporal.Instant): Promise<void> {
  await call(pageOf(now.subtract({ hours: 1 }), now, 1, 1), Page)
}

function pageOf(from: Temporal.Instant, to: Temporal.Instant, size: number, page: number): Ask {
  const query = new URLSearchParams({
    start_date: whole(from),
    end_date: whole(to),
    fields: 'transaction_info',
    page_size: String(size),
    page: String(page),
  })
  return { method: 'GET', path: `/v1/reporting/transactions?${query}` }
}

const whole = (at: Temporal.Instant): string => at.round('second').toString()

/** Null for what is no capture: a refund is found under the same reference. */
async function orderOf(call: Call, transactionId: string): Promise<string | null> {
  try {
    const path = `/v2/payments/captures/${encodeURIComponent(transactionId)}`
    return (await call({ method: 'GET', path }, Capture)).supplementary_data?.related_ids?.order_id ?? null
  } catch (error) {
    if (isRejected(error, 'not_found')) return null
    throw error
  }
}
