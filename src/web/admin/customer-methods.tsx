import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { Summary } from '../ui/summary.tsx'
import { ActButton } from './act.tsx'
import { useMay } from './frame.ts'

type Method = {
  id: string
  name: string
  failed: string | null
  isDefault: boolean
  /** The default one expires before it is charged again. */
  tooShort: boolean
  /** `03`, `2027` */
  expires: { month: string; year: string } | null
  savedAt: string
  mandate: string
}

/** What a customer lets the shop keep, the sentence that he agreed to, and where he saves another; `page`: null where none is saved. */
export function CustomerMethods({ methods, page }: { methods: readonly Method[]; page: string | null }) {
  const t = useText()
  const may = useMay()
  if (methods.length === 0 && page === null) return null
  return (
    <Card title={t('method.title')}>
      {methods.length === 0 ? <p className="mb-3 text-muted">{t('method.none')}</p> : null}
      <ul className="flex flex-col gap-5">
        {methods.map((method) => (
          <li key={method.id} className="flex flex-col gap-2">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              {method.name}
              {method.isDefault ? <Badge tone="brand">{t('method.default')}</Badge> : null}
              {method.tooShort ? <Badge tone="warn">{t('method.tooShort')}</Badge> : null}
              {method.failed === null ? null : <Badge tone="bad">{t('method.failed')}</Badge>}
            </p>
            <p className="text-sm text-muted">
              {method.expires ? `${t('method.expires', method.expires)} · ` : ''}
              {t('method.since')} <When at={method.savedAt} as="date" /> · {method.mandate}
            </p>
            {may('payments:money') ? (
              <span className="flex flex-wrap gap-2">
                {method.isDefault || method.failed !== null ? null : (
                  <ActButton act="method_default" dense fields={{ method: method.id }}>
                    {t('method.makeDefault')}
                    <span className="sr-only"> {method.name}</span>
                  </ActButton>
                )}
                <ActButton act="method_remove" look="danger" dense fields={{ method: method.id }}>
                  {t('method.remove')}
                  <span className="sr-only"> {method.name}</span>
                </ActButton>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {page === null ? null : (
        <details className="mt-4">
          <Summary>{t('method.add.title')}</Summary>
          <div className="mt-2 flex flex-col gap-3">
            <p className="text-sm text-muted">{t('method.ask.lead')}</p>
            <CopyField label={t('method.ask.link')} value={page} clip />
          </div>
        </details>
      )}
    </Card>
  )
}
