import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { listBranch } from '#modules/reselling/queries.ts'
import { redeemAddress } from '#modules/vouchers/print-cards.ts'
import { readBatch, vouchersOf } from '#modules/vouchers/queries.ts'
import { stateOf } from '#modules/vouchers/rules.ts'
import { voidVouchers } from '#modules/vouchers/void-vouchers.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/voucher-batch.ts'
import { ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['unused', 'redeemed', 'void'] as const

/** A batch of vouchers: its codes (once), what became of each, and taking back. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { status: states } })
  const now = shop.now()
  return transaction(shop, 'read-batch', async (tx) => {
    const batch = await readBatch(tx, params.id)
    const filter = {
      status: states.find((each) => each === query.filters.status),
      search: query.q === '' ? undefined : query.q,
    }
    const { rows, page } = await readPage(query, (each) => vouchersOf(tx, batch.id, filter, each))
    const { id, name, planName, soldTo, count, unused, redeemed, voided, currency, priceMinor } = batch
    const { valueCurrency, valueMinor } = batch
    return {
      query,
      page,
      batch: {
        ...{ id, name, planName, soldTo, count, unused, redeemed, voided },
        value: valueCurrency === null || valueMinor === null ? null : money(valueMinor, valueCurrency),
        price: currency === null || priceMinor === null ? null : money(priceMinor, currency),
        reseller:
          batch.resellerId === null
            ? null
            : ((await listBranch(tx)).find((each) => each.id === batch.resellerId)?.name ?? null),
        lastUseAt: batch.lastUseAt?.toString() ?? null,
        codesMadeAt: batch.codesMadeAt?.toString() ?? null,
        createdAt: batch.createdAt.toString(),
      },
      redeemAt: redeemAddress(shop, batch.planId),
      rows: rows.map((each) => ({
        ...{ id: each.id, number: each.number, hint: each.hint, customerId: each.customerId, customer: each.customer },
        subscriptionId: each.subscriptionId,
        state: stateOf(each.status, batch.lastUseAt, now),
        at: (each.redeemedAt ?? each.voidedAt)?.toString() ?? null,
        reason: each.voidReason,
      })),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'wallets:money')
  const read = formReader(form)
  const reason = read.text('reason', { most: 200 })
  if (read.failed) return failure(read.errors, form)
  const voucherId = read.raw('act') === 'void_one' ? read.raw('voucher') : undefined
  const count = await voidVouchers(shop, { batchId: params.id, voucherId }, reason)
  return redirectWith(`/admin/vouchers/${params.id}`, 'console.vouchers.voided', { values: { count: String(count) } })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function VoucherBatchPage({ loaderData }: Route.ComponentProps) {
  const { batch, redeemAt, rows, page, query } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const changing = may('wallets:money')
  const columns: readonly Column<Row>[] = [
    {
      id: 'number',
      header: t('console.vouchers.number'),
      cell: (row) => (
        <span className="inline-flex flex-wrap items-baseline gap-2">
          <Count value={row.number} />
          {row.hint === null ? null : <bdi className="code text-muted">…{row.hint}</bdi>}
        </span>
      ),
    },
    { id: 'state', header: t('console.vouchers.state'), cell: (row) => <StateBadge of="voucher" state={row.state} /> },
    {
      id: 'who',
      header: t('console.vouchers.who'),
      cell: (row) =>
        row.customerId === null ? (
          (row.reason ?? '–')
        ) : (
          <Link
            to={
              row.subscriptionId ? `/admin/subscriptions/${row.subscriptionId}` : `/admin/customers/${row.customerId}`
            }
            className="break-words text-brand hover:underline"
          >
            {row.customer}
          </Link>
        ),
    },
    { id: 'at', header: t('console.vouchers.at'), cell: (row) => (row.at === null ? '–' : <When at={row.at} />) },
  ]
  return (
    <>
      <PageHeader
        title={batch.name}
        back={{ to: '/admin/vouchers', label: t('console.vouchers.title') }}
        actions={
          changing && batch.unused > 0 ? (
            <ActDialog
              act="void"
              danger
              trigger={t('console.vouchers.void')}
              title={t('console.vouchers.void.title', { count: batch.unused })}
              confirm={t('console.vouchers.void.go')}
              keep={t('ui.cancel')}
            >
              <p className="text-muted">{t('console.vouchers.void.lead')}</p>
              <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
            </ActDialog>
          ) : null
        }
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <div className="flex flex-col gap-6">
        <Card>
          <DescriptionList
            items={[
              {
                label: t('console.vouchers.plan'),
                value: batch.value === null ? batch.planName : <Money value={batch.value} />,
              },
              {
                label: t('console.vouchers.price'),
                value: batch.price === null ? t('console.vouchers.givenAway') : <Money value={batch.price} />,
              },
              { label: t('console.vouchers.soldTo'), value: batch.soldTo === '' ? null : batch.soldTo },
              { label: t('console.vouchers.reseller'), value: batch.reseller },
              {
                label: t('console.vouchers.redeemed'),
                value: (
                  <>
                    <Count value={batch.redeemed} /> / <Count value={batch.count - batch.voided} />
                  </>
                ),
              },
              {
                label: t('console.vouchers.last'),
                value: batch.lastUseAt === null ? null : <When at={batch.lastUseAt} as="exact" />,
              },
              { label: t('console.vouchers.redeemAt'), value: <bdi className="break-all">{redeemAt}</bdi> },
            ]}
          />
        </Card>
        {changing ? <Codes batch={batch} /> : null}
        <Card flush title={t('console.vouchers.all')}>
          <div className="px-5 py-4">
            <FilterBar
              query={query}
              search={t('console.vouchers.search')}
              filters={[
                {
                  name: 'status',
                  label: t('console.vouchers.state'),
                  options: states.map((value) => ({ value, label: t(`state.voucher.${value}`) })),
                },
              ]}
            />
          </div>
          <DataTable
            caption={t('console.vouchers.all')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            rowActions={(row) =>
              changing && row.state === 'unused' ? (
                <ActDialog
                  act="void_one"
                  id={`void-${row.id}`}
                  danger
                  look="quiet"
                  trigger={t('console.vouchers.voidOne')}
                  title={t('console.vouchers.voidOne.title', { number: row.number })}
                  confirm={t('console.vouchers.void.go')}
                  keep={t('ui.cancel')}
                  fields={{ voucher: row.id }}
                >
                  <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
                </ActDialog>
              ) : null
            }
            page={page}
            empty={<EmptyState title={t('console.vouchers.noneHere')} />}
          />
        </Card>
      </div>
    </>
  )
}

/** The codes are made when somebody is there to take them; only their hashes are kept. */
function Codes({ batch }: { batch: Route.ComponentProps['loaderData']['batch'] }) {
  const { t, basePath } = usePage()
  const { id, codesMadeAt, redeemed, unused } = batch
  if (unused === 0) return null
  if (codesMadeAt !== null && redeemed > 0)
    return (
      <Alert tone="info" title={t('console.vouchers.codes.made')}>
        <When at={codesMadeAt} as="exact" />
      </Alert>
    )
  return (
    <Card title={t('console.vouchers.codes')}>
      <Form
        method="post"
        reloadDocument
        action={`${basePath}/admin/vouchers/${id}/codes`}
        className="flex flex-col gap-4"
      >
        <p className="max-w-prose text-muted">
          {t(codesMadeAt === null ? 'console.vouchers.codes.lead' : 'console.vouchers.codes.again')}
        </p>
        {codesMadeAt === null ? null : <input type="hidden" name="anew" value="yes" />}
        <div className="flex flex-wrap gap-3">
          <Button look={codesMadeAt === null ? 'primary' : 'secondary'}>
            {t(codesMadeAt === null ? 'console.vouchers.codes.make' : 'console.vouchers.codes.anew')}
          </Button>
          <Button name="as" value="cards">
            {t(codesMadeAt === null ? 'console.vouchers.cards.make' : 'console.vouchers.cards.anew')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
