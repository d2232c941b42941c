import '../i18n/areas/ahead.ts'
import '../i18n/areas/adoption.ts'
import { transaction } from '#app.ts'
import { adoptNow, decideLine, lookAgain, undoAdoption } from '#modules/adoption/begin-adoption.ts'
import { type AdoptionLine, countsOf, listAdoptionLines, plansOn, readAdoption } from '#modules/adoption/queries.ts'
import { rehearseWaking, wakeAdoption } from '#modules/adoption/wake-adopted.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/adoption.ts'
import { ActButton, ActDialog } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

/** As many rows as a page shows of those that wait, and of the others. */
const shown = 100

/** What would become of lines that are on a panel, what became of them, and what would happen if they were woken. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const read = await transaction(shop, 'read-adoption', async (tx) => {
    const { id, panelId, panelName, state, lastError } = await readAdoption(tx, params.id)
    const waiting = await listAdoptionLines(tx, id, { state: 'waits' }, { limit: shown })
    const fitting = await listAdoptionLines(tx, id, { state: 'fits' }, { limit: shown })
    const others = await listAdoptionLines(tx, id, { state: 'adopted' }, { limit: shown })
    const plans = await listPlans(tx)
    const here = new Set((await plansOn(tx, panelId, shop.currency)).map(({ planId }) => planId))
    const nameOf = (planId: string | null) => plans.find((each) => each.id === planId)?.name ?? null
    const { reasons, plans: byPlan, ...counts } = await countsOf(tx, id)
    return {
      adoption: { id, panelId, panelName, state, lastError },
      counts,
      reasons: Object.entries(reasons) as [NonNullable<AdoptionLine['because']>, number][],
      plans: Object.entries(byPlan).map(([planId, count]) => ({ name: nameOf(planId) ?? planId, count })),
      choices: plans.filter((each) => here.has(each.id)).map((each) => ({ value: each.id, label: each.name })),
      lines: [...waiting, ...fitting, ...others].slice(0, shown).map((each) => ({
        ...{ id: each.id, username: each.username, state: each.state, because: each.because, email: each.email },
        ...{ notes: each.notes, mac: each.mac, planId: each.planId, asleep: each.asleep },
        plan: nameOf(each.planId),
        subscriptionId: each.subscriptionId,
        expiresAt: each.expiresAt?.toString() ?? null,
      })),
    }
  })
  if (read.counts.asleep === 0) return { ...read, ahead: null }
  const { summary } = await rehearseWaking(shop, { adoptionId: params.id }, { days: 30 })
  return { ...read, ahead: summary.totals.map(({ action, count }) => ({ action, count })) }
}

const acts = { adopt: adoptNow, look_again: lookAgain, undo: undoAdoption, wake: wakeAdoption } as const

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const back = `/admin/adoptions/${params.id}`
  const read = formReader(form)
  if (form.get('act') === 'decide') {
    const email = read.raw('email').trim()
    if (email !== '' && !/^\S+@\S+\.\S+$/.test(email)) read.refuse('email', 'Please write an e-mail address.')
    if (read.failed) return failure(read.errors, form)
    const said = { email: email || undefined, planId: read.raw('plan_id') || undefined }
    await transaction(shop, 'decide-line', (tx) => decideLine(tx, shop, read.raw('line'), said, shop.now()))
    return redirectWith(back, 'console.adoption.did.decide')
  }
  const act = (['adopt', 'look_again', 'undo', 'wake'] as const).find((each) => each === form.get('act'))
  if (act === undefined) throw new Refusal('bad_request', 'This page has no such act.')
  await transaction(shop, 'adoption-act', async (tx) => {
    await acts[act](tx, shop, params.id, shop.now())
  })
  return redirectWith(back, `console.adoption.did.${act}`)
}

type Data = Route.ComponentProps['loaderData']

export default function AdoptionPage({ loaderData }: Route.ComponentProps) {
  const { adoption, counts, reasons, plans, lines, choices } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const columns: readonly Column<Data['lines'][number]>[] = [
    { id: 'line', header: t('console.line.line'), cell: (row) => row.mac ?? row.username },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="adoption_line" state={row.asleep ? 'asleep' : row.state} />,
    },
    { id: 'email', header: t('console.adoption.email'), cell: (row) => row.email ?? '–' },
    { id: 'plan', header: t('console.adoption.plan'), cell: (row) => row.plan ?? '–' },
    {
      id: 'until',
      header: t('console.adoption.until'),
      cell: (row) => (row.expiresAt ? <When at={row.expiresAt} as="exact" /> : '–'),
    },
    {
      id: 'why',
      header: t('console.adoption.why'),
      cell: (row) =>
        row.because === null ? (
          ''
        ) : (
          <span className="flex flex-wrap items-center gap-2">
            {t(`console.adoption.because.${row.because}`)}
            {may('lines:change') ? <Decide row={row} choices={choices} /> : null}
          </span>
        ),
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.adoption.of', { panel: adoption.panelName })}
        badge={<StateBadge of="adoption" state={adoption.state} />}
        back={{ to: `/admin/panels/${adoption.panelId}`, label: adoption.panelName }}
        actions={may('lines:change') ? <Acts adoption={adoption} counts={counts} /> : null}
      />
      <div className="flex flex-col gap-6">
        {failed ? <FormErrors failure={failed} /> : null}
        <Standing {...loaderData} />
        <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
          <Stat label={t('console.adoption.fits')} value={<Count value={counts.fits} />} />
          <Stat label={t('console.adoption.waits')} value={<Count value={counts.waits} />} />
          <Stat label={t('console.adoption.adopted')} value={<Count value={counts.adopted} />} />
          <Stat label={t('console.adoption.sleeping')} value={<Count value={counts.asleep} />} />
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 sm:grid-cols-2">
          <Card title={t('console.adoption.plans')}>
            <DescriptionList
              items={[
                ...plans.map(({ name, count }) => ({ label: name, value: String(count) })),
                { label: t('console.adoption.matched'), value: String(counts.matched) },
              ]}
            />
          </Card>
          {reasons.length > 0 ? (
            <Card title={t('console.adoption.reasons')}>
              <DescriptionList
                items={reasons.map(([because, count]) => ({
                  label: t(`console.adoption.because.${because}`),
                  value: String(count),
                }))}
              />
            </Card>
          ) : null}
        </div>
        <Card title={t('console.lines.title')} flush>
          <DataTable
            caption={t('console.lines.title')}
            columns={columns}
            rows={lines}
            rowKey={(row) => row.id}
            empty={<EmptyState title={t('console.adoption.noLines')} />}
          />
        </Card>
      </div>
    </>
  )
}

function Standing({ adoption, counts, ahead }: Pick<Data, 'adoption' | 'counts' | 'ahead'>) {
  const t = useText()
  if (adoption.state === 'looking')
    return (
      <Alert tone="info" title={t('console.adoption.looking')}>
        {t('console.adoption.looking.lead')}
      </Alert>
    )
  if (adoption.state === 'failed')
    return (
      <Alert tone="bad" title={t('console.adoption.failed')}>
        {adoption.lastError}
      </Alert>
    )
  if (ahead !== null)
    return (
      <Alert tone="warn" title={t('console.adoption.asleep')}>
        <p>{t('console.adoption.asleep.lead')}</p>
        {ahead.length === 0 ? (
          <p>{t('console.adoption.nothing')}</p>
        ) : (
          <ul className="list-disc ps-5">
            {ahead.map(({ action, count }) => (
              <li key={action}>
                {t(`console.rehearsal.action.${action}`)}: <Count value={count} />
              </li>
            ))}
          </ul>
        )}
      </Alert>
    )
  if (adoption.state === 'ready' && counts.fits > 0)
    return (
      <Alert tone="info" title={t('console.adoption.ready')}>
        {t('console.adoption.ready.lead')}
      </Alert>
    )
  return null
}

function Decide({ row, choices }: { row: Data['lines'][number]; choices: Data['choices'] }) {
  const t = useText()
  return (
    <ActDialog
      act="decide"
      id={`decide-${row.id}`}
      look="quiet"
      fields={{ line: row.id }}
      trigger={t('console.adoption.decide')}
      title={t('console.adoption.decide.title', { username: row.mac ?? row.username })}
      confirm={t('console.adoption.decide')}
      keep={t('ui.cancel')}
    >
      {row.notes ? <p className="whitespace-pre-line text-muted">{row.notes}</p> : null}
      <Field label={t('console.adoption.email')} optional>
        {(tied) => <Input {...tied} type="email" name="email" maxLength={254} defaultValue={row.email ?? ''} />}
      </Field>
      <Field label={t('console.adoption.plan')} optional>
        {(tied) => <Select {...tied} name="plan_id" empty="–" options={choices} defaultValue={row.planId ?? ''} />}
      </Field>
    </ActDialog>
  )
}

function Acts({ adoption: { state }, counts }: Pick<Data, 'adoption' | 'counts'>) {
  const t = useText()
  const atRest = state === 'ready' || state === 'adopted' || state === 'failed' || state === 'undone'
  return (
    <>
      {atRest ? <ActButton act="look_again">{t('console.adoption.again')}</ActButton> : null}
      {state === 'adopted' && counts.asleep > 0 ? (
        <>
          <ActDialog
            act="undo"
            trigger={t('console.adoption.undo')}
            title={t('console.adoption.undo.title')}
            confirm={t('console.adoption.undo')}
            keep={t('ui.cancel')}
          >
            <p className="text-muted">{t('console.adoption.undo.lead')}</p>
          </ActDialog>
          <ActDialog
            act="wake"
            trigger={t('console.adoption.wake')}
            title={t('console.adoption.wake.title', { count: counts.asleep })}
            confirm={t('console.adoption.wake')}
            keep={t('ui.cancel')}
          >
            <p className="text-muted">{t('console.adoption.wake.lead')}</p>
          </ActDialog>
        </>
      ) : null}
      {(state === 'ready' || state === 'adopted') && counts.fits > 0 ? (
        <ActDialog
          act="adopt"
          look="primary"
          trigger={t('console.adoption.go')}
          title={t('console.adoption.go.title', { count: counts.fits })}
          confirm={t('console.adoption.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.adoption.ready.lead')}</p>
        </ActDialog>
      ) : null}
    </>
  )
}
