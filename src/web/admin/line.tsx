import { clsx } from 'clsx'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { standardWaves } from '#modules/lines/evacuate-panel.ts'
import { dropMove, moveLine } from '#modules/lines/move-line.ts'
import { renameLine } from '#modules/lines/rename-line.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { changeTvLogin, reconcileNow } from '#modules/lines/want-line.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MacInput } from '../ui/special-inputs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { UnusualMac } from '../ui/unusual-mac.tsx'
import type { Route } from './+types/line.ts'
import { ActButton, ActDialog } from './act.tsx'
import { CallsTable } from './calls-table.tsx'
import { CustomerLink } from './customer-link.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { type Compared, readLine, readLineRecord } from './line.server.ts'
import { LineMoves, MoveLine } from './line-moves.tsx'
import { LineUsage } from './line-usage.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  return readLineRecord(shop, params.id)
}

const acts = ['reconcile', 'change_login', 'rename', 'change_mac', 'resend_login', 'move', 'drop_move'] as const

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const act = acts.find((each) => each === form.get('act'))
  if (act === undefined) throw new Refusal('bad_request', 'This page has no such act.')
  const now = shop.now()
  const read = formReader(form)
  const reason = act === 'move' ? read.text('reason') : ''
  if (read.failed) return failure(read.errors, form)
  if (act === 'rename') {
    const { id } = await transaction(shop, 'read-line', (tx) => readLine(tx, params.id))
    await renameLine(shop, id, { typed: String(form.get('username') ?? ''), limited: false })
    return redirectWith(`/admin/lines/${params.id}`, 'console.line.did.rename')
  }
  await transaction(shop, 'line-act', async (tx) => {
    const { id } = await readLine(tx, params.id)
    if (act === 'reconcile') await reconcileNow(tx, shop, id, now)
    if (act === 'change_mac')
      await changeMac(
        tx,
        shop,
        id,
        { typed: String(form.get('mac') ?? ''), limited: false, accepted: form.get('accept_unusual_mac') === 'yes' },
        now,
      )
    if (act === 'change_login') await changeTvLogin(tx, shop, id, null, now)
    if (act === 'resend_login') await resendLogin(tx, shop, id, now)
    if (act === 'drop_move') await dropMove(tx, shop, id, now)
    const { keepDays } = standardWaves
    const wish = { toPanelId: read.raw('to_panel_id') || null, reason, tells: read.flag('tells'), keepDays }
    if (act === 'move') await moveLine(tx, shop, id, wish, now)
  })
  return redirectWith(`/admin/lines/${params.id}`, `console.line.did.${act}`)
}

