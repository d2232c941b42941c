import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { goOn, rollBack, stopEvacuation } from '#modules/lines/evacuate-panel.ts'
import { countsOf, movesOfEvacuation, readEvacuation } from '#modules/lines/moves.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/evacuation.ts'
import { ActButton, ActDialog } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { shownMove } from './moves.server.ts'

/** How far an evacuation is, what it waits for, and the lines that it moved last. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:see')
  return transaction(shop, 'read-evacuation', async (tx) => {
    const evacuation = await readEvacuation(tx, params.id)
    const moves = await movesOfEvacuation(tx, evacuation.id, null, { limit: 50 })
    const refused = await movesOfEvacuation(tx, evacuation.id, 'refused', { limit: 50 })
    const { id, panelId, panelName, toPanelName, state, back, waveNumber, reason, stoppedBecause, keepDays } =
      evacuation
    return {
      evacuation: {
        ...{ id, panelId, panelName, toPanelName, state, back, waveNumber, reason, stoppedBecause, keepDays },
        startedAt: evacuation.createdAt.toString(),
        endedAt: evacuation.endedAt?.toString() ?? null,
      },
      counts: await countsOf(tx, evacuation),
      moves: await shownMove(tx, [...new Map([...refused, ...moves].map((each) => [each.id, each])).values()]),
    }
  })
}

const acts = { go_on: goOn, stop: stopEvacuation, roll_back: rollBack } as const

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'panels:change')
  const act = (['go_on', 'stop', 'roll_back'] as const).find((each) => each === form.get('act'))
  if (act === undefined) throw new Refusal('bad_request', 'This page has no such act.')
  await transaction(shop, 'evacuation-act', (tx) => acts[act](tx, shop, params.id))
  return redirectWith(`/admin/evacuations/${params.id}`, `console.evacuation.did.${act}`)
}

type Data = Route.ComponentProps['loaderData']

export default function EvacuationPage({ loaderData }: Route.ComponentProps) {
  const { evacuation, counts, moves } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const columns: readonly Column<Data['moves'][number]>[] = [
    { id: 'line', header: t('console.line.line'), cell: (row) => row.username },
    { id: 'state', header: t('console.list.state'), cell: (row) => <StateBadge of="move" state={row.state} /> },
    { id: 'to', header: t('console.evacuation.to'), cell: (row) => row.to ?? '–' },
    { id: 'answer', header: t('console.line.lastAnswer'), cell: (row) => row.lastAnswer ?? '' },
    { id: 'at', header: t('console.evacuation.at'), cell: (row) => <When at={row.endedAt ?? row.createdAt} /> },
  ]
  return (
    <>
      <PageHeader
        title={t(evacuation.back ? 'console.evacuation.backOf' : 'console.evacuation.of', {
          panel: evacuation.panelName,
        })}
        description={evacuation.reason}
        badge={<StateBadge of="evacuation" state={evacuation.state} />}
        back={{ to: `/admin/panels/${evacuation.panelId}`, label: evacuation.panelName }}
        actions={may('panels:change') ? <Acts evacuation={evacuation} counts={counts} /> : null}
      />
      <div className="flex flex-col gap-6">
        {failed ? <FormErrors failure={failed} /> : null}
        {evacuation.state === 'waiting' ? (
          <Alert tone="warn" title={t('console.evacuation.canaryDone')}>
            {t('console.evacuation.canaryDone.lead')}
          </Alert>
        ) : null}
        {evacuation.state === 'stopped' ? (
          <Alert tone="bad" title={t('console.evacuation.stopped')}>
            {evacuation.stoppedBecause}
          </Alert>
        ) : null}
        <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
          <Stat label={t('console.evacuation.left')} value={<Count value={counts.left} />} />
          <Stat label={t('console.evacuation.waiting')} value={<Count value={counts.waiting} />} />
          <Stat
            label={t('console.evacuation.done')}
            value={<Count value={evacuation.back ? counts.back : counts.done} />}
          />
          <Stat label={t('console.evacuation.refused')} value={<Count value={counts.refused} />} />
        </div>
        {counts.ofResellers.left + counts.ofResellers.done + counts.ofResellers.back > 0 ? (
          <Alert
            tone="info"
            title={t('console.evacuation.resellers', {
              left: String(counts.ofResellers.left),
              done: String(evacuation.back ? counts.ofResellers.back : counts.ofResellers.done),
            })}
          >
            {t('console.evacuation.resellers.lead')}
          </Alert>
        ) : null}
        <Card title={t('console.line.facts.evacuation')}>
          <DescriptionList
            items={[
              {
                label: t('console.evacuation.from'),
                value: (
                  <Link to={`/admin/panels/${evacuation.panelId}`} className="text-brand hover:underline">
                    {evacuation.panelName}
                  </Link>
                ),
              },
              {
                label: t('console.evacuation.to'),
                value: evacuation.toPanelName ?? t('console.evacuation.to.routing'),
              },
              { label: t('console.evacuation.waveNumber'), value: String(evacuation.waveNumber) },
              { label: t('console.evacuation.startedAt'), value: <When at={evacuation.startedAt} as="exact" /> },
              {
                label: t('console.evacuation.endedAt'),
                value: evacuation.endedAt ? <When at={evacuation.endedAt} as="exact" /> : null,
              },
            ]}
          />
        </Card>
        <Card title={t('console.lines.title')} flush>
          <DataTable
            caption={t('console.lines.title')}
            columns={columns}
            rows={moves}
            rowKey={(row) => row.id}
            rowHref={(row) => `/admin/lines/${row.lineId}`}
            empty={<EmptyState title={t('console.evacuation.noMoves')} />}
          />
        </Card>
      </div>
    </>
  )
}

function Acts({ evacuation: { state, back, keepDays, panelName }, counts }: Pick<Data, 'evacuation' | 'counts'>) {
  const t = useText()
  return (
    <>
      {state !== 'running' && !back && counts.done > 0 ? (
        <ActDialog
          act="roll_back"
          trigger={t('console.evacuation.rollBack')}
          title={t('console.evacuation.rollBack.title', { panel: panelName })}
          confirm={t('console.evacuation.rollBack')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.evacuation.rollBack.lead', { days: String(keepDays) })}</p>
        </ActDialog>
      ) : null}
      {state === 'running' || state === 'waiting' ? (
        <ActButton act="stop" look={state === 'running' ? 'danger' : 'secondary'}>
          {t('console.evacuation.stop')}
        </ActButton>
      ) : null}
      {state === 'waiting' || state === 'stopped' ? (
        <ActButton act="go_on" look="primary">
          {t('console.evacuation.goOn')}
        </ActButton>
      ) : null}
    </>
  )
}
