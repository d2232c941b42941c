import '../i18n/areas/bank.ts'
import '../i18n/areas/comparison.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import {
  bookDifference,
  putDifferenceAside,
  takeDifferenceBack,
} from '#modules/billing/comparison/decide-difference.ts'
import { findMoneyDifference } from '#modules/billing/comparison/differences.ts'
import { findGateway } from '#modules/billing/gateways.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/money-difference.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { choiceNamed, guessesFor } from './choice.server.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readHistory } from './history.server.ts'
import { History } from './history.tsx'
import { MoneyChoice } from './money-choice.tsx'

const list = '/admin/books/differences'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return transaction(shop, 'read-money-difference', async (tx) => {
    const found = await findMoneyDifference(tx, params.id)
    if (found === null) throw new Refusal('not_found', 'There is no such difference.')
    const bookable = found.kind === 'unknown' && found.state !== 'closed'
    const entry = { iban: null, currency: found.currency, amountMinor: found.theirsMinor }
    const account = await findGateway(tx, found.gatewayAccountId)
    return {
      difference: {
        id: found.id,
        kind: found.kind,
        state: found.state,
        reason: found.reason,
        paymentId: found.paymentId,
        there: found.remoteRef ?? (found.kind === 'unknown' ? found.fact : null),
        ourRef: found.ourRef,
        ours: money(found.oursMinor, found.currency),
        theirs: money(found.theirsMinor, found.currency),
        at: found.moneyAt.toString(),
      },
      gateway: { id: found.gatewayAccountId, name: account?.name ?? '' },
      bookable,
      guesses: bookable ? await guessesFor(tx, entry, []) : [],
      history: await readHistory(tx, { subjectId: found.id }),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const read = formReader(form)
  const { id } = params
  switch (read.raw('act')) {
    case 'book': {
      const invoiceId = read.raw('invoice_id')
      if ((await transaction(shop, 'read-invoice', (tx) => findInvoice(tx, invoiceId))) === null)
        throw new Refusal('invalid_input', 'There is no such invoice.')
      await bookDifference(shop, id, { invoiceId })
      return redirectWith(`${list}/${id}`, 'console.bank.booked')
    }
    case 'book_other': {
      const wanted = read.text('to', { most: 254 })
      if (read.failed) return failure(read.errors, form)
      const choice = await transaction(shop, 'read-choice', (tx) => choiceNamed(tx, wanted))
      if (choice === null)
        return failure({ to: 'There is no invoice of this number, and no customer of this address.' }, form)
      await bookDifference(shop, id, choice)
      return redirectWith(`${list}/${id}`, 'console.bank.booked')
    }
    case 'put_aside': {
      const reason = read.text('reason', { most: 500 })
      if (read.failed) return failure(read.errors, form)
      await putDifferenceAside(shop, id, reason)
      return redirectWith(list, 'console.moneyCompare.putAside.done')
    }
    case 'take_back':
      await takeDifferenceBack(shop, id)
      return redirectWith(`${list}/${id}`, 'console.moneyCompare.takeBack.done')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

type Data = Route.ComponentProps['loaderData']

/** One place where our books and a gateway's differ: both sides, and what is done about it. */
export default function MoneyDifferencePage({ loaderData }: Route.ComponentProps) {
  const { difference, gateway, bookable, history } = loaderData
  const t = useText()
  const failed = useFailure()
  const change = useMay()('payments:money')
  const facts = [
    ['there', difference.there],
    ['says', difference.ourRef],
    ['reason', difference.reason],
  ] as const
  return (
    <>
      <PageHeader
        title={t(`console.moneyCompare.kind.${difference.kind}`)}
        badge={<StateBadge of="moneyDifference" state={difference.state} />}
        back={{ to: list, label: t('console.books.compared') }}
        actions={change ? <Aside state={difference.state} /> : null}
      />
      <div className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        {bookable && change ? <MoneyChoice guesses={loaderData.guesses} /> : null}
        <Card title={t('console.moneyCompare.facts')}>
          {difference.state === 'closed' ? null : (
            <p className="mb-4 text-muted">{t(`console.moneyCompare.kind.${difference.kind}.lead`)}</p>
          )}
          <DescriptionList
            items={[
              { label: t('console.moneyCompare.ours'), value: <Money value={difference.ours} /> },
              { label: t('console.moneyCompare.theirs'), value: <Money value={difference.theirs} /> },
              { label: t('console.moneyCompare.when'), value: <When at={difference.at} /> },
              {
                label: t('console.payments.gateway'),
                value: (
                  <Link to={`/admin/gateways/${gateway.id}`} className="text-brand hover:underline">
                    <bdi>{gateway.name}</bdi>
                  </Link>
                ),
              },
              ...facts.flatMap(([name, value]) =>
                value
                  ? [{ label: t(`console.moneyCompare.${name}`), value: <bdi className="break-words">{value}</bdi> }]
                  : [],
              ),
            ]}
          />
          {difference.paymentId ? (
            <p className="mt-5">
              <LinkButton look="primary" to={`/admin/payments/${difference.paymentId}`}>
                {t('console.bank.payment.open')}
              </LinkButton>
            </p>
          ) : null}
        </Card>
        <Card title={t('console.invoice.history')}>
          <History {...history} here={difference.id} />
        </Card>
      </div>
    </>
  )
}

function Aside({ state }: Pick<Data['difference'], 'state'>) {
  const t = useText()
  const failed = useFailure()
  if (state === 'closed') return null
  if (state === 'aside') return <ActButton act="take_back">{t('console.bank.takeBack')}</ActButton>
  return (
    <ActDialog
      act="put_aside"
      trigger={t('console.bank.putAside')}
      title={t('console.moneyCompare.putAside.title')}
      confirm={t('console.bank.putAside')}
      keep={t('ui.cancel')}
    >
      <p className="text-muted">{t('console.moneyCompare.putAside.lead')}</p>
      <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
    </ActDialog>
  )
}
