import '../i18n/areas/payouts.ts'
import { Link } from 'react-router'
import { matchByHand, settlePayout, unmatchByHand } from '#modules/billing/payouts/match-payouts.ts'
import { undoPayout } from '#modules/billing/payouts/record-payout.ts'
import { Refusal } from '#platform/errors.ts'
import { isZero } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/payout.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readPayoutRecord } from './payout.server.ts'

const list = '/admin/books/payouts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return readPayoutRecord(shop, params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const read = formReader(form)
  const { id } = params
  switch (read.raw('act')) {
    case 'match':
      await matchByHand(shop, id, read.raw('entry'))
      return redirectWith(`${list}/${id}`, 'console.payouts.matched')
    case 'unmatch':
      await unmatchByHand(shop, id)
      return redirectWith(`${list}/${id}`, 'console.payouts.unmatched')
    case 'settle': {
      const reason = read.text('reason', { most: 500 })
      if (read.failed) return failure(read.errors, form)
      await settlePayout(shop, id, reason)
      return redirectWith(`${list}/${id}`, 'console.payouts.settled.done')
    }
    case 'undo':
      await undoPayout(shop, id)
      return redirectWith(list, 'console.payouts.undone')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

type Data = Route.ComponentProps['loaderData']

/** One payout: what it is made of, where the bank has it, and what does not agree. */
export default function PayoutPage({ loaderData }: Route.ComponentProps) {
  const { payout, gateway, differences, history } = loaderData
  const t = useText()
  const may = useMay()('payments:money')
  return (
    <>
      <PageHeader
        title={gateway}
        badge={<StateBadge of="payout" state={payout.state} />}
        back={{ to: list, label: t('console.books.payouts') }}
        actions={
          may && payout.stands ? (
            <ActDialog
              act="undo"
              trigger={t('console.books.undo')}
              title={t('console.payouts.undo.title')}
              confirm={t('console.books.undo')}
              keep={t('ui.cancel')}
              danger
            >
              <p>{t('console.payouts.undo.lead')}</p>
            </ActDialog>
          ) : null
        }
      />
      <div className="flex flex-col gap-6">
        <FormErrors failure={useFailure()} />
        {differences.length > 0 ? <Differences differences={differences} may={may} /> : null}
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
          <Card title={t('console.payouts.parts')}>
            <Parts {...loaderData} />
          </Card>
          <Card title={t('console.payouts.bank')}>
            <AtBank {...loaderData} may={may} />
          </Card>
        </div>
        <Card title={t('console.invoice.history')}>
          <History {...history} here={payout.id} />
        </Card>
      </div>
    </>
  )
}

function Differences({ differences, may }: Pick<Data, 'differences'> & { may: boolean }) {
  const t = useText()
  return (
    <Card title={t('console.payouts.differs')}>
      <DescriptionList
        items={differences.map(({ kind, amount }) => ({
          label: t(`console.payouts.differs.${kind}`),
          value: <Money value={amount} />,
        }))}
      />
      {may ? (
        <div className="mt-5">
          <ActDialog
            act="settle"
            trigger={t('console.payouts.settle')}
            title={t('console.payouts.settle.title')}
            confirm={t('console.payouts.settle')}
            keep={t('ui.cancel')}
          >
            <p>{t('console.payouts.settle.lead')}</p>
            <ReasonField />
          </ActDialog>
        </div>
      ) : null}
    </Card>
  )
}

function Parts({ payout, parts }: Data) {
  const t = useText()
  const shown = ['payments', 'refunds', 'disputes', 'other'] as const
  return (
    <>
      <DescriptionList
        items={[
          ...(parts === null
            ? []
            : [
                ...shown.flatMap((each) =>
                  isZero(parts[each])
                    ? []
                    : [{ label: t(`console.payouts.parts.${each}`), value: <Money value={parts[each]} /> }],
                ),
                { label: t('console.books.fees'), value: <Money value={parts.fees} /> },
                { label: t('console.payouts.parts.net'), value: <Money value={parts.net} /> },
              ]),
          { label: t('console.payouts.sent'), value: <Money value={payout.amount} /> },
          { label: t('console.payouts.fee'), value: isZero(payout.fee) ? null : <Money value={payout.fee} /> },
          { label: t('console.order.reference'), value: payout.reference, code: true },
        ]}
      />
      {parts === null && payout.told ? <p className="mt-4 text-muted">{t('console.payouts.parts.none')}</p> : null}
      {payout.settled ? <p className="mt-4">{t('console.payouts.settled', { reason: payout.settled })}</p> : null}
    </>
  )
}

function AtBank({ payout, entry, choices, may }: Data & { may: boolean }) {
  const t = useText()
  return (
    <>
      <DescriptionList
        items={[
          { label: t('console.payouts.arrived'), value: <When at={`${payout.arrivedOn}T12:00:00Z`} as="date" /> },
          ...(entry === null
            ? []
            : [
                { label: t('console.order.amount'), value: <Money value={entry.amount} /> },
                {
                  label: t('console.payouts.bank.entry'),
                  value: (
                    <Link to={`/admin/bank/${entry.id}`} className="break-words text-brand hover:underline">
                      <bdi>{entry.text || entry.id}</bdi>
                    </Link>
                  ),
                },
              ]),
        ]}
      />
      {entry === null ? <p className="mt-4 text-muted">{t('console.payouts.bank.none')}</p> : null}
      {entry !== null && may ? (
        <div className="mt-5">
          <ActButton act="unmatch">{t('console.payouts.bank.unmatch')}</ActButton>
        </div>
      ) : null}
      {choices.length > 0 ? (
        <div className="mt-5">
          <h3 className="font-medium">{t('console.payouts.bank.choose')}</h3>
          <ul>
            {choices.map((each) => (
              <li
                key={each.id}
                className="flex flex-wrap items-center justify-between gap-3 border-b border-line py-3 last:border-b-0"
              >
                <span className="min-w-0">
                  <bdi className="block break-words">{each.text}</bdi>
                  <span className="text-muted">
                    <When at={`${each.day}T12:00:00Z`} as="date" /> · <Money value={each.amount} />
                  </span>
                </span>
                {may ? (
                  <ActButton act="match" dense fields={{ entry: each.id }}>
                    {t('console.payouts.bank.match')}
                  </ActButton>
                ) : null}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </>
  )
}
