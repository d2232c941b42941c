import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import type { movesTold } from './moves.server.ts'

type Moves = Awaited<ReturnType<typeof movesTold>>

/** To another panel, with login and days. */
export function MoveLine({ moves: { others } }: { moves: Moves }) {
  const t = useText()
  const { errors = {}, values } = useFailure() ?? {}
  if (others.length === 0) return null
  return (
    <ActDialog
      act="move"
      trigger={t('console.move.move')}
      title={t('console.move.title')}
      confirm={t('console.move.move')}
      keep={t('ui.cancel')}
    >
      <p className="text-muted">{t('console.move.lead')}</p>
      <Field label={t('console.evacuation.to')} error={errors.to_panel_id}>
        {(tied) => (
          <Select
            {...tied}
            name="to_panel_id"
            empty={t('console.evacuation.to.routing')}
            defaultValue={values?.to_panel_id ?? ''}
            options={others.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
      </Field>
      <Switch
        name="tells"
        label={t('console.move.tells')}
        hint={t('console.move.tells.hint')}
        defaultChecked={values ? values.tells === 'on' : true}
      />
      <ReasonField error={errors.reason} defaultValue={values?.reason} />
    </ActDialog>
  )
}

/** Where it goes just now, and what it left on other panels. */
export function LineMoves({ moves: { going, left }, change }: { moves: Moves; change: boolean }) {
  const t = useText()
  return (
    <>
      {going ? (
        <Alert tone="info" title={t('console.move.going', { panel: going.to })}>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <span>{going.answer ?? t('console.move.going.lead')}</span>
            {change ? (
              <ActButton act="drop_move" dense>
                {t('console.move.drop')}
              </ActButton>
            ) : null}
          </div>
        </Alert>
      ) : null}
      {left.length > 0 ? (
        <Card title={t('console.move.left')}>
          <ul className="flex flex-col gap-3">
            {left.map(({ id, panel, state, removeAt }) => (
              <li key={id} className="flex flex-wrap items-center justify-between gap-2">
                <span>
                  <bdi>{panel}</bdi>
                  {state === 'on' || state === 'off' ? (
                    <span className="block text-sm text-muted">
                      {t('console.move.left.until')} <When at={removeAt} as="exact" />
                    </span>
                  ) : null}
                </span>
                <StateBadge of="leftover" state={state} />
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
    </>
  )
}
