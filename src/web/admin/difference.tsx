import '../i18n/areas/adoption.ts'
import '../i18n/areas/orphans.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { takeOverOrphan } from '#modules/adoption/begin-adoption.ts'
import { removeOrphan, switchOffOrphan } from '#modules/lines/clear-orphan.ts'
import {
  acceptDifference,
  ignoreDifference,
  mendDifference,
  reopenDifference,
} from '#modules/lines/decide-difference.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { readDifference } from '#modules/lines/reconciliations.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/difference.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { differenceOf, type OrphanActs, orphanActsOf, type ShownDifference } from './difference.server.ts'
import { Shape } from './difference-words.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  return transaction(shop, 'read-difference', async (tx) => {
    const panels = await listPanels(tx)
    const difference = await readDifference(tx, params.id)
    return { difference: differenceOf(difference, panels), orphan: await orphanActsOf(tx, shop, difference) }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'lines:change')
  const { shop, form } = staff
  const here = `/admin/differences/${params.id}`
  const now = shop.now()
  switch (form.get('act')) {
    case 'mend': {
      const { kind } = await transaction(shop, 'read-difference', (tx) => readDifference(tx, params.id))
      await mendDifference(shop, params.id)
      return redirectWith(here, kind === 'duplicate' ? 'console.differences.removed' : 'console.differences.mending')
    }
    case 'accept':
      await transaction(shop, 'accept-difference', (tx) => acceptDifference(tx, shop, params.id, now))
      return redirectWith(here, 'console.differences.accepted')
    case 'ignore': {
      const read = formReader(form)
      const reason = read.text('reason')
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'ignore-difference', (tx) => ignoreDifference(tx, shop, params.id, reason, now))
      return redirectWith(here, 'console.differences.ignored')
    }
    case 'off':
    case 'remove': {
      const read = formReader(form)
      const reason = read.text('reason')
      if (read.failed) return failure(read.errors, form)
      const removes = form.get('act') === 'remove'
      await (removes ? removeOrphan : switchOffOrphan)(shop, params.id, reason)
      return redirectWith(here, removes ? 'console.orphan.remove.done' : 'console.orphan.off.done')
    }
    case 'take_over': {
      requireRight(staff, 'panels:change')
      const planId = formReader(form).raw('plan_id') || null
      const id = await transaction(shop, 'begin-adoption', (tx) => takeOverOrphan(tx, shop, params.id, planId, now))
      return redirectWith(`/admin/adoptions/${id}`, 'console.adoption.begun')
    }
    case 'reopen':
      await transaction(shop, 'reopen-difference', (tx) => reopenDifference(tx, shop, params.id, now))
      return redirectWith(here, 'console.differences.reopened')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

export default function DifferencePage({ loaderData: { difference, orphan } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={difference.username}
        description={t(`console.differences.lead.${difference.kind}`)}
        badge={
          <>
            <StateBadge of="difference" state={difference.kind} />
            <StateBadge of="decision" state={difference.state} />
          </>
        }
        back={{ to: '/admin/differences', label: t('console.differences.title') }}
        actions={may('lines:change') ? <Acts difference={difference} orphan={orphan} /> : null}
      />
      <FormErrors failure={failed} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
        <Found difference={difference} />
        {difference.wanted ? <Wanted wanted={difference.wanted} /> : null}
        <Card title={t('console.differences.story')}>
          <DescriptionList
            items={[
              { label: t('console.differences.what'), value: <Shape {...difference} /> },
              {
                label: t('console.differences.value'),
                value: difference.value ? <Money value={difference.value} /> : null,
              },
              {
                label: t('console.line.panel'),
                value:
                  difference.panel === null ? (
                    t('console.line.operatorsPanel')
                  ) : (
                    <Link to={`/admin/panels/${difference.panelId}`} className="text-brand hover:underline">
                      {difference.panel}
                    </Link>
                  ),
              },
              {
                label: t('console.differences.line'),
                value: difference.lineId ? (
                  <Link to={`/admin/lines/${difference.lineId}`} className="text-brand hover:underline">
                    <bdi className="code">{difference.wanted?.username ?? difference.username}</bdi>
                  </Link>
                ) : null,
              },
              { label: t('console.differences.first'), value: <When at={difference.firstSeenAt} as="exact" /> },
              { label: t('console.differences.last'), value: <When at={difference.lastSeenAt} as="exact" /> },
              {
                label: t('console.differences.decided'),
                value: difference.decidedAt ? (
                  <>
                    <When at={difference.decidedAt} as="exact" /> · {difference.decidedBy}
                  </>
                ) : null,
              },
              { label: t('console.act.reason'), value: difference.reason },
            ]}
          />
        </Card>
      </div>
    </>
  )
}

