/** What the margin page or its download asks for: twelve months, one month by plan, or one plan of a month by line. */
import { type Shop, transaction } from '#app.ts'
import { type MarginSums, marginByLine, marginByPlan, marginOf } from '#modules/analytics/margin.ts'
import { monthsBetween } from '#modules/analytics/revenue.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import { money } from '#platform/money.ts'

export function asked(shop: Shop, request: Request) {
  const query = new URL(request.url).searchParams
  const here = shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toPlainYearMonth()
  const month = /^20\d\d-(0[1-9]|1[0-2])$/.test(query.get('month') ?? '') ? query.get('month') : null
  const months = month === null ? monthsBetween(here.subtract({ months: 11 }).toString(), here.toString()) : [month]
  return { month, months, plan: month === null ? null : query.get('plan') }
}

export async function marginPage(shop: Shop, request: Request) {
  const { month, months, plan } = asked(shop, request)
  return transaction(shop, 'read-margin', async (tx) => {
    const byPlan = await marginByPlan(tx, months, shop.zone)
    if (month === null) return { month, plan: null, rows: [...totals(byPlan)].reverse() }
    const of = plan === null ? undefined : byPlan.find(({ planId }) => planId === plan)
    if (of === undefined || plan === null)
      return {
        month,
        plan: null,
        rows: byPlan.map((each) => ({
          ...shown(each),
          key: `${each.of}/${each.planId}`,
          of: each.of,
          name: each.planName,
          to: each.of === 'plan' ? `?month=${month}&plan=${each.planId}` : null,
        })),
      }
    return {
      month,
      plan: of.planName,
      rows: (await marginByLine(tx, month, plan, shop.zone)).map((each) => ({
        ...shown(each),
        key: each.subscriptionId,
        of: 'line' as const,
        name: each.username ?? each.subscriptionId,
        to: `/admin/subscriptions/${each.subscriptionId}`,
      })),
    }
  })
}

const shown = (each: MarginSums & { currency: string }) => {
  const margin = marginOf(each)
  const inCurrency = (minor: bigint) => money(minor, each.currency)
  return {
    earned: inCurrency(each.earned),
    refunded: inCurrency(each.refunded),
    fees: inCurrency(each.fees),
    cost: inCurrency(each.cost),
    margin: margin === null ? null : inCurrency(margin),
    unknown: each.unknownMilli === 0n ? null : formatCredits(each.unknownMilli),
  }
}

/** All plans of a month together, for each currency. */
function* totals(rows: Awaited<ReturnType<typeof marginByPlan>>) {
  for (const group of Map.groupBy(rows, ({ month, currency }) => `${month}/${currency}`).values()) {
    const [first] = group
    if (first === undefined) continue
    const sum = (of: keyof MarginSums) => group.reduce((so, each) => so + each[of], 0n)
    const { month, currency } = first
    const all = {
      earned: sum('earned'),
      refunded: sum('refunded'),
      fees: sum('fees'),
      cost: sum('cost'),
      unknownMilli: sum('unknownMilli'),
    }
    yield { ...shown({ ...all, currency }), key: month, of: 'month' as const, name: month, to: `?month=${month}` }
  }
}
