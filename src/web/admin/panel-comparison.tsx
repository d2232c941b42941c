import { Link } from 'react-router'
import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { ActButton, ActDialog } from './act.tsx'
import type { comparisonOf } from './difference.server.ts'
import { useMay } from './frame.ts'

type Comparison = Awaited<ReturnType<typeof comparisonOf>>

/** How a panel stands to what we keep: the last comparison, what it left open, and the next. */
export function PanelComparison({ panelId, comparison }: { panelId: string; comparison: Comparison }) {
  const t = useText()
  const may = useMay()
  if (comparison === null)
    return (
      <Card title={t('console.compare.title')}>
        <p className="text-muted">{t('console.compare.cannot')}</p>
      </Card>
    )
  const { last, open, ofSellers, next } = comparison
  return (
    <Card
      title={t('console.compare.title')}
      actions={
        may('lines:change') && last?.state !== 'running' ? (
          <ActButton act="compare" dense>
            {t('console.compare.now')}
          </ActButton>
        ) : null
      }
    >
      <div className="flex flex-col gap-4">
        {last?.state === 'doubtful' ? (
          <Alert tone="bad" title={t('console.compare.doubt')}>
            <div className="flex flex-col items-start gap-3">
              <p>{last.lastError}</p>
              {may('lines:change') ? (
                <ActDialog
                  act="trust"
                  trigger={t('console.compare.trust')}
                  title={t('console.compare.trust.title')}
                  confirm={t('console.compare.trust.confirm')}
                  keep={t('console.compare.trust.keep')}
                >
                  <p>{t('console.compare.trust.lead')}</p>
                </ActDialog>
              ) : null}
            </div>
          </Alert>
        ) : null}
        {last === null ? <p className="text-muted">{t('console.compare.never')}</p> : null}
        <DescriptionList
          items={[
            {
              label: t('console.compare.state'),
              value: last ? (
                <>
                  {t(`console.compare.state.${last.state}`)} · <When at={last.at} />
                </>
              ) : null,
            },
            {
              label: t('console.compare.open'),
              value: (
                <Link to={`/admin/differences?panel=${panelId}&state=open`} className="text-brand hover:underline">
                  <Count value={open} />
                </Link>
              ),
            },
            {
              label: t('console.compare.ofSellers'),
              value:
                ofSellers.length === 0 ? null : (
                  <ul>
                    {ofSellers.map(({ kind, count }) => (
                      <li key={kind} className="flex flex-wrap items-center gap-2">
                        <Count value={count} /> <StateBadge of="difference" state={kind} />
                      </li>
                    ))}
                  </ul>
                ),
            },
            { label: t('console.compare.listed'), value: last ? <Count value={last.listed} /> : null },
            { label: t('console.compare.sampled'), value: last?.sampled ? <Count value={last.sampled} /> : null },
            { label: t('console.compare.oldest'), value: last?.oldest ? <When at={last.oldest} /> : null },
            { label: t('console.compare.missing'), value: last?.missing ? <Count value={last.missing} /> : null },
            {
              label: t('console.compare.sellersDoubted'),
              value: last?.sellersDoubted ? <Count value={last.sellersDoubted} /> : null,
            },
            { label: t('console.compare.mended'), value: last?.mended ? <Count value={last.mended} /> : null },
            { label: t('console.panel.lastError'), value: last?.state === 'failed' ? last.lastError : null },
            { label: t('console.differences.next'), value: next ? <When at={next} /> : null },
          ]}
        />
      </div>
    </Card>
  )
}
