import '../i18n/areas/affiliates.ts'
import { transaction } from '#app.ts'
import { joinProgramme } from '#modules/affiliates/join-programme.ts'
import { programmeSetting } from '#modules/affiliates/programme.ts'
import { affiliateStandings, listAffiliates } from '#modules/affiliates/queries.ts'
import { payableOf } from '#modules/affiliates/rules.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import { readSetting } from '#modules/people/settings.ts'
import { money } from '#platform/money.ts'
import { webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/affiliates.ts'
import { ActDialog } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

/** Who brings customers, how many, and what he has of it. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'customers:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-affiliates', async (tx) => {
    const search = query.q === '' ? undefined : query.q
    const { rows, page } = await readPage(query, (each) => listAffiliates(tx, { search }, each))
    const ids = rows.map(({ id }) => id)
    const standings = Map.groupBy(await affiliateStandings(tx, ids, shop.now()), ({ affiliateId }) => affiliateId)
    return {
      query,
      page,
      on: (await readSetting(tx, shop, programmeSetting)).on,
      rows: rows.map(({ id, customer, email, code, brought, active }) => ({
        ...{ id, customer, email, code, brought, active },
        standings: (standings.get(id) ?? []).map((each) => ({
          currency: each.currency,
          held: money(each.held, each.currency),
          payable: money(payableOf(each), each.currency),
          paid: money(each.paidOut, each.currency),
        })),
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'customers:change')
  const read = formReader(form)
  const email = read.email('email') ?? ''
  if (read.failed) return failure(read.errors, form)
  const made = await transaction(shop, 'make-affiliate', async (tx) => {
    const customer = await findCustomerByEmail(tx, email)
    return customer && joinProgramme(tx, shop, customer.id, { himself: false }, shop.now())
  })
  if (made === null)
    return failure({ email: translator(webOf(context).locale)('console.affiliates.add.unknown') }, form)
  return redirectWith(`/admin/affiliates/${made}`, 'console.affiliates.made')
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function Affiliates({ loaderData: { rows, page, query, on } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const sums = (row: Row, of: 'held' | 'payable' | 'paid') =>
    row.standings.length === 0
      ? '–'
      : row.standings.map((each) => (
          <span key={each.currency} className="block">
            <Money value={each[of]} />
          </span>
        ))
  const columns: readonly Column<Row>[] = [
    {
      id: 'who',
      header: t('console.affiliates.who'),
      cell: (row) => (
        <span className="min-w-0">
          <bdi className="break-words">{row.customer}</bdi>{' '}
          {row.active ? null : <Badge tone="none">{t('state.coupon.off')}</Badge>}
          <span className="block text-sm text-muted break-all">{row.email}</span>
        </span>
      ),
    },
    { id: 'code', header: t('console.affiliates.code'), cell: (row) => <bdi className="code">{row.code}</bdi> },
    {
      id: 'brought',
      header: t('console.affiliates.brought'),
      align: 'end',
      cell: (row) => <Count value={row.brought} />,
    },
    { id: 'held', header: t('console.affiliates.held'), align: 'end', cell: (row) => sums(row, 'held') },
    { id: 'payable', header: t('console.affiliates.payable'), align: 'end', cell: (row) => sums(row, 'payable') },
    { id: 'paid', header: t('console.affiliates.paid'), align: 'end', cell: (row) => sums(row, 'paid') },
  ]
  const add =
    may('customers:change') && on ? (
      <ActDialog
        act="make"
        look="primary"
        trigger={t('console.affiliates.add')}
        title={t('console.affiliates.add')}
        confirm={t('console.affiliates.add')}
        keep={t('ui.cancel')}
      >
        <p className="text-muted">{t('console.affiliates.add.lead')}</p>
        <Field label={t('console.affiliates.add.email')} error={failed?.errors.email}>
          {(tied) => <Input {...tied} type="email" name="email" required defaultValue={failed?.values.email} />}
        </Field>
      </ActDialog>
    ) : null
  return (
    <>
      <PageHeader
        title={t('console.nav.affiliates')}
        description={t('console.affiliates.lead')}
        actions={
          <>
            {may('settings:see') ? (
              <LinkButton to="/admin/affiliates/programme">{t('console.affiliates.programme')}</LinkButton>
            ) : null}
            {add}
          </>
        }
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <div className="flex flex-col gap-6">
        {on ? null : (
          <Alert tone="info" title={t('console.affiliates.off')}>
            {t('console.affiliates.off.lead')}
          </Alert>
        )}
        <Card flush>
          <div className="px-5 py-4">
            <FilterBar query={query} search={t('console.affiliates.search')} filters={[]} />
          </div>
          <DataTable
            caption={t('console.nav.affiliates')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            rowHref={(row) => `/admin/affiliates/${row.id}`}
            page={page}
            empty={<EmptyState title={t('console.affiliates.none')}>{t('console.affiliates.none.lead')}</EmptyState>}
          />
        </Card>
      </div>
    </>
  )
}
