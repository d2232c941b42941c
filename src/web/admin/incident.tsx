import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { changeIncident, compensateIncident, waiveIncident, withdrawIncident } from '#modules/dunning/incidents.ts'
import { readIncident } from '#modules/lines/incidents.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/incident.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, type Staff, staffOf } from './guard.server.ts'
import { readIncidentRecord } from './incident.server.ts'
import { IncidentFields } from './incident-fields.tsx'
import { readIncidentForm } from './incident-form.server.ts'
import { IncidentGiven } from './incident-given.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:see')
  return readIncidentRecord(shop, params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'panels:change')
  const { shop, form } = staff
  const here = `/admin/incidents/${params.id}`
  switch (form.get('act')) {
    case 'save':
      return save(staff, params.id)
    case 'over':
      await changeIncident(shop, params.id, { ends: shop.now() })
      return redirectWith(here, 'console.incidents.isOver')
    case 'give':
      await compensateIncident(shop, params.id, {
        fingerprint: String(form.get('fingerprint') ?? ''),
        tells: form.get('tells') === 'on',
      })
      return redirectWith(here, 'console.incidents.isGiven')
    case 'waive':
    case 'withdraw':
      return close(staff, params.id, form.get('act') === 'waive' ? 'waive' : 'withdraw')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

async function save({ shop, form }: Staff & { form: FormData }, id: string) {
  const read = formReader(form)
  const before = await transaction(shop, 'read-incident', (tx) => readIncident(tx, id))
  const facts = readIncidentForm(shop, read, before)
  if (read.failed) return failure(read.errors, form)
  await changeIncident(shop, id, facts)
  return redirectWith(`/admin/incidents/${id}`, 'console.incidents.saved')
}

async function close({ shop, form }: Staff & { form: FormData }, id: string, act: 'waive' | 'withdraw') {
  const read = formReader(form)
  const reason = read.text('reason')
  if (read.failed) return failure(read.errors, form)
  await (act === 'waive' ? waiveIncident : withdrawIncident)(shop, id, reason)
  return redirectWith(
    `/admin/incidents/${id}`,
    act === 'waive' ? 'console.incidents.waived' : 'console.incidents.withdrawn',
  )
}

export default function IncidentPage({ loaderData }: Route.ComponentProps) {
  const { incident, fields, zone } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('panels:change') && loaderData.incident.decidedAt === null
  return (
    <>
      <PageHeader
        title={incident.name}
        description={incident.sentence}
        badge={<StateBadge of="incident" state={incident.state} />}
        back={{ to: '/admin/incidents', label: t('console.incidents.title') }}
        actions={change ? <Acts state={incident.state} /> : null}
      />
      <FormErrors failure={failed} />
      <div className="flex flex-col gap-6">
        <Card title={t('console.incidents.facts')}>
          <DescriptionList
            items={[
              { label: t('console.incidents.target'), value: incident.target },
              { label: t('console.incidents.starts'), value: <When at={incident.starts} as="exact" /> },
              {
                label: t('console.incidents.ends'),
                value: incident.ends ? <When at={incident.ends} as="exact" /> : t('console.incidents.lasts'),
              },
              { label: t('console.incidents.by'), value: incident.by },
              {
                label: t('console.incidents.decided'),
                value: incident.decidedAt ? (
                  <>
                    <When at={incident.decidedAt} as="exact" /> · {incident.decidedBy}
                  </>
                ) : null,
              },
            ]}
          />
        </Card>
        {incident.state === 'planned' || incident.state === 'withdrawn' || incident.state === 'waived' ? null : (
          <IncidentGiven {...loaderData} change={change} />
        )}
        {change ? (
          <Card title={t('console.incidents.change')}>
            <Form method="post" className="flex max-w-2xl flex-col gap-5">
              <IncidentFields incident={fields} zone={zone} failure={failed} />
              <div className="flex justify-end">
                <Button name="act" value="save">
                  {t('console.incidents.save')}
                </Button>
              </div>
            </Form>
          </Card>
        ) : null}
      </div>
    </>
  )
}

function Acts({ state }: { state: string }) {
  const t = useText()
  const failed = useFailure()
  const reason = <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
  return (
    <>
      {state === 'running' ? (
        <ActButton act="over" look="primary">
          {t('console.incidents.over')}
        </ActButton>
      ) : null}
      <ActDialog
        act="withdraw"
        trigger={t('console.incidents.withdraw')}
        title={t('console.incidents.withdraw.title')}
        confirm={t('console.incidents.withdraw')}
        keep={t('ui.cancel')}
      >
        <p className="text-muted">{t('console.incidents.withdraw.lead')}</p>
        {reason}
      </ActDialog>
      {state === 'over' ? (
        <ActDialog
          act="waive"
          trigger={t('console.incidents.waive')}
          title={t('console.incidents.waive.title')}
          confirm={t('console.incidents.waive')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.incidents.waive.lead')}</p>
          {reason}
        </ActDialog>
      ) : null}
    </>
  )
}
