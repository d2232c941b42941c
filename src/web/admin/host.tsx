import '../i18n/areas/host.ts'
import { Form } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { listViewerNames, saveViewerName } from '#modules/lines/viewer-names.ts'
import { findHostName, proofOf, saveHostName, verifyHostName } from '#modules/people/host-name.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/host.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** The shop's own host name, and the record that proves it. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  const { found, viewers } = await transaction(shop, 'read-host-name', async (tx) => ({
    found: await findHostName(tx),
    viewers: await listViewerNames(tx, shop),
  }))
  return {
    shopUrl: shop.baseUrl,
    claim:
      found === null
        ? null
        : { host: found.host, proved: found.verifiedAt !== null, fault: found.fault, record: proofOf(found) },
    viewers: viewers.map(({ panelId, panelName, panelUrl, host, inUse, fault }) => ({
      ...{ panelId, panelName, panelUrl, host, inUse, fault },
    })),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  if (read.raw('act') === 'look') {
    const { host, fault } = await verifyHostName(shop)
    if (fault === null) return redirectWith('/admin/host', 'console.host.proved', { values: { host } })
    return failure({ record: fault }, form)
  }
  const wanted = read.raw('host') === '' ? null : read.text('host', { most: 253 })
  if (read.failed) return failure(read.errors, form)
  if (read.raw('act') === 'viewers') return saveForViewers(shop, read.raw('panel'), wanted, form)
  await saveHostName(shop, wanted)
  return redirectWith('/admin/host', wanted === null ? 'console.host.removed' : 'console.host.saved')
}

/** A name that does not lead to its panel is kept; what is wrong with it stands beside it. */
async function saveForViewers(shop: Shop, panelId: string, wanted: string | null, form: FormData) {
  const { host, fault } = await saveViewerName(shop, panelId, wanted)
  if (fault !== null) return failure({ host: fault }, form)
  return host === null
    ? redirectWith('/admin/host', 'console.host.viewers.removed')
    : redirectWith('/admin/host', 'console.host.viewers.saved', { values: { host } })
}

export default function HostPage({ loaderData: { shopUrl, claim, viewers } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  // The forms for viewers have a field of the same name.
  const { errors = {}, values = {} } = (failed !== null && !('panel' in failed.values) ? failed : null) ?? {}
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        <Card title={t('console.host.title')}>
          <p className="text-muted">{t('console.host.lead')}</p>
          <p className="mt-2">
            {t('console.host.now')} <bdi className="font-medium break-all">{shopUrl}</bdi>
          </p>
          {may('settings:change') ? (
            <Form method="post" className="mt-5 flex flex-col gap-4">
              <Field label={t('console.host.name')} hint={t('console.host.name.hint')} error={errors.host} optional>
                {(tied) => <Input {...tied} name="host" maxLength={253} defaultValue={values.host ?? claim?.host} />}
              </Field>
              <div className="flex items-center justify-end gap-4">
                {claim === null ? null : (
                  <Badge tone={claim.proved ? 'good' : 'warn'}>
                    {t(claim.proved ? 'console.host.state.proved' : 'console.host.state.claimed')}
                  </Badge>
                )}
                <Button name="act" value="save">
                  {t('console.host.save')}
                </Button>
              </div>
            </Form>
          ) : null}
        </Card>
        {claim === null || claim.proved ? null : (
          <Card title={t('console.host.prove')}>
            <div className="flex flex-col gap-4">
              {claim.fault === null ? null : <Alert tone="warn" title={claim.fault} />}
              <p className="text-muted">{t('console.host.prove.lead')}</p>
              <CopyField label={t('console.host.record.name')} value={claim.record.name} />
              <CopyField label={t('console.host.record.value')} value={claim.record.value} />
              <p className="text-sm text-muted">{t('console.host.point', { host: claim.host })}</p>
              {may('settings:change') ? (
                <div className="flex justify-end">
                  <ActButton act="look" look="primary">
                    {t('console.host.look')}
                  </ActButton>
                </div>
              ) : null}
            </div>
          </Card>
        )}
        {viewers.length === 0 ? null : <ViewerNames viewers={viewers} />}
      </div>
    </>
  )
}

type Viewers = Route.ComponentProps['loaderData']['viewers']

/** One form for each panel of a supplier. */
function ViewerNames({ viewers }: { viewers: Viewers }) {
  const t = useText()
  const may = useMay()
  const { errors = {}, values = {} } = useFailure() ?? {}
  return (
    <Card title={t('console.host.viewers')}>
      <p className="text-muted">{t('console.host.viewers.lead')}</p>
      {viewers.map(({ panelId, panelName, panelUrl, host, inUse, fault }) => {
        const typed = values.panel === panelId
        return (
          <Form key={panelId} method="post" className="mt-5 flex flex-col gap-4">
            <input type="hidden" name="panel" value={panelId} />
            <Field
              label={t('console.host.viewers.panel', { panel: panelName })}
              hint={t('console.host.viewers.hint', { address: panelUrl })}
              error={(typed ? errors.host : undefined) ?? fault ?? undefined}
              optional
            >
              {(tied) => (
                <Input
                  {...tied}
                  name="host"
                  maxLength={253}
                  disabled={!may('settings:change')}
                  defaultValue={(typed ? values.host : undefined) ?? host ?? ''}
                />
              )}
            </Field>
            <div className="flex flex-wrap items-center justify-end gap-4">
              {host === null ? null : (
                <Badge tone={inUse ? 'good' : 'warn'}>
                  {t(inUse ? 'console.host.viewers.state.used' : 'console.host.viewers.state.idle')}
                </Badge>
              )}
              {may('settings:change') ? (
                <Button name="act" value="viewers">
                  {t('console.host.save')}
                </Button>
              ) : null}
            </div>
          </Form>
        )
      })}
      <p className="mt-4 text-sm text-muted">{t('console.host.viewers.keep')}</p>
    </Card>
  )
}
