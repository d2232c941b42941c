import '../i18n/areas/payouts.ts'
import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { heldByGateways, listPayouts, seePayouts } from '#modules/billing/payouts/payouts.ts'
import { askToReadBalance, listTelling } from '#modules/billing/payouts/read-balance.ts'
import { recordPayout } from '#modules/billing/payouts/record-payout.ts'
import { isPositive, money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput, MoneyInput } from '../ui/special-inputs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/payouts.ts'
import { ActButton } from './act.tsx'
import { namesOfHolders } from './books.server.ts'
import { BooksTabs } from './books-parts.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { newFormKey, once } from './once.server.ts'
import { stateOf } from './payout.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-payouts', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listPayouts(tx, {}, each))
    const seen = await seePayouts(tx, rows)
    const gateways = await listGateways(tx)
    const held = await heldByGateways(tx)
    const names = await namesOfHolders(
      tx,
      held.map(({ gatewayAccountId }) => gatewayAccountId),
    )
    const nameOf = (id: string) => names.get(id) ?? id
    return {
      query,
      page,
      currency: shop.currency,
      formKey: newFormKey(),
      today: shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toString(),
      gateways: gateways.filter(({ lent }) => lent === null).map(({ id, name }) => ({ value: id, label: name })),
      held: held.map((each) => ({
        id: `${each.gatewayAccountId}/${each.currency}`,
        name: nameOf(each.gatewayAccountId),
        amount: money(each.minor, each.currency),
      })),
      tell: (await listTelling(tx, shop)).length > 0,
      rows: rows.map((each) => ({
        id: each.id,
        gateway: nameOf(each.gatewayAccountId),
        reference: each.reference,
        arrivedOn: each.arrivedOn,
        state: stateOf(each, seen.get(each.id)?.differences.length ?? 0),
        amount: money(each.amountMinor, each.currency),
        fee: money(each.feeMinor + (seen.get(each.id)?.parts?.feesMinor ?? 0n), each.currency),
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const read = formReader(form)
  if (read.raw('act') === 'ask') {
    await transaction(shop, 'read-balances', async (tx) => {
      for (const { id } of await listTelling(tx, shop)) await askToReadBalance(tx, shop, id)
    })
    return redirectWith('/admin/books/payouts', 'console.payouts.asked')
  }
  const amount = read.money('amount', shop.currency, { required: true, positive: true })
  const fee = read.money('fee', shop.currency)
  const reference = read.text('reference', { most: 120 })
  const arrivedOn = read.day('arrived_on')
  if (read.failed || amount === null || arrivedOn === null) return failure(read.errors, form)
  await once(shop, request, form, (open) =>
    recordPayout(open, {
      gatewayAccountId: read.raw('gateway'),
      amount,
      fee: fee !== null && isPositive(fee) ? fee : null,
      reference,
      arrivedOn,
    }),
  )
  return redirectWith('/admin/books/payouts', 'console.payouts.recorded')
}

type Data = Route.ComponentProps['loaderData']

/** What gateways hold, and what they have paid out to the bank. */
export default function PayoutsPage({ loaderData }: Route.ComponentProps) {
  const { rows, query, page, held } = loaderData
  const t = useText()
  const may = useMay()('payments:money')
  const columns: readonly Column<Data['rows'][number]>[] = [
    {
      id: 'gateway',
      header: t('console.payments.gateway'),
      cell: (row) => (
        <>
          <Link to={`/admin/books/payouts/${row.id}`} className="font-medium break-words text-brand hover:underline">
            <bdi>{row.gateway}</bdi>
          </Link>
          <span className="block break-words text-muted">{row.reference}</span>
        </>
      ),
    },
    {
      id: 'day',
      header: t('console.payouts.arrived'),
      cell: (row) => <When at={`${row.arrivedOn}T12:00:00Z`} as="date" />,
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="payout" state={row.state} />,
    },
    { id: 'fee', header: t('console.books.fees'), align: 'end', cell: (row) => <Money value={row.fee} />, wide: true },
    { id: 'amount', header: t('console.order.amount'), align: 'end', cell: (row) => <Money value={row.amount} /> },
  ]
  return (
    <>
      <PageHeader
        title={t('console.books.title')}
        description={t('console.payouts.lead')}
        actions={may && loaderData.tell ? <ActButton act="ask">{t('console.payouts.now')}</ActButton> : null}
      />
      <div className="flex flex-col gap-6">
        <BooksTabs current="payouts" />
        <Card title={t('console.payouts.held')}>
          {held.length === 0 ? (
            <p className="text-muted">{t('console.payouts.held.none')}</p>
          ) : (
            <DescriptionList
              items={held.map(({ name, amount }) => ({ label: name, value: <Money value={amount} /> }))}
            />
          )}
        </Card>
        <Card flush>
          <DataTable
            caption={t('console.books.payouts')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            query={query}
            page={page}
            empty={<EmptyState title={t('console.payouts.none')}>{t('console.payouts.none.lead')}</EmptyState>}
          />
        </Card>
        {may ? <Enter {...loaderData} /> : null}
      </div>
    </>
  )
}

function Enter({ gateways, currency, formKey, today, tell }: Data) {
  const t = useText()
  const failed = useFailure()
  return (
    <Card title={t('console.payouts.enter')}>
      {tell ? <p className="mb-5 text-muted">{t('console.payouts.told')}</p> : null}
      <Form method="post" className="flex flex-col gap-5">
        <input type="hidden" name="form_key" value={formKey} />
        <FormErrors failure={failed} />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.payments.gateway')} error={failed?.errors.gateway}>
            {(tied) => <Select {...tied} name="gateway" options={gateways} defaultValue={failed?.values.gateway} />}
          </Field>
          <Field label={t('console.order.reference')} error={failed?.errors.reference}>
            {(tied) => (
              <Input {...tied} name="reference" required maxLength={120} defaultValue={failed?.values.reference} />
            )}
          </Field>
          <Field label={t('console.payouts.amount')} error={failed?.errors.amount}>
            {(tied) => (
              <MoneyInput {...tied} name="amount" required currency={currency} defaultValue={failed?.values.amount} />
            )}
          </Field>
          <Field label={t('console.payouts.fee')} error={failed?.errors.fee} optional>
            {(tied) => <MoneyInput {...tied} name="fee" currency={currency} defaultValue={failed?.values.fee} />}
          </Field>
          <Field label={t('console.payouts.arrived')} error={failed?.errors.arrived_on}>
            {(tied) => (
              <DateInput {...tied} name="arrived_on" required defaultValue={failed?.values.arrived_on ?? today} />
            )}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button look="primary">{t('console.payouts.enter')}</Button>
        </div>
      </Form>
    </Card>
  )
}
