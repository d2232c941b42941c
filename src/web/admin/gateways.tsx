import '../i18n/areas/collecting.ts'
import { Plus } from 'lucide-react'
import { transaction } from '#app.ts'
import { findGateway, listGateways, saveGateway, shownGatewaySettings } from '#modules/billing/gateways.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/gateways.ts'
import { ActButton } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** The ways to pay, in the order in which buyers see them. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'gateways:see')
  const accounts = await transaction(shop, 'read-gateways', listGateways)
  return {
    rows: accounts.map(({ id, name, kind, active, testedAt, lastError, lent }) => {
      const known = shop.app.gateways.get(kind)
      return {
        ...{ id, name, active, lastError },
        lender: lent?.lenderName ?? null,
        back: lent?.live === false,
        kind: known?.title ?? kind,
        byHand: known?.capabilities.staffConfirms ?? false,
        testedAt: testedAt?.toString() ?? null,
      }
    }),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'gateways:change')
  const active = form.get('act') === 'on'
  const name = await transaction(shop, 'switch-gateway', async (tx) => {
    const account = await findGateway(tx, String(form.get('id') ?? ''))
    if (account === null) throw new Refusal('not_found', 'There is no such gateway.')
    // Secrets are not shown, and what is not sent stays as it is.
    const { shown } = shownGatewaySettings(shop.app, account)
    if (account.active !== active) await saveGateway(tx, shop, { ...account, settings: shown, active }, account.id)
    return account.name
  })
  return redirectWith('/admin/gateways', active ? 'console.gateway.switchedOn' : 'console.gateway.switchedOff', {
    values: { name },
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function GatewaysPage({ loaderData: { rows } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Row>[] = [
    { id: 'name', header: t('console.gateway.name'), cell: (row) => row.name },
    {
      id: 'kind',
      header: t('console.gateway.kind'),
      cell: (row) => (row.lender === null ? row.kind : t('console.collected.by', { kind: row.kind, name: row.lender })),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) =>
        row.back ? (
          <Badge tone="warn">{t('console.collecting.state.ended')}</Badge>
        ) : row.active ? (
          <Badge tone="good">{t('console.gateway.on')}</Badge>
        ) : (
          <Badge>{t('console.plans.off')}</Badge>
        ),
    },
    {
      id: 'tested',
      header: t('console.gateway.tested'),
      cell: (row) =>
        row.testedAt ? (
          <When at={row.testedAt} />
        ) : row.byHand ? (
          t('console.gateway.byHand')
        ) : (
          <Badge tone="warn">{t('console.gateway.untested')}</Badge>
        ),
    },
  ]
  const add = may('gateways:secrets') ? (
    <LinkButton look="primary" to="/admin/gateways/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.gateways.add')}
    </LinkButton>
  ) : null
  return (
    <>
      <PageHeader title={t('console.settings.title')} actions={rows.length > 0 ? add : null} />
      <SettingsTabs />
      <Card flush>
        <DataTable
          caption={t('console.gateways.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/gateways/${row.id}`}
          rowActions={(row) =>
            may('gateways:change') ? (
              <ActButton act={row.active ? 'off' : 'on'} look="quiet" dense fields={{ id: row.id }}>
                {t(row.active ? 'console.plans.switchOff' : 'console.plans.switchOn')}
              </ActButton>
            ) : null
          }
          empty={
            <EmptyState title={t('console.gateways.none')} actions={add}>
              {t('console.gateways.none.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
