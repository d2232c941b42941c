import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { overviewOf, revenueByMonth } from '#modules/analytics/queries.ts'
import { atRisk } from '#modules/analytics/renewal-queue.ts'
import { firstStreams } from '#modules/lines/usage.ts'
import { listAttention } from '#modules/people/attention.ts'
import { money } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { BarChart } from '../ui/console/bar-chart.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, moneyDecimal, moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/overview.ts'
import { AttentionList } from './attention-list.tsx'
import { staffOf } from './guard.server.ts'
import { changeOf, monthsBack } from './months.ts'

const shownAttention = 6

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request)
  const now = shop.now()
  const months = monthsBack(now, shop.zone, 12)
  const [month, monthBefore, first] = [months.at(-1), months.at(-2), months[0]].map((each) => each?.starts ?? now)
  const at = {
    month: month ?? now,
    monthBefore: monthBefore ?? now,
    soon: now.add({ hours: 168 }),
    lately: now.subtract({ hours: 168 }),
  }
  return transaction(shop, 'read-overview', async (tx) => {
    const attention = await listAttention(tx)
    const revenue = (await revenueByMonth(tx, first ?? now, shop.zone)).filter(
      ({ currency }) => currency === shop.currency,
    )
    return {
      figures: await overviewOf(tx, at),
      streams: await firstStreams(tx, now.subtract({ hours: 30 * 24 })),
      risk: (await atRisk(tx)).map(({ currency, minor }) => money(minor, currency)),
      currency: shop.currency,
      months: months.map(({ key }) => ({ key, minor: revenue.find((each) => each.month === key)?.minor ?? 0n })),
      attention: attention
        .slice(0, shownAttention)
        .map(({ openedAt, ...item }) => ({ ...item, openedAt: openedAt.toString() })),
      attentionCount: attention.length,
    }
  })
}

export default function Overview({ loaderData }: Route.ComponentProps) {
  const { figures, streams, risk, attention, attentionCount, months, currency } = loaderData
  const page = usePage()
  const { t } = page
  if (!figures.anyOrder && !figures.anyPlan && !figures.anyPanel) return <NewShop />
  const [before, current] = [months.at(-2)?.minor ?? 0n, months.at(-1)?.minor ?? 0n]
  const trouble = figures.needsReview + figures.delayed
  // The shop's own currency is the figure, others are named below it.
  const ownRisk = risk.find((each) => each.currency === currency) ?? risk[0]
  const otherRisks = risk.filter((each) => each !== ownRisk)
  const written = (minor: bigint) => moneyText(money(minor, currency), page)
  return (
    <>
      <PageHeader title={t('console.overview.title')} />
      <Card
        title={t('console.overview.attention')}
        flush
        className="mb-6"
        actions={
          attentionCount > attention.length ? (
            <Link to="/admin/attention" className="text-sm text-brand hover:underline">
              {t('console.overview.attention.all', { count: attentionCount })}
            </Link>
          ) : null
        }
      >
        <AttentionList items={attention} back="/admin" />
      </Card>
      <div className="mb-6 grid grid-cols-2 gap-3 sm:gap-4 xl:grid-cols-4">
        <Stat
          label={t('console.overview.trouble')}
          value={<Count value={trouble} />}
          to={`/admin/orders?state=${figures.needsReview > 0 ? 'needs_review' : 'delayed'}`}
          hint={t('console.overview.trouble.hint', { review: figures.needsReview, delayed: figures.delayed })}
        />
        <Stat
          label={t('console.overview.ending')}
          value={<Count value={figures.endingSoon} />}
          to="/admin/subscriptions?ends=7"
          hint={t('console.overview.ending.hint')}
        />
        <Stat
          label={t('console.overview.lines')}
          value={<Count value={figures.activeLines} />}
          to="/admin/lines?wanted=active"
          hint={
            streams.lines > 0
              ? t('console.overview.lines.hint', { within: streams.withinTen, count: streams.lines })
              : undefined
          }
        />
        {/* A sum of money is wider than a count: on a phone it takes the row. */}
        <div className="col-span-2 grid sm:col-span-1">
          <Stat
            label={t('console.overview.revenue')}
            value={written(current)}
            to="/admin/payments?state=succeeded"
            hint={t('console.overview.revenue.before', { amount: written(before) })}
            spark={months.map(({ minor }) => Number(minor))}
          />
        </div>
        <Stat
          label={t('console.overview.newCustomers')}
          value={<Count value={figures.newCustomers} />}
          to="/admin/customers?since=month"
          change={changeOf(figures.newCustomers, figures.newCustomersBefore)}
        />
        <Stat
          label={t('console.overview.suspended')}
          value={<Count value={figures.suspended} />}
          to="/admin/subscriptions?status=suspended"
        />
        {ownRisk === undefined ? null : (
          <div className="col-span-2 grid sm:col-span-1">
            <Stat
              label={t('console.overview.atRisk')}
              value={moneyText(ownRisk, page)}
              to="/admin/renewals?queue=failed"
              hint={
                otherRisks.length === 0
                  ? t('console.overview.atRisk.hint')
                  : t('console.overview.atRisk.more', {
                      more: otherRisks.map((each) => moneyText(each, page)).join(', '),
                    })
              }
            />
          </div>
        )}
        <Stat
          label={t('console.overview.notDelivered')}
          value={<Count value={figures.notDelivered} />}
          to="/admin/messages?state=failed&since=week"
          hint={t('console.overview.notDelivered.hint')}
        />
        <Stat
          label={t('console.overview.awaiting')}
          value={<Count value={figures.awaiting} />}
          to="/admin/orders?state=awaiting_payment"
        />
      </div>
      <Card>
        <BarChart
          title={t('console.overview.revenue.chart')}
          summary={t('console.overview.revenue.summary', { current: written(current), before: written(before) })}
          name={currency}
          labels={months.map(({ key }) => monthName(key, page.locale))}
          values={months.map(({ minor }) => Number(moneyDecimal(money(minor, currency))))}
        />
      </Card>
    </>
  )
}

const monthName = (key: string, locale: string): string =>
  new Intl.DateTimeFormat(locale.slice(0, 2), { month: 'short', timeZone: 'UTC' }).format(
    Date.parse(`${key}-01T00:00:00Z`),
  )

function NewShop() {
  const { t } = usePage()
  return (
    <>
      <PageHeader title={t('console.overview.title')} />
      <Card>
        <EmptyState
          title={t('console.overview.empty')}
          actions={
            <LinkButton look="primary" to="/admin/setup">
              {t('console.overview.empty.go')}
            </LinkButton>
          }
        >
          {t('console.overview.empty.lead')}
        </EmptyState>
      </Card>
    </>
  )
}