export default function LinePage({ loaderData }: Route.ComponentProps) {
  const { line, compared, customer, panel, usage, moves, calls, history } = loaderData
  const may = useMay()
  const t = useText()
  const failed = useFailure()
  const troubled = line.lastAnswer !== null && !['in_step', 'setting_up', 'catching_up'].includes(line.sync)
  return (
    <>
      <PageHeader
        title={line.name}
        badge={
          <>
            <StateBadge of="wanted" state={line.wanted} />
            <StateBadge of="sync" state={line.sync} />
          </>
        }
        back={{ to: '/admin/lines', label: t('console.lines.title') }}
        actions={<LineActs line={line} moves={moves} />}
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      {troubled ? (
        <Alert
          className="mb-6"
          tone={line.sync === 'needs_review' ? 'bad' : 'warn'}
          title={t(`console.line.trouble.${line.trouble ?? 'differs'}`)}
        >
          {line.lastAnswer}
        </Alert>
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <LineMoves moves={moves} change={may('lines:change')} />
          <Card
            title={t('console.line.compare')}
            actions={
              <span className="text-sm text-muted">
                {line.foundAt ? (
                  <>
                    {t('console.line.asked')} <When at={line.foundAt} />
                  </>
                ) : (
                  t('console.line.neverAsked')
                )}
              </span>
            }
            flush
          >
            <Compare compared={compared} />
          </Card>
          {usage ? <LineUsage {...usage} /> : null}
          <Card title={t('console.calls.title')} flush>
            <CallsTable calls={calls} />
          </Card>
          <Card title={t('console.record.history')}>
            <History {...history} here={line.id} />
          </Card>
        </div>
        <Card title={t('console.line.facts')}>
          <DescriptionList
            items={[
              {
                label: t('console.customers.customer'),
                value: <CustomerLink customer={customer} />,
              },
              {
                label: t('console.order.subscription'),
                value: (
                  <Link to={`/admin/subscriptions/${line.subscriptionId}`} className="text-brand hover:underline">
                    {t('console.order.openSubscription')}
                  </Link>
                ),
              },
              {
                label: t('console.line.panel'),
                value: panel ? (
                  <span className="flex flex-wrap items-center gap-2">
                    <Link to={`/admin/panels/${panel.id}`} className="text-brand hover:underline">
                      {panel.name}
                    </Link>
                    <StateBadge of="panel" state={panel.state} />
                  </span>
                ) : (
                  t('console.line.operatorsPanel')
                ),
              },
              {
                label: t('console.routing.because'),
                value: line.because === null ? null : t(`console.routing.because.${line.because}`),
              },
              { label: t('console.line.remoteId'), value: line.remoteId, code: true },
              {
                label: t('console.line.kind'),
                value: t(`console.line.kind.${line.box ? (`line_${line.box}` as const) : line.kind}`),
              },
              { label: t('console.line.mac'), value: line.mac, code: true },
              { label: t('console.line.requestedUsername'), value: line.requestedUsername, code: true },
              {
                label: t('console.line.watching'),
                value: line.activeConnections === null ? null : String(line.activeConnections),
              },
              {
                label: t('console.line.activatedAt'),
                value: line.activatedAt ? <When at={line.activatedAt} as="exact" /> : null,
              },
              {
                label: t('console.line.revision'),
                value: t('console.line.revision.of', {
                  done: String(line.doneRevision),
                  wanted: String(line.revision),
                }),
              },
              { label: t('console.line.tries'), value: line.tries > 0 ? String(line.tries) : null },
              { label: t('console.line.nextTry'), value: line.nextTryAt ? <When at={line.nextTryAt} /> : null },
            ]}
          />
        </Card>
      </div>
    </>
  )
}

function LineActs({ line, moves }: Pick<Route.ComponentProps['loaderData'], 'line' | 'moves'>) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const live = line.wanted === 'active' || line.wanted === 'suspended'
  return (
    <>
      {may('lines:secrets') && line.activatedAt && live ? (
        <LinkButton to={`/admin/lines/${line.id}/login`}>{t('console.line.showLogin')}</LinkButton>
      ) : null}
      {may('lines:change') && line.activatedAt && line.wanted === 'active' ? (
        <ActDialog
          act="resend_login"
          trigger={t('console.order.resendLogin')}
          title={t('console.line.resend.title')}
          confirm={t('console.order.resendLogin')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.line.resend.lead')}</p>
        </ActDialog>
      ) : null}
      {may('lines:change') && live && line.mac !== null && (line.kind !== 'line' || line.box !== null) ? (
        <ActDialog
          act="change_mac"
          trigger={t('console.line.changeMac')}
          title={t('console.line.changeMac.title', { mac: line.mac })}
          confirm={t('console.line.changeMac.confirm')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.line.changeMac.lead')}</p>
          <Field label={t('console.line.changeMac.new')} hint={t('ui.mac.hint')} error={failed?.errors.mac}>
            {(tied) => <MacInput {...tied} name="mac" required defaultValue={failed?.values.mac} />}
          </Field>
          <UnusualMac errors={failed?.errors ?? {}} values={failed?.values ?? {}} />
        </ActDialog>
      ) : null}
      {may('lines:change') && live && line.kind === 'line' ? (
        <ActDialog
          act="change_login"
          trigger={t('console.line.changeLogin')}
          title={t('console.line.changeLogin.title', { username: line.username })}
          confirm={t('console.line.changeLogin')}
          keep={t('console.line.changeLogin.keep')}
        >
          <p className="text-muted">{t('console.line.changeLogin.lead')}</p>
        </ActDialog>
      ) : null}
      {may('lines:change') && live && line.kind === 'line' ? (
        <ActDialog
          act="rename"
          trigger={t('console.line.rename')}
          title={t('console.line.rename.title', { username: line.username })}
          confirm={t('console.line.rename')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.line.rename.lead')}</p>
          <Field
            label={t('console.line.rename.new')}
            hint={t('console.line.rename.rule')}
            error={failed?.errors.username}
          >
            {(tied) => (
              <Input
                {...tied}
                code
                name="username"
                required
                maxLength={24}
                autoComplete="off"
                defaultValue={failed?.values.username ?? ''}
              />
            )}
          </Field>
        </ActDialog>
      ) : null}
      {may('lines:change') && live && moves.going === null ? <MoveLine moves={moves} /> : null}
      {may('lines:change') ? (
        <ActButton act="reconcile" look="primary">
          {t('console.line.reconcile')}
        </ActButton>
      ) : null}
    </>
  )
}

/** Wanted and found side by side; what differs stands out in color and in words. */
function Compare({ compared }: { compared: readonly Compared[] }) {
  const t = useText()
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-start">
        <caption className="sr-only">{t('console.line.compare')}</caption>
        <thead className="border-b border-line text-sm text-muted">
          <tr>
            <th scope="col" className="h-10 ps-5 pe-3 text-start font-medium">
              {t('ui.diff.field')}
            </th>
            <th scope="col" className="h-10 px-3 text-start font-medium">
              {t('console.line.wanted.head')}
            </th>
            <th scope="col" className="h-10 ps-3 pe-5 text-start font-medium">
              {t('console.line.found.head')}
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map((row) => (
            <tr key={row.field} className={clsx('border-b border-line last:border-b-0', row.differs && 'bg-warn-soft')}>
              <th scope="row" className="py-2 ps-5 pe-3 text-start font-medium">
                {t(`console.line.field.${row.field}`)}
              </th>
              <td className="px-3 py-2">
                <Value field={row.field} value={row.wanted} />
              </td>
              <td className="py-2 ps-3 pe-5">
                {row.found === null ? (
                  <span className="text-muted">–</span>
                ) : (
                  <Value field={row.field} value={row.found} />
                )}
                {row.differs ? (
                  <span className="ms-2 text-sm font-medium text-warn">{t('console.line.differs')}</span>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Value({ field, value }: { field: Compared['field']; value: string }) {
  const t = useText()
  if (field === 'enabled' || field === 'box') return <>{t(value === 'true' ? 'console.line.on' : 'console.line.off')}</>
  if (field === 'expires_at') return <When at={value} as="exact" />
  return <bdi className={field === 'username' || field === 'mac' ? 'code' : ''}>{value || '–'}</bdi>
}
