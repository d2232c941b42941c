import '../i18n/areas/affiliates.ts'
import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { changeAffiliate } from '#modules/affiliates/join-programme.ts'
import { payByHandIn } from '#modules/affiliates/pay-affiliate.ts'
import {
  affiliatePayouts,
  affiliateStandings,
  childBusinesses,
  commissionsOf,
  readAffiliate,
} from '#modules/affiliates/queries.ts'
import { balanceOf, payableOf } from '#modules/affiliates/rules.ts'
import { takeBackPayout } from '#modules/affiliates/take-back-payout.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import { money } from '#platform/money.ts'
import { isAfter } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards, Switch } from '../ui/choice.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, moneyText, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Tone } from '../ui/tone.ts'
import type { Route } from './+types/affiliate.ts'
import { ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { readPage } from './list-page.server.ts'
import { newFormKey, once } from './once.server.ts'

const ways = ['balance', 'by_hand', 'credits'] as const

/** One affiliate: how he stands, what he earned, what he was paid and how. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'customers:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  const now = shop.now()
  return transaction(shop, 'read-affiliate', async (tx) => {
    const affiliate = await readAffiliate(tx, params.id)
    const { id, customerId, customer, code, active, way, payTo, resellerId, brought } = affiliate
    const standings = await affiliateStandings(tx, [id], now)
    const { rows, page } = await readPage(query, (each) => commissionsOf(tx, id, each))
    const payouts = await affiliatePayouts(tx, id, { limit: 50 })
    return {
      affiliate: {
        ...{ id, customerId, customer, code, active, way, payTo, resellerId, brought },
        link: `${shop.baseUrl}/?ref=${code}`,
        nextLookAt: affiliate.nextLookAt?.toString() ?? null,
        createdAt: affiliate.createdAt.toString(),
      },
      standings: standings.map((each) => ({
        currency: each.currency,
        balance: money(balanceOf(each), each.currency),
        held: money(each.held, each.currency),
        payable: money(payableOf(each), each.currency),
        paid: money(each.paidOut, each.currency),
      })),
      resellers: await childBusinesses(tx),
      page,
      rows: rows.map((each) => ({
        ...{ id: each.id, customerId: each.customerId, customer: each.customer, invoiceId: each.invoiceId },
        earned: money(each.earnedMinor, each.currency),
        kept: money(each.keptMinor, each.currency),
        state: each.disputed
          ? ('disputed' as const)
          : each.keptMinor === 0n
            ? ('taken' as const)
            : isAfter(each.freeAt, now)
              ? ('held' as const)
              : ('free' as const),
        freeAt: each.freeAt.toString(),
        at: each.createdAt.toString(),
      })),
      payouts: payouts.map((each) => ({
        ...{ id: each.id, way: each.way, reference: each.reference },
        amount: money(each.amountMinor, each.currency),
        credits: each.creditsMilli === null ? null : formatCredits(each.creditsMilli),
        at: each.createdAt.toString(),
        takenBackAt: each.takenBackAt?.toString() ?? null,
        takenBackReason: each.takenBackReason,
      })),
      formKey: newFormKey(),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'customers:see')
  const { shop, form } = staff
  const read = formReader(form)
  const here = `/admin/affiliates/${params.id}`
  if (read.raw('act') === 'pay') {
    requireRight(staff, 'wallets:money')
    const wish = { currency: read.text('currency', { most: 3 }), reference: read.text('reference', { most: 200 }) }
    if (read.failed) return failure(read.errors, form)
    await once(shop, request, form, async (open) => {
      await transaction(open, 'pay-affiliate', (tx) => payByHandIn(tx, open, params.id, wish, open.now()))
    })
    return redirectWith(here, 'console.affiliates.pay.done')
  }
  if (read.raw('act') === 'take_back') {
    requireRight(staff, 'wallets:money')
    const reason = read.text('reason', { most: 500 })
    if (read.failed) return failure(read.errors, form)
    await takeBackPayout(shop, { affiliateId: params.id, payoutId: read.raw('payout'), reason })
    return redirectWith(here, 'console.affiliates.takeBack.done')
  }
  requireRight(staff, 'customers:change')
  const change = {
    code: read.text('code', { most: 20 }),
    active: read.flag('active'),
    way: read.choice('way', ways),
    payTo: read.text('pay_to', { most: 200, least: 0 }),
    resellerId: read.raw('reseller_id') || null,
  }
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'change-affiliate', (tx) =>
    changeAffiliate(tx, shop, params.id, change, { himself: false }, shop.now()),
  )
  return redirectWith(here, 'console.affiliates.saved')
}

type Data = Route.ComponentProps['loaderData']
type Row = Data['rows'][number]
type Payout = Data['payouts'][number]
const tones: Record<Row['state'], Tone> = { held: 'info', free: 'good', disputed: 'bad', taken: 'none' }

export default function AffiliatePage({ loaderData }: Route.ComponentProps) {
  const { affiliate, rows, page, payouts } = loaderData
  const t = useText()
  const failed = useFailure()
  const columns: readonly Column<Row>[] = [
    {
      id: 'of',
      header: t('console.affiliates.of'),
      cell: (row) => (
        <Link to={`/admin/customers/${row.customerId}`} className="break-words text-brand hover:underline">
          {row.customer}
        </Link>
      ),
    },
    {
      id: 'earned',
      header: t('console.affiliates.earned'),
      align: 'end',
      cell: (row) => (
        <Link to={`/admin/invoices/${row.invoiceId}`} className="text-brand hover:underline">
          <Money value={row.earned} />
        </Link>
      ),
    },
    { id: 'kept', header: t('console.affiliates.kept'), align: 'end', cell: (row) => <Money value={row.kept} /> },
    {
      id: 'state',
      header: t('console.affiliates.state'),
      cell: (row) => <Badge tone={tones[row.state]}>{t(`console.affiliates.state.${row.state}`)}</Badge>,
    },
    { id: 'free', header: t('console.affiliates.free'), cell: (row) => <When at={row.freeAt} as="date" /> },
    { id: 'at', header: t('console.affiliates.at'), cell: (row) => <When at={row.at} as="date" /> },
  ]
  const payoutColumns: readonly Column<Payout>[] = [
    { id: 'at', header: t('console.affiliates.payouts.at'), cell: (row) => <When at={row.at} /> },
    {
      id: 'amount',
      header: t('console.affiliates.amount'),
      align: 'end',
      cell: (row) =>
        row.takenBackAt === null ? (
          <Money value={row.amount} />
        ) : (
          <s className="text-muted">
            <Money value={row.amount} />
          </s>
        ),
    },
    {
      id: 'way',
      header: t('console.affiliates.way'),
      cell: (row) => (
        <span className="min-w-0 break-words">
          {t(`console.affiliates.way.${row.way}`)}
          {row.credits === null ? null : ` (${row.credits})`}
          {row.reference === '' ? null : <span className="block text-sm text-muted">{row.reference}</span>}
          <TakenBack payout={row} />
        </span>
      ),
    },
  ]
  return (
    <>
      <PageHeader title={affiliate.customer} back={{ to: '/admin/affiliates', label: t('console.nav.affiliates') }} />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <div className="flex flex-col gap-6">
        <div className="grid items-start gap-6 lg:grid-cols-2">
          <Standings data={loaderData} />
          <Settings data={loaderData} />
        </div>
        <Card flush title={t('console.affiliates.commissions')}>
          <DataTable
            caption={t('console.affiliates.commissions')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            page={page}
            empty={<EmptyState title={t('console.affiliates.commissions.none')} />}
          />
        </Card>
        <Card flush title={t('console.affiliates.payouts')}>
          <DataTable
            caption={t('console.affiliates.payouts')}
            columns={payoutColumns}
            rows={payouts}
            rowKey={(row) => row.id}
            rowActions={(row) => <TakeBack payout={row} />}
            empty={<EmptyState title={t('console.affiliates.payouts.none')} />}
          />
        </Card>
      </div>
    </>
  )
}

/** When and why it was taken back. */
function TakenBack({ payout: { takenBackAt, takenBackReason } }: { payout: Payout }) {
  const t = useText()
  if (takenBackAt === null) return null
  return (
    <span className="mt-1 flex flex-wrap items-baseline justify-end gap-x-2 text-sm text-muted sm:justify-start">
      <Badge tone="warn">{t('console.affiliates.takenBack')}</Badge>
      <When at={takenBackAt} as="date" />
      <span className="min-w-0 break-words">{takenBackReason}</span>
    </span>
  )
}

/** Only a note of staff can have been wrong: the other ways really gave it. */
function TakeBack({ payout: { id, way, amount, takenBackAt } }: { payout: Payout }) {
  const page = usePage()
  const { t } = page
  const may = useMay()
  const failed = useFailure()
  if (way !== 'by_hand' || takenBackAt !== null || !may('wallets:money')) return null
  const mine = failed?.values.payout === id ? failed : null
  return (
    <ActDialog
      act="take_back"
      id={`take-back-${id}`}
      trigger={t('console.affiliates.takeBack')}
      title={t('console.affiliates.takeBack.title', { amount: moneyText(amount, page) })}
      confirm={t('console.affiliates.takeBack.go')}
      keep={t('ui.cancel')}
      look="quiet"
      danger
      fields={{ payout: id }}
    >
      <p className="text-muted">{t('console.affiliates.takeBack.lead')}</p>
      <ReasonField error={mine?.errors.reason} defaultValue={mine?.values.reason} />
    </ActDialog>
  )
}

function Standings({ data: { affiliate, standings, formKey } }: { data: Data }) {
  const page = usePage()
  const { t } = page
  const may = useMay()
  const failed = useFailure()
  return (
    <Card title={t('console.affiliates.standing')}>
      <div className="flex flex-col gap-5">
        {standings.length === 0 ? <p className="text-muted">{t('console.affiliates.nothing')}</p> : null}
        {standings.map(({ currency, balance, held, payable, paid }) => (
          <div key={currency} className="flex flex-col gap-3">
            <DescriptionList
              items={[
                { label: t('console.affiliates.balance'), value: <Money value={balance} /> },
                { label: t('console.affiliates.held'), value: <Money value={held} /> },
                { label: t('console.affiliates.payable'), value: <Money value={payable} /> },
                { label: t('console.affiliates.paid'), value: <Money value={paid} /> },
              ]}
            />
            {may('wallets:money') && payable.minor > 0n ? (
              <div>
                <ActDialog
                  act="pay"
                  id={`pay-${currency}`}
                  trigger={t('console.affiliates.pay', { amount: moneyText(payable, page) })}
                  title={t('console.affiliates.pay.title', { amount: moneyText(payable, page) })}
                  confirm={t('console.affiliates.pay.go')}
                  keep={t('ui.cancel')}
                  fields={{ currency, form_key: formKey }}
                >
                  <p className="text-muted">{t('console.affiliates.pay.lead')}</p>
                  {affiliate.payTo === '' ? null : <p className="break-words">{affiliate.payTo}</p>}
                  <Field label={t('console.affiliates.pay.reference')} error={failed?.errors.reference}>
                    {(tied) => (
                      <Input
                        {...tied}
                        name="reference"
                        required
                        maxLength={200}
                        defaultValue={failed?.values.reference}
                      />
                    )}
                  </Field>
                </ActDialog>
              </div>
            ) : null}
          </div>
        ))}
        <DescriptionList
          items={[
            { label: t('console.affiliates.brought'), value: <Count value={affiliate.brought} /> },
            {
              label: t('console.affiliates.next'),
              value:
                affiliate.nextLookAt === null ? (
                  t('console.affiliates.next.never')
                ) : (
                  <When at={affiliate.nextLookAt} as="exact" />
                ),
            },
          ]}
        />
        <CopyField label={t('console.affiliates.link')} value={affiliate.link} />
      </div>
    </Card>
  )
}

function Settings({ data: { affiliate, resellers } }: { data: Data }) {
  const t = useText()
  const may = useMay()
  const { errors, kept, ticked } = keeping(useFailure())
  if (!may('customers:change')) return null
  const offered = ways.filter((way) => way !== 'credits' || resellers.length > 0)
  return (
    <Card title={t('console.affiliates.payout')}>
      <Form method="post" className="flex flex-col gap-5">
        <FieldGroup legend={t('console.affiliates.way')} error={errors.way}>
          <RadioCards
            name="way"
            defaultValue={kept('way', affiliate.way)}
            options={offered.map((value) => ({
              value,
              label: t(`console.affiliates.way.${value}`),
              hint: t(`console.affiliates.way.${value}.hint`),
            }))}
          />
        </FieldGroup>
        {resellers.length > 0 ? (
          <Field label={t('console.affiliates.reseller')} error={errors.reseller_id} optional>
            {(tied) => (
              <Select
                {...tied}
                name="reseller_id"
                defaultValue={kept('reseller_id', affiliate.resellerId ?? '')}
                options={[{ value: '', label: '–' }, ...resellers.map(({ id, name }) => ({ value: id, label: name }))]}
              />
            )}
          </Field>
        ) : null}
        <Field label={t('console.affiliates.payTo')} error={errors.pay_to} optional>
          {(tied) => <Input {...tied} name="pay_to" maxLength={200} defaultValue={kept('pay_to', affiliate.payTo)} />}
        </Field>
        <Field label={t('console.affiliates.code')} hint={t('console.affiliates.code.hint')} error={errors.code}>
          {(tied) => (
            <Input {...tied} code name="code" required maxLength={20} defaultValue={kept('code', affiliate.code)} />
          )}
        </Field>
        <Switch
          name="active"
          label={t('console.affiliates.active')}
          defaultChecked={ticked('active', affiliate.active)}
        />
        <div className="flex justify-end">
          <Button name="act" value="save">
            {t('console.affiliates.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
