import '../i18n/areas/host.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
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
  const found = await transaction(shop, 'read-host-name', findHostName)
  return {
    shopUrl: shop.baseUrl,
    claim:
      found === null
        ? null
        : { host: found.host, proved: found.verifiedAt !== null, fault: found.fault, record: proofOf(found) },
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
  await saveHostName(shop, wanted)
  return redirectWith('/admin/host', wanted === null ? 'console.host.removed' : 'console.host.saved')
}

export default function HostPage({ loaderData: { shopUrl, claim } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
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
      </div>
    </>
  )
}
