import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActButton } from './act.tsx'

type Variable = { name: string; description: string; sample: string; always: boolean }

/** What the text may name, with an example each. */
export function TemplateVariables({ variables }: { variables: readonly Variable[] }) {
  const t = useText()
  return (
    <Card title={t('console.template.variables')}>
      <p className="mb-4 text-muted">{t('console.template.variables.lead')}</p>
      <dl className="flex flex-col gap-3">
        {variables.map(({ name, description, sample, always }) => (
          <div key={name} className="grid grid-cols-[minmax(0,1fr)] gap-x-4 sm:grid-cols-[14rem_minmax(0,1fr)]">
            <dt className="code text-sm break-all select-all">{`{{ ${name} }}`}</dt>
            <dd className="min-w-0">
              {description}
              {always ? null : <span className="text-muted"> {t('console.template.mayBeEmpty')}</span>}
              <span className="block text-sm break-words text-muted">{sample}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

type Version = { version: number; subject: string; current: boolean; createdAt: string; by: string | null }

/** Earlier texts, newest first, each to be taken back; and the way to the built-in one. */
export function TemplateVersions({
  versions,
  own,
  change,
}: {
  versions: readonly Version[]
  own: boolean
  change: boolean
}) {
  const t = useText()
  return (
    <Card
      title={t('console.template.versions')}
      flush={versions.length > 0}
      actions={
        own && change ? (
          <ActButton act="restore" dense>
            {t('console.template.restore')}
          </ActButton>
        ) : null
      }
    >
      {versions.length === 0 ? (
        <p className="text-muted">{t('console.template.versions.none')}</p>
      ) : (
        <ol>
          {versions.map(({ version, subject, current, createdAt, by }) => (
            <li
              key={version}
              className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
            >
              <span className="min-w-0 flex-1">
                <span className="block break-words">{subject}</span>
                <span className="text-sm text-muted">
                  {t('console.template.version', { version })} · <When at={createdAt} />
                  {by ? ` · ${by}` : ''}
                </span>
              </span>
              {current ? (
                <Badge tone="good">{t('console.template.current')}</Badge>
              ) : change ? (
                <ActButton act="version" dense fields={{ version: String(version) }}>
                  {t('console.template.takeBack')}
                </ActButton>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}
