import '../i18n/areas/staff.ts'
import { transaction } from '#app.ts'
import { listRoles } from '#modules/people/roles.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Count, Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/roles.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { roleTitle, StaffTabs } from './role-words.tsx'
import { SettingsTabs } from './settings-tabs.tsx'

/** What there is to give: the roles that come with the product, and those of the business. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'staff:see')
  const roles = await transaction(shop, 'read-roles', listRoles)
  return {
    currency: shop.currency,
    roles: roles.map(({ id, name, builtIn, members, rights, limits }) => ({
      ...{ id, name, builtIn, members },
      permissions: rights.size,
      refund: limits.refundMinor,
      days: limits.freeDays,
    })),
  }
}

type Row = Route.ComponentProps['loaderData']['roles'][number]

export default function RolesPage({ loaderData: { roles, currency } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.roles.name'),
      cell: (row) => <span className="font-medium">{roleTitle(t, row)}</span>,
    },
    { id: 'people', header: t('console.roles.members'), cell: (row) => <Count value={row.members} />, align: 'end' },
    {
      id: 'may',
      header: t('console.roles.may'),
      cell: (row) => <Count value={row.permissions} />,
      align: 'end',
      wide: true,
    },
    {
      id: 'limits',
      header: t('console.roles.limits'),
      cell: (row) =>
        row.refund === null && row.days === null ? (
          <span className="text-muted">{t('console.roles.noLimits')}</span>
        ) : (
          <span className="flex flex-wrap gap-2">
            {row.refund === null ? null : (
              <Badge>
                {t('console.roles.refund')} <Money value={{ minor: row.refund, currency }} />
              </Badge>
            )}
            {row.days === null ? null : <Badge>{t('console.roles.days', { count: row.days })}</Badge>}
          </span>
        ),
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.settings.title')}
        actions={
          may('staff:change') ? (
            <LinkButton look="primary" to="/admin/staff/roles/new">
              {t('console.roles.add')}
            </LinkButton>
          ) : null
        }
      />
      <SettingsTabs />
      <StaffTabs />
      <p className="mb-4 max-w-3xl text-muted">{t('console.roles.lead')}</p>
      <Card flush>
        <DataTable
          caption={t('console.roles.title')}
          columns={columns}
          rows={roles}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/staff/roles/${row.id}`}
        />
      </Card>
    </>
  )
}
