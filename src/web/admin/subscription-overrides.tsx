import { Card } from '../ui/card.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActDialog, ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import { actorOf } from './sentence-of.ts'
import type { readSubscriptionRecord } from './subscription.server.ts'

type Overrides = Awaited<ReturnType<typeof readSubscriptionRecord>>['overrides']

/** What staff decided against its own course: by whom and why, and whether it can be taken back. */
export function SubscriptionOverrides({
  overrides,
  names,
}: {
  overrides: Overrides
  names: Readonly<Record<string, string>>
}) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  if (overrides.length === 0) return null
  return (
    <Card title={t('console.overrides.title')} flush>
      <ul>
        {overrides.map((each) => (
          <li
            key={each.id}
            className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
          >
            <div className="min-w-0 flex-1">
              <p className="break-words">
                <span className="font-medium">{t(`console.overrides.kind.${each.kind}`)}</span>: {each.reason}
              </p>
              <p className="mt-1 text-sm text-muted">
                {actorOf(t, each.by, names)} · <When at={each.at} />
              </p>
              {each.undoneAt ? (
                <p className="mt-1 text-sm break-words text-muted">
                  {t('console.overrides.undone', { who: actorOf(t, each.undoneBy ?? '', names) })}{' '}
                  <When at={each.undoneAt} />: {each.undoReason}
                </p>
              ) : each.whyNot ? (
                <p className="mt-1 text-sm text-muted">
                  {t('console.overrides.stays')} {each.whyNot}
                </p>
              ) : null}
            </div>
            {each.whyNot === null && may('lines:money') ? (
              <ActDialog
                act="undo_override"
                id={`undo-${each.id}`}
                trigger={t('console.overrides.undo')}
                title={t('console.overrides.undo.title', { kind: t(`console.overrides.kind.${each.kind}`) })}
                confirm={t('console.overrides.undo')}
                keep={t('ui.cancel')}
                fields={{ override: each.id }}
              >
                <p className="text-muted">{t('console.overrides.undo.lead')}</p>
                <ReasonField
                  error={failed?.values.override === each.id ? failed.errors.reason : undefined}
                  defaultValue={failed?.values.override === each.id ? failed.values.reason : undefined}
                />
              </ActDialog>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  )
}
