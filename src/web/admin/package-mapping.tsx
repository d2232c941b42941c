import type { Failure } from '#web/failure.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { Summary } from '../ui/summary.tsx'

export type MappedPanel = {
  id: string
  name: string
  tested: boolean
  used: boolean
  chosen: readonly number[]
  packageId: string
  /** Null where the panel could not be asked; `trouble` says why. */
  bouquets: readonly { id: number; name: string }[] | null
  /** Where the panel sells by package: one of these, and no bouquets. */
  packages: readonly { id: string; name: string; detail: string }[] | null
  trouble: string | null
}

/** Which bouquets the product is on each panel. */
export function PackageMapping({ panels, failure }: { panels: readonly MappedPanel[]; failure: Failure | null }) {
  const t = useText()
  if (panels.length === 0)
    return (
      <EmptyState
        title={t('console.product.noPanels')}
        actions={<LinkButton to="/admin/panels/new">{t('console.panels.add')}</LinkButton>}
      >
        {t('console.product.noPanels.lead')}
      </EmptyState>
    )
  return (
    <div className="flex flex-col gap-6">
      <p className="text-muted">{t('console.product.packages.lead')}</p>
      {panels.map((panel) => (
        <OnePanel key={panel.id} panel={panel} failure={failure} only={panels.length === 1} />
      ))}
    </div>
  )
}

function OnePanel({ panel, failure, only }: { panel: MappedPanel; failure: Failure | null; only: boolean }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <div className="flex flex-col gap-4 border-t border-line pt-5 first-of-type:border-t-0 first-of-type:pt-0">
      <Checkbox
        name={`map.${panel.id}`}
        label={
          <span className="flex flex-wrap items-center gap-2 font-medium">
            {t('console.product.usePanel', { panel: panel.name })}
            {panel.tested ? null : <Badge tone="warn">{t('console.panel.untested')}</Badge>}
          </span>
        }
        error={errors[`map.${panel.id}`]}
        defaultChecked={values ? values[`map.${panel.id}`] === 'on' : panel.used || only}
      />
      <div className="flex flex-col gap-4 ps-8">
        {panel.packages === null ? (
          <ByBouquet panel={panel} failure={failure} />
        ) : (
          <ByPackage panel={panel} failure={failure} />
        )}
      </div>
    </div>
  )
}

/** The panel sells packages: what lines get, and what they cost there, is theirs. */
function ByPackage({ panel, failure }: { panel: MappedPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  const packages = panel.packages ?? []
  // One that is not for sale any more stays visible until another is chosen.
  const gone = panel.packageId !== '' && !packages.some(({ id }) => id === panel.packageId)
  return (
    <Field
      label={t('console.product.package')}
      hint={t('console.product.package.hint')}
      error={errors[`package.${panel.id}`]}
    >
      {(tied) => (
        <Select
          {...tied}
          name={`package.${panel.id}`}
          empty={t('console.product.package.choose')}
          defaultValue={values?.[`package.${panel.id}`] ?? panel.packageId}
          options={[
            ...packages.map(({ id, name, detail }) => ({ value: id, label: `${name} · ${detail}` })),
            ...(gone
              ? [{ value: panel.packageId, label: t('console.product.package.gone', { id: panel.packageId }) }]
              : []),
          ]}
        />
      )}
    </Field>
  )
}

function ByBouquet({ panel, failure }: { panel: MappedPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  const listed = panel.bouquets?.map(({ id }) => id) ?? []
  // What the panel does not list any more stays visible and can be taken away.
  const unlisted = panel.chosen.filter((id) => !listed.includes(id))
  return (
    <>
      {panel.bouquets === null ? (
        <Alert tone="warn" title={t('console.product.bouquetsUnread')}>
          {panel.trouble}
        </Alert>
      ) : listed.length === 0 ? null : (
        <FieldGroup legend={t('console.product.bouquets')}>
          <div className="grid max-h-80 grid-cols-1 gap-x-6 gap-y-1 overflow-y-auto sm:grid-cols-2">
            {panel.bouquets.map(({ id, name }) => (
              <Checkbox
                key={id}
                name={`bouquets.${panel.id}`}
                value={id}
                label={<bdi>{name}</bdi>}
                defaultChecked={panel.chosen.includes(id)}
              />
            ))}
          </div>
        </FieldGroup>
      )}
      {listed.length === 0 || unlisted.length > 0 ? (
        <Field
          label={t('console.product.bouquetsTyped')}
          hint={t('console.product.bouquetsTyped.hint')}
          error={errors[`bouquets_typed.${panel.id}`]}
          optional
        >
          {(tied) => (
            <Input
              {...tied}
              code
              name={`bouquets_typed.${panel.id}`}
              defaultValue={values?.[`bouquets_typed.${panel.id}`] ?? unlisted.join(', ')}
            />
          )}
        </Field>
      ) : null}
      <details open={panel.packageId !== '' || errors[`package.${panel.id}`] !== undefined}>
        <Summary>{t('console.product.package')}</Summary>
        <div className="mt-3">
          <Field
            label={t('console.product.packageId')}
            hint={t('console.product.packageId.hint')}
            error={errors[`package.${panel.id}`]}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                code
                name={`package.${panel.id}`}
                maxLength={60}
                defaultValue={values?.[`package.${panel.id}`] ?? panel.packageId}
                className="sm:max-w-60"
              />
            )}
          </Field>
        </div>
      </details>
    </>
  )
}