function Acts({
  difference: { state, canMend, kind, username },
  orphan,
}: {
  difference: ShownDifference
  orphan: OrphanActs | null
}) {
  const t = useText()
  const failed = useFailure()
  if (state === 'closed' || state === 'mending') return null
  return (
    <>
      {canMend ? (
        <ActButton act="mend" look="primary">
          {t(kind === 'duplicate' ? 'console.differences.remove' : 'console.differences.mend')}
        </ActButton>
      ) : null}
      {orphan ? <OrphanActsOf name={username} {...orphan} /> : null}
      {state === 'open' ? (
        <>
          <ActButton act="accept">{t('console.differences.accept')}</ActButton>
          <ActDialog
            act="ignore"
            trigger={t('console.differences.ignore')}
            title={t('console.differences.ignore.title')}
            confirm={t('console.differences.ignore')}
            keep={t('console.differences.ignore.keep')}
          >
            <p className="text-muted">{t('console.differences.ignore.lead')}</p>
            <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
          </ActDialog>
        </>
      ) : (
        <ActButton act="reopen">{t('console.differences.reopen')}</ActButton>
      )}
    </>
  )
}

/** What is done on the panel, each after a word about what it means. */
function OrphanActsOf({ name, canRemove, canSwitchOff, plans }: OrphanActs & { name: string }) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const reason = (
    <ReasonField
      error={failed?.errors.reason}
      defaultValue={failed?.values.reason}
      hint={t('console.orphan.reason.hint')}
    />
  )
  return (
    <>
      {may('panels:change') ? (
        <ActDialog
          act="take_over"
          look="primary"
          trigger={t('console.orphan.takeOver')}
          title={t('console.orphan.takeOver.title')}
          confirm={t('console.orphan.takeOver')}
          keep={t('console.orphan.takeOver.keep')}
        >
          <p className="text-muted">{t('console.orphan.takeOver.lead')}</p>
          <Field label={t('console.orphan.takeOver.plan')} hint={t('console.orphan.takeOver.plan.hint')}>
            {(tied) => (
              <Select {...tied} name="plan_id" empty={t('console.orphan.takeOver.plan.none')} options={plans} />
            )}
          </Field>
        </ActDialog>
      ) : null}
      {canSwitchOff ? (
        <ActDialog
          act="off"
          trigger={t('console.orphan.off')}
          title={t('console.orphan.off.title', { name })}
          confirm={t('console.orphan.off')}
          keep={t('console.orphan.off.keep')}
        >
          <p className="text-muted">{t('console.orphan.off.lead')}</p>
          {reason}
        </ActDialog>
      ) : null}
      {canRemove ? (
        <ActDialog
          act="remove"
          trigger={t('console.orphan.remove')}
          title={t('console.orphan.remove.title', { name })}
          confirm={t('console.orphan.remove')}
          keep={t('console.orphan.remove.keep')}
          danger
        >
          <p className="text-muted">{t('console.orphan.remove.lead')}</p>
          {reason}
        </ActDialog>
      ) : null}
    </>
  )
}

function Found({ difference: { found, remoteId } }: { difference: ShownDifference }) {
  const t = useText()
  return (
    <Card title={t('console.differences.found')}>
      {found === null ? (
        <p className="text-muted">{t('console.differences.nothing')}</p>
      ) : (
        <DescriptionList
          items={[
            { label: t('console.differences.number'), value: remoteId },
            {
              label: t('console.differences.switched'),
              value: t(found.enabled ? 'console.differences.yes' : 'console.differences.no'),
            },
            { label: t('console.differences.banned'), value: found.banned ? t('console.differences.yes') : null },
            {
              label: t('console.differences.ends'),
              value: found.expires_at ? <When at={found.expires_at} as="exact" /> : t('console.differences.never'),
            },
            { label: t('console.differences.connections'), value: String(found.connections) },
            {
              label: t('console.differences.reference'),
              value: found.marker ? <span className="code break-all">{found.marker}</span> : null,
            },
          ]}
        />
      )}
    </Card>
  )
}

function Wanted({ wanted }: { wanted: NonNullable<ShownDifference['wanted']> }) {
  const t = useText()
  return (
    <Card title={t('console.differences.wanted')}>
      <DescriptionList
        items={[
          { label: t('console.line.wanted'), value: <StateBadge of="wanted" state={wanted.state} /> },
          { label: t('console.line.username'), value: <bdi className="code break-all">{wanted.username}</bdi> },
          { label: t('console.differences.ends'), value: <When at={wanted.until} as="exact" /> },
          { label: t('console.differences.connections'), value: String(wanted.connections) },
        ]}
      />
    </Card>
  )
}
