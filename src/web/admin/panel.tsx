import '../i18n/areas/adoption.ts'
import '../i18n/areas/panel-health.ts'
import { data, Form, Link, useActionData, useNavigation } from 'react-router'
import { plainCredits } from '#adapters/panels/normalize.ts'
import { type Shop, transaction } from '#app.ts'
import { listAdoptions } from '#modules/adoption/queries.ts'
import { linesByPanel } from '#modules/analytics/names.ts'
import { accessState } from '#modules/lines/answer-ask.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { type Latency, latencyOf } from '#modules/lines/panel-health.ts'
import { readPanel, savePanel, shownSettings, trustCertificate } from '#modules/lines/panels.ts'
import { callsOf } from '#modules/lines/queries.ts'
import { panelStateOf } from '#modules/lines/rules.ts'
import { bouquetsOf, type PanelTest, packagesOf, testPanel } from '#modules/lines/test-panel.ts'
import { may as allowed } from '#modules/people/permissions.ts'
import { accountRunway } from '#modules/reselling/forecast.ts'
import { Refusal } from '#platform/errors.ts'
import { writtenFingerprint } from '#platform/http-out.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { settingsFieldsOf } from '../ui/console/settings-form.server.ts'
import { SettingsFields } from '../ui/console/settings-form.tsx'
import { SecretField } from '../ui/copy-field.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Steps } from '../ui/steps.tsx'
import type { Route } from './+types/panel.ts'
import { ActButton } from './act.tsx'
import { CallsTable, Sent } from './calls-table.tsx'
import { aheadShown, CreditsAhead } from './credits-ahead.tsx'
import { comparisonOf } from './difference.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { evacuationsTold } from './moves.server.ts'
import { actOnAccount, shownAccount } from './panel-account.server.ts'
import { PanelAccount } from './panel-account.tsx'
import { PanelComparison } from './panel-comparison.tsx'
import { PanelCreditsLow, PanelName, PanelPace, PanelShare } from './panel-fields.tsx'
import { readPanelForm } from './panel-form.server.ts'
import { actOnWork, shownWork } from './panel-work.server.ts'
import { PanelWork } from './panel-work.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop, rights } = await staffOf(context, request, 'panels:see')
  const { row, ahead, ...shown } = await transaction(shop, 'read-panel', async (tx) => {
    const panel = await readPanel(tx, params.id)
    const kind = shop.app.panels.get(panel.kind)
    return {
      row: { id: panel.id, kind: panel.kind },
      panel: {
        id: panel.id,
        name: panel.name,
        kind: kind?.title ?? panel.kind,
        experimental: kind?.experimental === true,
        weight: panel.weight,
        capacity: panel.capacity,
        reserved: panel.reserved,
        countries: panel.countries,
        drained: panel.drained,
        state: panelStateOf(panel, shop.now()),
        work: shownWork(shop, panel),
        failures: panel.failures,
        openUntil: panel.openUntil?.toString() ?? null,
        lastOkAt: panel.lastOkAt?.toString() ?? null,
        lastError: panel.lastError,
        lastDay: await latencyOf(tx, panel.id, shop.now()),
        certificateEndsAt: panel.certificateEndsAt?.toString() ?? null,
        trusted: panel.trustedCertificate === null ? null : writtenFingerprint(panel.trustedCertificate),
        versionText: panel.versionText,
        charged: kind?.capabilities.chargesEachExtension ?? false,
        credits: panel.credits === null ? null : plainCredits(panel.credits),
        creditsAt: panel.creditsAt?.toString() ?? null,
        creditsLow: panel.creditsLow === null ? null : plainCredits(panel.creditsLow),
        requestsPerSecond: panel.requestsPerSecond,
        testedAt: panel.testedAt?.toString() ?? null,
        lines: (await linesByPanel(tx)).get(panel.id) ?? 0,
      },
      ahead: panel.credits === null ? null : await accountRunway(tx, panel.id, shop.now()),
      account: await shownAccount(tx, panel, kind?.capabilities.chargesEachExtension ?? false),
      comparison: await comparisonOf(tx, shop, panel),
      evacuations: await evacuationsTold(tx, panel.id),
      adoptions: (await listAdoptions(tx, panel.id, { limit: 5 })).map(({ id, state, createdAt }) => ({
        id,
        state,
        at: createdAt.toString(),
      })),
      fields:
        kind && allowed(rights, 'panels:secrets')
          ? settingsFieldsOf(kind.settings, shownSettings(shop.app, panel))
          : null,
      calls: (await callsOf(tx, { panelId: panel.id }, 12)).map(({ at, ...call }) => ({ ...call, at: at.toString() })),
    }
  })
  return {
    ...shown,
    ahead: ahead === null ? null : aheadShown(ahead),
    access: await accessOf(shop, row, allowed(rights, 'panels:secrets')),
  }
}

