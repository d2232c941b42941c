import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import {
  chargingPanels,
  enterCreditLot,
  listCreditLots,
  undoCreditLot,
  unpricedCredits,
} from '#modules/reselling/credit-lots.ts'
import { formatCredits, parseCredits } from '#modules/reselling/rules.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput, MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/credit-lots.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { newFormKey, once } from './once.server.ts'

const here = '/admin/books/credits'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-credit-lots', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listCreditLots(tx, each))
    const panels = await chargingPanels(tx)
    return {
      query,
      page,
      currency: shop.currency,
      formKey: newFormKey(),
      today: shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toString(),
      panels: panels.map(({ id, name }) => ({ value: id, label: name })),
      unpriced: (await unpricedCredits(tx)).map((each) => ({
        id: each.transferId,
        at: each.at.toString(),
        credits: formatCredits(each.creditsMilli),
      })),
      rows: rows.map((each) => ({
        id: each.id,
        panel: panels.find(({ id }) => id === each.panelId)?.name ?? null,
        boughtAt: each.boughtAt.toString(),
        credits: formatCredits(each.creditsMilli),
        cost: money(each.costMinor, each.currency),
        note: each.note,
        undone: each.undoneAt !== null,
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const read = formReader(form)
  if (read.raw('act') === 'undo') {
    await undoCreditLot(shop, read.raw('id'))
    return redirectWith(here, 'console.lots.undone')
  }
  const given = read.raw('act') === 'given'
  const cost = read.money('cost', shop.currency, { required: true })
  const note = read.text('note', { least: 0, most: 200 })
  const creditsMilli = parseCredits(read.raw('credits')) ?? 0n
  const day = given ? null : read.day('bought_on')
  if (!given && creditsMilli === 0n) read.refuse('credits', translator('en')('console.reseller.amount.wrong'))
  if (read.failed || cost === null) return failure(read.errors, form)
  const boughtAt = day?.toZonedDateTime(shop.zone).toInstant() ?? shop.now()
  const what = given ? { transferId: read.raw('transfer') } : { panelId: read.raw('panel'), creditsMilli, boughtAt }
  await once(shop, request, form, (open) => enterCreditLot(open, { ...what, cost, note }))
  return redirectWith(here, 'console.lots.entered')
}

type Data = Route.ComponentProps['loaderData']

/** What credits cost: the margin of lines follows from it. */
export default function CreditLotsPage({ loaderData }: Route.ComponentProps) {
  const { rows, query, page, unpriced, panels } = loaderData
  const t = useText()
  const may = useMay()('payments:money')
  const columns: readonly Column<Data['rows'][number]>[] = [
    {
      id: 'where',
      header: t('console.lots.where'),
      cell: (row) => (
        <>
          <bdi className="font-medium break-words">{row.panel ?? t('console.lots.wallet')}</bdi>
          <span className="block break-words text-muted">{row.note}</span>
          {row.undone ? <Badge tone="none">{t('console.books.takenBack')}</Badge> : null}
        </>
      ),
    },
    { id: 'day', header: t('console.lots.bought'), cell: (row) => <When at={row.boughtAt} as="date" /> },
    { id: 'credits', header: t('console.lots.credits'), align: 'end', cell: (row) => row.credits },
    { id: 'cost', header: t('console.margin.cost'), align: 'end', cell: (row) => <Money value={row.cost} /> },
  ]
  const undo = (row: Data['rows'][number]) =>
    row.undone ? null : (
      <ActButton act="undo" look="quiet" dense fields={{ id: row.id }}>
        {t('console.books.undo')}
      </ActButton>
    )
  return (
    <>
      <PageHeader
        title={t('console.lots.title')}
        description={t('console.lots.lead')}
        back={{ to: '/admin/books/margin', label: t('console.margin.title') }}
      />
      <div className="flex flex-col gap-6">
        {may && panels.length > 0 ? <Bought {...loaderData} /> : null}
        {may && unpriced.length > 0 ? <Given {...loaderData} /> : null}
        <Card flush>
          <DataTable
            caption={t('console.lots.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            {...(may ? { rowActions: undo } : {})}
            query={query}
            page={page}
            empty={<EmptyState title={t('console.lots.none')}>{t('console.lots.none.lead')}</EmptyState>}
          />
        </Card>
      </div>
    </>
  )
}

/** For the account at somebody's panel that charges each line. */
function Bought({ panels, currency, formKey, today }: Data) {
  const t = useText()
  const failed = useFailure()
  const mine = failed?.values.act === 'bought' ? failed : null
  return (
    <Card title={t('console.lots.enter')}>
      <Form method="post" className="flex flex-col gap-5">
        <input type="hidden" name="form_key" value={formKey} />
        <FormErrors failure={mine} />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.lots.panel')} error={mine?.errors.panel}>
            {(tied) => <Select {...tied} name="panel" options={panels} defaultValue={mine?.values.panel} />}
          </Field>
          <Field label={t('console.lots.credits')} error={mine?.errors.credits}>
            {(tied) => (
              <Input {...tied} name="credits" required inputMode="decimal" defaultValue={mine?.values.credits} />
            )}
          </Field>
          <Cost currency={currency} failed={mine} />
          <Field label={t('console.lots.bought')} error={mine?.errors.bought_on}>
            {(tied) => <DateInput {...tied} name="bought_on" required defaultValue={mine?.values.bought_on ?? today} />}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button name="act" value="bought" look="primary">
            {t('console.lots.enter')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

/** For credits that the supplier gave to our wallet by hand. */
function Given({ unpriced, currency, formKey }: Data) {
  const t = useText()
  const failed = useFailure()
  const mine = failed?.values.act === 'given' ? failed : null
  return (
    <Card title={t('console.lots.given')}>
      <Form method="post" className="flex flex-col gap-5">
        <input type="hidden" name="form_key" value={formKey} />
        <FormErrors failure={mine} />
        <p className="text-muted">{t('console.lots.given.lead')}</p>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.lots.credits')} error={mine?.errors.transfer}>
            {(tied) => (
              <Select
                {...tied}
                name="transfer"
                options={unpriced.map(({ id, at, credits }) => ({
                  value: id,
                  label: t('console.lots.given.on', { n: credits, day: at.slice(0, 10) }),
                }))}
                defaultValue={mine?.values.transfer}
              />
            )}
          </Field>
          <Cost currency={currency} failed={mine} />
        </div>
        <div className="flex justify-end">
          <Button name="act" value="given" look="primary">
            {t('console.lots.given.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

function Cost({ currency, failed }: { currency: string; failed: ReturnType<typeof useFailure> }) {
  const t = useText()
  return (
    <>
      <Field label={t('console.lots.cost')} hint={t('console.lots.cost.hint')} error={failed?.errors.cost}>
        {(tied) => <MoneyInput {...tied} name="cost" required currency={currency} defaultValue={failed?.values.cost} />}
      </Field>
      <Field label={t('console.lots.note')} error={failed?.errors.note} optional>
        {(tied) => <Input {...tied} name="note" maxLength={200} defaultValue={failed?.values.note} />}
      </Field>
    </>
  )
}
