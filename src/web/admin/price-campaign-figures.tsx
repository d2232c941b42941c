import '../i18n/areas/price-campaigns.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money, moneyText, When } from '../ui/format.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { campaignShown, previewShown, progressShown } from './price-campaign.server.ts'

type Preview = Awaited<ReturnType<typeof previewShown>>
type Progress = Awaited<ReturnType<typeof progressShown>>

/** How many, and the recurring revenue before and after, one figure per currency. */
function Figures({ count, revenue }: { count: number; revenue: Preview['revenue'] }) {
  const page = usePage()
  const { t } = page
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      <Stat label={t('console.prices.reached')} value={<Count value={count} />} />
      {revenue.map(({ currency, before, after, share }) => (
        <Stat
          key={currency}
          label={t('console.prices.monthly', { currency })}
          value={<Money value={after} />}
          hint={t('console.prices.monthly.was', { amount: moneyText(before, page) })}
          {...(share === null
            ? {}
            : {
                change: {
                  direction: share > 0 ? ('up' as const) : share < 0 ? ('down' as const) : ('same' as const),
                  text: `${share > 0 ? '+' : ''}${share} %`,
                },
              })}
        />
      ))}
    </div>
  )
}

/** What a draft would do, were it started now. */
export function CampaignPreview({ preview }: { preview: Preview }) {
  const t = useText()
  const leftOut = Object.entries(preview.leftOut) as [Exclude<keyof Preview['leftOut'], 'filter'>, number][]
  const columns: readonly Column<Preview['rows'][number]>[] = [
    {
      id: 'customer',
      header: t('console.prices.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    { id: 'plan', header: t('console.orders.plan'), wide: true, cell: (row) => row.plan },
    { id: 'old', header: t('console.prices.old'), align: 'end', cell: (row) => <Money value={row.old} /> },
    { id: 'new', header: t('console.prices.new'), align: 'end', cell: (row) => <Money value={row.new} /> },
    {
      id: 'first',
      header: t('console.prices.first'),
      cell: (row) => (row.first ? <When at={row.first} as="date" /> : '–'),
    },
  ]
  return (
    <section aria-label={t('console.prices.preview')} className="flex flex-col gap-4">
      <Figures count={preview.count} revenue={preview.revenue} />
      {leftOut.length > 0 ? (
        <Card title={t('console.prices.leftOut')}>
          <DescriptionList
            items={leftOut.map(([reason, count]) => ({
              label: t(`console.prices.leftOut.${reason}`),
              value: <Count value={count} />,
            }))}
          />
        </Card>
      ) : null}
      <Card title={t('console.prices.preview')} flush>
        <DataTable
          caption={t('console.prices.preview')}
          columns={columns}
          rows={preview.rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/subscriptions/${row.id}`}
          empty={<EmptyState title={t('console.prices.nobody')} />}
        />
      </Card>
      {preview.next || preview.paged ? (
        <div className="flex gap-3">
          {preview.paged ? <LinkButton to="?">{t('console.prices.top')}</LinkButton> : null}
          {preview.next ? <LinkButton to={`?from=${preview.next}`}>{t('console.prices.more')}</LinkButton> : null}
        </div>
      ) : null}
    </section>
  )
}

const shownStates = ['announced', 'accepted', 'applied', 'declined', 'kept', 'excepted', 'canceled', 'ended'] as const

/** How far a started one is. */
export function CampaignProgress({
  progress,
  campaign: { id, finding },
}: {
  progress: Progress
  campaign: { id: string; finding: boolean }
}) {
  const t = useText()
  const path = `/admin/prices/${id}`
  const reached = shownStates.reduce((sum, state) => sum + (progress.counts[state] ?? 0), 0)
  const columns: readonly Column<Progress['rows'][number]>[] = [
    {
      id: 'customer',
      header: t('console.prices.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    { id: 'old', header: t('console.prices.old'), align: 'end', cell: (row) => <Money value={row.old} /> },
    { id: 'new', header: t('console.prices.new'), align: 'end', cell: (row) => <Money value={row.new} /> },
    {
      id: 'told',
      header: t('console.prices.told'),
      cell: (row) => (row.toldAt ? <When at={row.toldAt} as="date" /> : t('console.prices.told.not')),
    },
    {
      id: 'state',
      header: t('console.prices.state'),
      cell: (row) => <StateBadge of="priceChange" state={row.status} />,
    },
  ]
  return (
    <section aria-label={t('console.prices.progress')} className="flex flex-col gap-4">
      {finding ? <p className="text-muted">{t('console.prices.finding')}</p> : null}
      <Figures count={reached} revenue={progress.revenue} />
      <Tabs
        label={t('console.prices.state')}
        tabs={[
          { to: path, label: t('console.prices.reached'), count: reached },
          ...shownStates.flatMap((state) => {
            const count = progress.counts[state] ?? 0
            return count === 0 || state === 'ended'
              ? []
              : [{ to: `${path}?status=${state}`, label: t(`state.priceChange.${state}`), count }]
          }),
        ]}
      />
      <Card title={t('console.prices.progress')} flush>
        <DataTable
          caption={t('console.prices.progress')}
          columns={columns}
          rows={progress.rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/subscriptions/${row.subscriptionId}`}
          page={progress.page}
          empty={<EmptyState title={t('console.prices.nobody')} />}
        />
      </Card>
    </section>
  )
}

/** What was announced, as it stays. */
export function CampaignTerms({ campaign }: { campaign: ReturnType<typeof campaignShown> }) {
  const t = useText()
  return (
    <Card title={t('console.prices.facts')}>
      <DescriptionList
        items={[
          { label: t('console.prices.change'), value: campaign.change },
          { label: t('console.prices.whom'), value: campaign.condition ?? t('console.prices.everybody') },
          { label: t('console.prices.effective'), value: <When at={campaign.effectiveAt} as="date" /> },
          { label: t('console.prices.notice'), value: <Count value={campaign.noticeDays} /> },
          { label: t('console.prices.consent'), value: t(`console.prices.consent.${campaign.consent}`) },
          { label: t('console.prices.note'), value: campaign.note || null },
          {
            label: t('state.campaign.running'),
            value: campaign.startedAt ? <When at={campaign.startedAt} as="exact" /> : null,
          },
          {
            label: t('state.campaign.stopped'),
            value: campaign.stoppedAt ? (
              <>
                <When at={campaign.stoppedAt} as="exact" /> ({campaign.stopReason})
              </>
            ) : null,
          },
        ]}
      />
    </Card>
  )
}