/** Where a media server asks; who may not see secrets sees only that it does. */
async function accessOf(shop: Shop, panel: { id: string; kind: string }, mayKnow: boolean) {
  const state = await accessState(shop, panel)
  if (state === null) return null
  return {
    address: mayKnow ? state.address : null,
    askedAt: state.askedAt?.toString() ?? null,
    allowed: Number(state.allowed),
    refused: Number(state.refused),
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request)
  const { shop, form } = staff
  if (form.get('act') === 'compare' || form.get('act') === 'trust') {
    requireRight(staff, 'lines:change')
    const trustsLess = form.get('act') === 'trust'
    await transaction(shop, 'compare-now', (tx) => compareNow(tx, shop, params.id, { trustsLess }, shop.now()))
    return redirectWith(`/admin/panels/${params.id}`, 'console.compare.asked')
  }
  requireRight(staff, 'panels:change')
  switch (form.get('act')) {
    case 'test':
      return data({ test: shownTest(await testPanel(shop, params.id)) })
    case 'trust_certificate':
    case 'distrust_certificate': {
      requireRight(staff, 'panels:secrets')
      const fingerprint = form.get('act') === 'trust_certificate' ? String(form.get('fingerprint') ?? '') : null
      await transaction(shop, 'trust-certificate', (tx) => trustCertificate(tx, shop, params.id, fingerprint))
      return redirectWith(
        `/admin/panels/${params.id}`,
        fingerprint === null ? 'console.certificate.distrusted' : 'console.certificate.trusted',
      )
    }
    case 'bouquets':
      return data({ bouquets: await bouquetsOf(shop, params.id), packages: await packagesOf(shop, params.id) })
    case 'save':
      return save(staff, params.id, form)
    case 'plan_work':
      return actOnWork.plan(staff, params.id)
    case 'note_purchase':
      return actOnAccount.note(staff, params.id, request)
    case 'undo_purchase':
      return actOnAccount.undo(staff, params.id)
    case 'explain':
      return actOnAccount.explain(staff, params.id)
    case 'end_work':
      return actOnWork.end(staff, params.id)
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

const shownTest = ({ certificate, ...test }: PanelTest) => ({
  ...test,
  certificate: certificate && {
    ...certificate,
    fingerprint: writtenFingerprint(certificate.fingerprint),
    ends: certificate.ends.toString(),
  },
})

/** Who may not see the secrets of panels changes no settings either: they stay as they are. */
async function save(staff: Staff, id: string, form: FormData) {
  const { shop, rights } = staff
  const known = await transaction(shop, 'read-panel', (tx) => readPanel(tx, id))
  const sent = [...form.keys()].some((name) => name.startsWith('settings.'))
  if (sent) requireRight(staff, 'panels:secrets')
  const { facts, errors } = readPanelForm(shop.app, known.kind, form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  const settings = allowed(rights, 'panels:secrets') && sent ? facts.settings : shownSettings(shop.app, known).shown
  await transaction(shop, 'save-panel', (tx) => savePanel(tx, shop, { ...facts, settings }, id))
  return redirectWith(`/admin/panels/${id}`, sent ? 'console.panel.savedTest' : 'console.panel.saved')
}

export default function PanelPage({
  loaderData: { panel, ahead, evacuations, adoptions, fields, calls, access, account, comparison },
}: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={panel.name}
        badge={
          <>
            <StateBadge of="panel" state={panel.state} reason={panel.lastError} />
            {panel.experimental ? <Badge tone="warn">{t('console.panel.experimental')}</Badge> : null}
            {panel.drained ? <Badge tone="warn">{t('console.panel.drained')}</Badge> : null}
          </>
        }
        back={{ to: '/admin/panels', label: t('console.panels.title') }}
        actions={
          may('panels:change') ? (
            <>
              {access === null ? (
                <LinkButton to={`/admin/panels/${panel.id}/adopt`}>{t('console.adoption.adopt')}</LinkButton>
              ) : null}
              <LinkButton to={`/admin/panels/${panel.id}/evacuate`}>{t('console.evacuation.evacuate')}</LinkButton>
              <LinkButton to={`/admin/incidents/new?panel=${panel.id}`}>{t('console.incidents.declare')}</LinkButton>
            </>
          ) : null
        }
      />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {access ? <Access {...access} /> : null}
          {may('panels:change') ? (
            <>
              <LiveTest tested={panel.testedAt !== null} />
              <Card title={t('console.panel.settings')}>
                <Form method="post" className="flex flex-col gap-5">
                  <FormErrors failure={failed} />
                  <PanelName panel={panel} failure={failed} />
                  {fields ? (
                    <SettingsFields fields={fields} failure={failed} />
                  ) : (
                    <p className="text-sm text-muted">{t('console.panel.noSecrets')}</p>
                  )}
                  {panel.charged ? <PanelCreditsLow panel={panel} failure={failed} /> : null}
                  {access ? null : <PanelPace panel={panel} failure={failed} />}
                  <PanelShare panel={panel} failure={failed} />
                  <div className="flex justify-end">
                    <Button name="act" value="save">
                      {t('console.panel.save')}
                    </Button>
                  </div>
                </Form>
              </Card>
            </>
          ) : null}
          <Card title={t('console.calls.title')} flush>
            <CallsTable calls={calls} />
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          {ahead === null ? null : <CreditsAhead {...ahead} />}
          {account === null ? null : <PanelAccount account={account} change={may('panels:change')} />}
          <Card title={t('console.panel.facts')}>
            <DescriptionList
              items={[
                { label: t('console.panel.kind'), value: panel.kind },
                { label: t('console.panel.version'), value: panel.versionText },
                {
                  label: t('console.panel.credits'),
                  value:
                    panel.credits === null || panel.creditsAt === null ? null : (
                      <>
                        {panel.credits} · <When at={panel.creditsAt} />
                      </>
                    ),
                },
                {
                  label: t('console.health.certificate'),
                  value: panel.certificateEndsAt ? <When at={panel.certificateEndsAt} as="exact" /> : null,
                },
                {
                  label: t('console.certificate.accepted'),
                  value: panel.trusted ? (
                    <span className="flex flex-col items-start gap-2">
                      <bdi className="code break-all">{panel.trusted}</bdi>
                      {may('panels:secrets') ? (
                        <ActButton act="distrust_certificate" dense>
                          {t('console.certificate.distrust')}
                        </ActButton>
                      ) : null}
                    </span>
                  ) : null,
                },
                {
                  label: t('console.panel.lines'),
                  value: (
                    <Link to={`/admin/lines?panel=${panel.id}`} className="text-brand hover:underline">
                      <Count value={panel.lines} />
                      {panel.capacity === null ? '' : ` / ${panel.capacity}`}
                    </Link>
                  ),
                },
                { label: t('console.health.lastDay'), value: <LastDay {...panel.lastDay} /> },
                { label: t('console.panel.lastOk'), value: panel.lastOkAt ? <When at={panel.lastOkAt} /> : null },
                {
                  label: t('console.panel.tested'),
                  value: panel.testedAt ? <When at={panel.testedAt} as="exact" /> : t('console.panel.untested'),
                },
                { label: t('console.panel.failures'), value: panel.failures > 0 ? String(panel.failures) : null },
                { label: t('console.panel.nextProbe'), value: panel.openUntil ? <When at={panel.openUntil} /> : null },
                { label: t('console.panel.lastError'), value: panel.lastError },
              ]}
            />
          </Card>
          <PanelComparison panelId={panel.id} comparison={comparison} />
          {panel.charged ? (
            <Card title={t('console.panel.charged')}>
              <p className="text-muted">{t('console.panel.charged.lead')}</p>
            </Card>
          ) : null}
          {evacuations.length > 0 ? (
            <Card title={t('console.evacuation.title')}>
              <ul className="flex flex-col gap-2">
                {evacuations.map(({ id, state, back, at }) => (
                  <li key={id} className="flex flex-wrap items-center justify-between gap-2">
                    <Link to={`/admin/evacuations/${id}`} className="text-brand hover:underline">
                      <When at={at} as="exact" />
                    </Link>
                    <span className="flex gap-1.5">
                      {back ? <Badge>{t('console.evacuation.isBack')}</Badge> : null}
                      <StateBadge of="evacuation" state={state} />
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          {adoptions.length > 0 ? (
            <Card title={t('console.adoption.title')}>
              <ul className="flex flex-col gap-2">
                {adoptions.map(({ id, state, at }) => (
                  <li key={id} className="flex flex-wrap items-center justify-between gap-2">
                    <Link to={`/admin/adoptions/${id}`} className="text-brand hover:underline">
                      <When at={at} as="exact" />
                    </Link>
                    <StateBadge of="adoption" state={state} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          <PanelWork work={panel.work} change={may('panels:change')} />
          {may('panels:change') ? <Bouquets /> : null}
        </div>
      </div>
    </>
  )
}

function LastDay({ calls, failed, p50Ms, p95Ms }: Latency) {
  const t = useText()
  if (calls === 0) return t('console.health.lastDay.none')
  return (
    <>
      {p50Ms === null ? null : `${t('console.health.lastDay.times', { p50: p50Ms, p95: p95Ms ?? p50Ms })} · `}
      {t('console.health.lastDay.calls', { count: calls })}
      {failed === 0 ? null : ` · ${t('console.health.lastDay.failed', { count: failed })}`}
    </>
  )
}

/** The address to enter in the media server, and whether it asks there. */
function Access({
  address,
  askedAt,
  allowed,
  refused,
}: {
  address: string | null
  askedAt: string | null
  allowed: number
  refused: number
}) {
  const t = useText()
  return (
    <Card title={t('console.panel.access')}>
      <div className="flex flex-col gap-4">
        <p className="text-muted">{t('console.panel.access.lead')}</p>
        {address ? <SecretField label={t('console.panel.access.address')} value={address} /> : null}
        <DescriptionList
          items={[
            {
              label: t('console.panel.access.askedAt'),
              value: askedAt ? <When at={askedAt} /> : t('console.panel.access.never'),
            },
            {
              label: t('console.panel.access.answers'),
              value: t('console.panel.access.counts', { allowed, refused }),
            },
          ]}
        />
      </div>
    </Card>
  )
}

function useAct() {
  const { state, formData } = useNavigation()
  return state === 'idle' ? null : formData?.get('act')
}

/** Signs in, makes a line, reads it back, removes it: each step with what the panel said. */
function LiveTest({ tested }: { tested: boolean }) {
  const t = useText()
  const answer = useActionData<typeof action>()
  const running = useAct() === 'test'
  const test = answer && 'test' in answer ? answer.test : null
  return (
    <Card
      title={t('console.panel.test')}
      actions={
        <Form method="post">
          <Button look="primary" name="act" value="test" disabled={running}>
            {t(running ? 'console.panel.testing' : 'console.panel.testNow')}
          </Button>
        </Form>
      }
    >
      {test ? (
        <div className="flex flex-col gap-5">
          <Alert
            tone={test.ok ? 'good' : 'bad'}
            title={t(test.ok ? 'console.panel.testOk' : 'console.panel.testFailed')}
          />
          <Steps
            steps={test.steps.map(({ title, ok, detail }) => ({ label: title, state: ok ? 'done' : 'failed', detail }))}
          />
          {test.certificate ? <Certificate {...test.certificate} /> : null}
          {test.calls.length > 0 ? <Sent calls={test.calls} /> : null}
        </div>
      ) : (
        <p className="text-muted">{t(tested ? 'console.panel.test.lead' : 'console.panel.test.first')}</p>
      )}
    </Card>
  )
}

/** Shown and not taken: whoever may open the panel's settings looks whether it is the panel's own. */
function Certificate({ fingerprint, subject, issuer, ends }: NonNullable<ReturnType<typeof shownTest>['certificate']>) {
  const t = useText()
  const may = useMay()
  return (
    <Alert tone="warn" title={t('console.certificate.title')}>
      <div className="flex flex-col gap-4">
        <p>{t('console.certificate.lead')}</p>
        <DescriptionList
          items={[
            { label: t('console.certificate.fingerprint'), value: <bdi className="code break-all">{fingerprint}</bdi> },
            { label: t('console.certificate.subject'), value: subject },
            { label: t('console.certificate.issuer'), value: issuer },
            { label: t('console.certificate.ends'), value: <When at={ends} as="exact" /> },
          ]}
        />
        {may('panels:secrets') ? (
          <ActButton act="trust_certificate" fields={{ fingerprint }}>
            {t('console.certificate.trust')}
          </ActButton>
        ) : null}
      </div>
    </Alert>
  )
}

function Bouquets() {
  const t = useText()
  const answer = useActionData<typeof action>()
  const read = answer && 'bouquets' in answer ? answer : null
  const shown = read?.packages?.map(({ id, name, detail }) => ({ id, name: `${name} · ${detail}` })) ?? read?.bouquets
  return (
    <Card
      title={t('console.panel.bouquets')}
      actions={
        <Form method="post">
          <Button dense name="act" value="bouquets">
            {t('console.panel.readBouquets')}
          </Button>
        </Form>
      }
    >
      {shown === undefined || shown.length === 0 ? (
        <p className="text-muted">{t(shown ? 'console.panel.bouquets.none' : 'console.panel.bouquets.lead')}</p>
      ) : (
        <ul className="flex flex-col gap-1">
          {shown.map(({ id, name }) => (
            <li key={id} className="flex justify-between gap-4">
              <bdi className="min-w-0 break-words">{name}</bdi>
              <span className="code text-muted">{id}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
