import '../i18n/areas/bank.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { bookEntry, putAside, takeBack } from '#modules/billing/bank/book-entry.ts'
import { findEntry } from '#modules/billing/bank/entries.ts'
import { referencesOf } from '#modules/billing/bank/match-entries.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/bank-entry.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { choiceNamed, guessesFor } from './choice.server.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readHistory } from './history.server.ts'
import { History } from './history.tsx'
import { MoneyChoice } from './money-choice.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return transaction(shop, 'read-bank-entry', async (tx) => {
    const entry = await findEntry(tx, params.id)
    if (entry === null) throw new Refusal('not_found', 'There is no such entry.')
    const bookable = entry.status === 'waiting' && entry.direction === 'credit'
    return {
      entry: {
        ...entry,
        amountMinor: undefined,
        amount: money(entry.direction === 'debit' ? -entry.amountMinor : entry.amountMinor, entry.currency),
        decidedAt: undefined,
        createdAt: undefined,
      },
      bookable,
      guesses: bookable ? await guessesFor(tx, entry, referencesOf(entry)) : [],
      history: await readHistory(tx, { subjectId: entry.id }),
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
      await bookEntry(shop, id, { invoiceId })
      return redirectWith(`/admin/bank/${id}`, 'console.bank.booked')
    }
    case 'book_other': {
      const wanted = read.text('to', { most: 254 })
      if (read.failed) return failure(read.errors, form)
      const choice = await transaction(shop, 'read-choice', (tx) => choiceNamed(tx, wanted))
      if (choice === null)
        return failure({ to: 'There is no invoice of this number, and no customer of this address.' }, form)
      await bookEntry(shop, id, choice)
      return redirectWith(`/admin/bank/${id}`, 'console.bank.booked')
    }
    case 'put_aside': {
      const reason = read.text('reason', { most: 500 })
      if (read.failed) return failure(read.errors, form)
      await putAside(shop, id, reason)
      return redirectWith('/admin/bank', 'console.bank.putAside.done')
    }
    case 'take_back':
      await takeBack(shop, id)
      return redirectWith(`/admin/bank/${id}`, 'console.bank.takeBack.done')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

/** One entry of a statement: what the bank says, whose money it may be, and what is done with it. */
export default function BankEntryPage({ loaderData }: Route.ComponentProps) {
  const { entry, bookable, guesses, history } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('payments:money')
  const facts = [
    ['name', entry.name],
    ['iban', entry.iban],
    ['reference', entry.reference],
    ['text', entry.remittance],
    ['endToEnd', entry.endToEndId],
    ['bankRef', entry.bankRef],
    ['reason', entry.reason],
  ] as const
  return (
    <>
      <PageHeader
        title={entry.name ?? t('console.bank.nameless')}
        badge={
          <StateBadge
            of="bankEntry"
            state={entry.status}
            reason={entry.why ? t(`console.bank.why.${entry.why}`) : undefined}
          />
        }
        back={{ to: '/admin/bank', label: t('console.nav.bank') }}
        actions={
          change && entry.status === 'waiting' ? (
            <ActDialog
              act="put_aside"
              trigger={t('console.bank.putAside')}
              title={t('console.bank.putAside.title')}
              confirm={t('console.bank.putAside')}
              keep={t('ui.cancel')}
            >
              <p className="text-muted">{t('console.bank.putAside.lead')}</p>
              <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
            </ActDialog>
          ) : change && entry.status === 'aside' ? (
            <ActButton act="take_back">{t('console.bank.takeBack')}</ActButton>
          ) : null
        }
      />
      <div className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        {bookable && change ? (
          <MoneyChoice guesses={guesses}>{entry.why ? <p>{t(`console.bank.why.${entry.why}`)}.</p> : null}</MoneyChoice>
        ) : null}
        <Card title={t('console.bank.facts')}>
          <DescriptionList
            items={[
              { label: t('console.order.amount'), value: <Money value={entry.amount} /> },
              {
                label: t('console.bank.fact.day'),
                value: <When at={`${entry.bookedOn}T12:00:00Z`} as="date" />,
              },
              ...facts.flatMap(([name, value]) =>
                value
                  ? [{ label: t(`console.bank.fact.${name}`), value: <bdi className="break-words">{value}</bdi> }]
                  : [],
              ),
              ...(entry.paymentId
                ? [
                    {
                      label: t('console.bank.payment'),
                      value: (
                        <Link to={`/admin/payments/${entry.paymentId}`} className="text-brand hover:underline">
                          {t('console.bank.payment.open')}
                        </Link>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        </Card>
        <Card title={t('console.invoice.history')}>
          <History {...history} here={entry.id} />
        </Card>
      </div>
    </>
  )
}
