/**
 * Money has arrived, and is on record whatever happens next: payment, fact, ledger and invoice move in one transaction, and what the
 * invoice sold is given in it too, or left as due when that fails. Gateways repeat themselves, so a second call for the same payment
 * changes nothing.
 */
import type { Shop } from '#app.ts'
import { type Batch, inSavepoint, isDuplicate, run, sql, type Tx, table, together, written } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { format, type Money } from '#platform/money.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { post, type Transfer } from '../ledger/post.ts'
import { clearing, customerBalance, deferred, exchange, shortfall, taxPayable } from '../ledger/rules.ts'
import { queueLate } from '../messages/queue-message.ts'
import { raise, settle as settleAttention } from '../people/attention.ts'
import type { Customer } from '../people/customers.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { fulfil } from './fulfil-invoice.ts'
import { issueWithCommit } from './invoices.ts'
import { fulfilInvoiceJob, spendBalanceSoon } from './jobs.ts'
import { giveBack, isTakenBack, type Late, late } from './late-money.ts'
import { toleranceOf } from './odd-money.ts'
import { type Invoice, type InvoiceItem, invoicesOf, lockInvoice, type Payment } from './queries.ts'
import { forgiven } from './rules/tolerance.ts'
import { settle, settleInOrder } from './rules.ts'

export type Received = {
  /** What is new: of a payment that had brought money before, only what came since. */
  amount: Money
  /** The gateway's id of the money: one effect per id, forever. */
  factId: string
  /** `exchanged`: money in another currency that came before is counted for it, through the exchange account. */
  kind: 'capture' | 'received_by_hand' | 'exchanged'
  method?: { kind: string; brand: string | null; last4: string | null } | null
  reference?: string
}

/** What the caller's transaction has locked and read already: a round trip less. */
export type Locked = {
  invoice: Invoice
  items: readonly InvoiceItem[]
  subscriptions: readonly Subscription[]
  customer: Customer
}

/**
 * Books the money of a payment that the caller's transaction has locked, whatever path reported it. The database refuses (`isMoneyKnown`)
 * when the gateway's id of it is on record under another payment: one effect per id, whatever happens (M3).
 */
export async function confirm(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  received: Received,
  now: Temporal.Instant,
  locked?: Locked,
): Promise<void> {
  const paymentId = payment.id
  if (payment.status === 'succeeded' && received.kind === 'received_by_hand') return
  if (payment.also.length > 0) return confirmSeveral(tx, shop, payment, received, now)
  const asked = locked?.invoice ?? (await lockInvoice(tx, payment.invoiceId))
  const tooLate = isTakenBack(asked) ? await late(tx, shop, payment, [asked], received.amount, now) : null
  const invoice = tooLate?.invoice ?? asked
  const open = invoice.status === 'draft' || invoice.status === 'open'
  const nothing = { applied: 0n, surplus: received.amount.minor, paidInFull: false }
  const { applied, surplus, paidInFull } = open ? settle(invoice, received.amount.minor) : nothing
  const forgiving = open && applied > 0n && !paidInFull ? await forgivenOf(tx, shop, invoice, applied) : 0n
  const settled = paidInFull || forgiving > 0n
  const receipt = receiptFor(payment, received)
  written(tx, booked, { payment, received, now })
  const beside = together([
    recordSucceeded(tx, shop, payment, received, now),
    applied > 0n
      ? payInvoice(
          tx,
          shop,
          invoice,
          { paymentId, applied, paidInFull, forgiving, before: [receipt] },
          now,
          locked?.customer,
        )
      : post(tx, shop, [receipt], { id: paymentId, at: now }),
    open && !settled ? tellShort(tx, shop, invoice, applied, now) : undefined,
    settled && invoice.paidMinor > 0n ? settleAttention(tx, 'short_payment', invoice.id, 'system', now) : undefined,
  ])
  // What was given up has let go of all that was read before.
  if (settled) await giveWhatWasSold(tx, shop, invoice, now, beside, invoice === asked ? locked : undefined)
  else await beside
  if (surplus > 0n) await keepOrReturn(tx, shop, payment, { minor: surplus, currency: payment.currency }, tooLate, now)
}

/**
 * As `confirm`, of one that pays several invoices: they are locked in one go, then paid in their order. Each is read again when its turn
 * comes: what the one before sold may have withdrawn it, as a renewal does that asked for days without service.
 */
async function confirmSeveral(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  received: Received,
  now: Temporal.Instant,
): Promise<void> {
  const ids = invoicesOf(payment)
  const all = await together(ids.map((id) => lockInvoice(tx, id)))
  const tooLate = await late(tx, shop, payment, all, received.amount, now)
  written(tx, booked, { payment, received, now })
  await together([
    recordSucceeded(tx, shop, payment, received, now),
    post(tx, shop, [receiptFor(payment, received)], { id: payment.id, at: now }),
  ])
  let rest = received.amount.minor
  for (const id of ids) {
    const { parts, surplus } = settleInOrder([await lockInvoice(tx, id)], rest)
    rest = surplus
    for (const part of parts) await payPart(tx, shop, payment, part, now)
  }
  if (rest > 0n) await keepOrReturn(tx, shop, payment, { minor: rest, currency: payment.currency }, tooLate, now)
}

async function payPart(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  { invoice, applied, paidInFull }: { invoice: Invoice; applied: bigint; paidInFull: boolean },
  now: Temporal.Instant,
): Promise<void> {
  const forgiving = paidInFull ? 0n : await forgivenOf(tx, shop, invoice, applied)
  const settled = paidInFull || forgiving > 0n
  const beside = together([
    payInvoice(tx, shop, invoice, { paymentId: payment.id, applied, paidInFull, forgiving }, now),
    settled ? undefined : tellShort(tx, shop, invoice, applied, now),
    settled && invoice.paidMinor > 0n ? settleAttention(tx, 'short_payment', invoice.id, 'system', now) : undefined,
  ])
  if (settled) await giveWhatWasSold(tx, shop, invoice, now, beside)
  else await beside
}

const receiptFor = (payment: Payment, received: Received): Transfer => ({
  debit:
    received.kind === 'exchanged' ? exchange(payment.currency) : clearing(payment.currency, payment.gatewayAccountId),
  credit: customerBalance(payment.currency, payment.customerId),
  amount: received.amount.minor,
  // Cause and purpose make an effect unique: what came later is another one.
  purpose: payment.status === 'succeeded' ? `receipt/${received.factId}` : 'receipt',
  causeId: payment.id,
})

const recordSucceeded = (tx: Tx, shop: Shop, payment: Payment, { amount }: Received, now: Temporal.Instant) =>
  record(tx, shop, now, {
    type: 'payment.succeeded',
    subjectType: 'payment',
    subjectId: payment.id,
    customerId: payment.customerId,
    data: {
      invoice: payment.invoiceId,
      ...(payment.also.length === 0 ? {} : { also: payment.also }),
      amount: amount.minor.toString(),
      currency: amount.currency,
    },
  })

type Booking = { payment: Payment; received: Received; now: Temporal.Instant }

/** Fact and payment in one statement. The fact's key is the guard: the same money, reported under whatever event, counts once. */
const booked: Batch<Booking> = {
  keyOf: ({ payment }) => payment.id,
  many: (bookings) => sql`with booked as (select * from ${table('b', bookings, [
    ['payment_id', 'text', ({ payment }) => payment.id],
    ['gateway', 'text', ({ payment }) => payment.gatewayAccountId],
    ['kind', 'text', ({ received }) => received.kind],
    ['fact_id', 'text', ({ received }) => received.factId],
    ['amount', 'bigint', ({ received }) => received.amount.minor],
    ['method', 'jsonb', ({ received }) => received.method ?? null],
    ['reference', 'text', ({ received }) => received.reference ?? null],
    ['at', 'timestamptz', ({ now }) => now],
  ])}),
    facts as (
      insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at)
      select current_business(), gateway, kind, fact_id, payment_id, amount, at from booked)
    update payments p set status = 'succeeded', succeeded_at = coalesce(p.succeeded_at, b.at), received_minor = p.received_minor + b.amount, next_check_at = null, fetched_at = b.at,
      failure = null, method = coalesce(b.method, p.method), received_reference = coalesce(b.reference, p.received_reference), version = p.version + 1
    from booked b where p.business_id = current_business() and p.id = b.payment_id`,
}

/** Whether a transaction failed because its money is on record under another payment: then nothing of it may happen. */
export const isMoneyKnown = (error: unknown): boolean => isDuplicate(error, 'money_facts_pkey')

/** So little is missing that it is not asked for. */
const forgivenOf = async (tx: Tx, shop: Shop, invoice: Invoice, applied: bigint): Promise<bigint> =>
  forgiven(await toleranceOf(tx, shop), invoice, invoice.totalMinor - invoice.paidMinor - applied)

type Paying = {
  paymentId: string | null
  applied: bigint
  paidInFull: boolean
  /** What is missing and counts as paid all the same: the invoice is paid in full with it. */
  forgiving?: bigint
  before?: readonly Transfer[]
}

/** Allocates from the customer's balance, where the receipt just went, and recognises the sale as deferred. */
export async function payInvoice(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  pay: Paying,
  now: Temporal.Instant,
  customer?: Customer,
): Promise<void> {
  const { forgiving = 0n } = pay
  const inFull = pay.paidInFull || forgiving > 0n
  const received = pay.applied > 0n ? allocate(tx, shop, invoice, pay, now) : undefined
  const allocated = forgiving > 0n ? forgive(tx, shop, invoice, { ...pay, forgiving }, received, now) : received
  written(tx, paid, { id: invoice.id, applied: pay.applied, forgiving, inFull, at: now })
  if (!inFull) return allocated
  await together([
    allocated,
    record(tx, shop, now, {
      type: 'invoice.paid',
      subjectType: 'invoice',
      subjectId: invoice.id,
      customerId: invoice.customerId,
    }),
    // The login is what the customer waits for; on a busy night receipts go after it.
    queueLate(tx, shop, { ...receiptOf(invoice), notBefore: plusSeconds(now, 60) }, now),
    // The number travels with the commit: its counter is a lock for all.
    issueWithCommit(tx, shop, invoice, now, customer),
  ])
}

const paid: Batch<{ id: string; applied: bigint; forgiving: bigint; inFull: boolean; at: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (
    invoices,
  ) => sql`update invoices v set paid_minor = v.paid_minor + p.applied + p.forgiving, forgiven_minor = v.forgiven_minor + p.forgiving, status = case when p.in_full then 'paid' else v.status end,
      paid_at = case when p.in_full then p.at end, version = v.version + 1
    from ${table('p', invoices, [
      ['id', 'text', ({ id }) => id],
      ['applied', 'bigint', ({ applied }) => applied],
      ['forgiving', 'bigint', ({ forgiving }) => forgiving],
      ['in_full', 'boolean', ({ inFull }) => inFull],
      ['at', 'timestamptz', ({ at }) => at],
    ])} where v.business_id = current_business() and v.id = p.id`,
}

/** An invoice over nothing settles itself, and gives what it sold as a paid one does (F67). */
export async function settleForNothing(tx: Tx, shop: Shop, invoiceId: string, now: Temporal.Instant): Promise<void> {
  const invoice = await lockInvoice(tx, invoiceId)
  const settled = payInvoice(tx, shop, invoice, { paymentId: null, applied: 0n, paidInFull: true }, now)
  await giveWhatWasSold(tx, shop, invoice, now, settled)
}

/**
 * Pays a locked invoice from its customer's balance, in part or whole; the database refuses what is not there. `before` brings it there in
 * the same posting, such as a voucher.
 */
export async function payWithBalance(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  applied: bigint,
  now: Temporal.Instant,
  before: readonly Transfer[] = [],
): Promise<void> {
  const { paidInFull } = settle(invoice, applied)
  const settled = payInvoice(tx, shop, invoice, { paymentId: null, applied, paidInFull, before }, now)
  if (paidInFull) await giveWhatWasSold(tx, shop, invoice, now, settled)
  else await settled
}

/** All of an invoice that was just drafted, out of what `before` brings. */
export async function settleFromBalance(
  tx: Tx,
  shop: Shop,
  invoiceId: string,
  before: readonly Transfer[],
  now: Temporal.Instant,
): Promise<void> {
  const invoice = await lockInvoice(tx, invoiceId)
  await payWithBalance(tx, shop, invoice, invoice.totalMinor - invoice.paidMinor, now, before)
}

const receiptOf = (invoice: Invoice) => ({
  template: 'receipt',
  claim: `receipt/${invoice.id}`,
  customerId: invoice.customerId,
  about: { invoice_id: invoice.id },
})

async function allocate(tx: Tx, shop: Shop, invoice: Invoice, pay: Paying, now: Temporal.Instant): Promise<void> {
  // Tax is owed when the invoice is paid in full; parts before that are carried as deferred.
  const tax = pay.paidInFull ? invoice.taxMinor : 0n
  const taxNow = tax < pay.applied ? tax : pay.applied
  const balance = customerBalance(invoice.currency, invoice.customerId)
  const id = newId('all', shop.app.clock)
  written(tx, allocations, { id, invoiceId: invoice.id, paymentId: pay.paymentId, amount: pay.applied, at: now })
  await post(
    tx,
    shop,
    [
      ...(pay.before ?? []),
      { debit: balance, credit: deferred(invoice.currency), amount: pay.applied - taxNow, purpose: 'sale' },
      { debit: balance, credit: taxPayable(invoice.currency), amount: taxNow, purpose: 'tax' },
      // The last part can be smaller than the tax: the rest of it lies among what came before.
      {
        debit: deferred(invoice.currency),
        credit: taxPayable(invoice.currency),
        amount: tax - taxNow,
        purpose: 'tax_rest',
      },
    ],
    { id, at: now },
  )
}

/**
 * What is missing is brought by an account of its own, and is no money of the payment: it can never be given back. The tax of the whole invoice
 * stays owed.
 */
async function forgive(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  { forgiving, paymentId }: { forgiving: bigint; paymentId: string | null },
  received: Promise<void> | undefined,
  now: Temporal.Instant,
): Promise<void> {
  await received
  const { id, currency, customerId } = invoice
  const brought: Transfer = {
    debit: shortfall(currency),
    credit: customerBalance(currency, customerId),
    amount: forgiving,
    purpose: 'tolerance',
  }
  await allocate(tx, shop, invoice, { paymentId: null, applied: forgiving, paidInFull: true, before: [brought] }, now)
  await run(
    tx,
    sql`update payments set forgiven_minor = forgiven_minor + ${forgiving} where business_id = current_business() and id = ${paymentId}`,
  )
  await record(tx, shop, now, {
    type: 'invoice.shortfall_forgiven',
    subjectType: 'invoice',
    subjectId: id,
    customerId,
    data: { amount: forgiving.toString(), currency, payment: paymentId },
  })
}

type Allocation = { id: string; invoiceId: string; paymentId: string | null; amount: bigint; at: Temporal.Instant }

const allocations: Batch<Allocation> = {
  keyOf: ({ id }) => id,
  many: (rows) => sql`insert into allocations (business_id, id, invoice_id, payment_id, amount_minor, at)
    select current_business(), a.* from ${table('a', rows, [
      ['id', 'text', ({ id }) => id],
      ['invoice_id', 'text', ({ invoiceId }) => invoiceId],
      ['payment_id', 'text', ({ paymentId }) => paymentId],
      ['amount', 'bigint', ({ amount }) => amount],
      ['at', 'timestamptz', ({ at }) => at],
    ])}`,
}

/**
 * Gives what a paid invoice sold, in the commit of its payment: a step less for a buyer who waits. Should giving fail, the money stays
 * on record and the invoice stays due for the sweep (F22).
 */
async function giveWhatWasSold(
  tx: Tx,
  shop: Shop,
  invoice: Pick<Invoice, 'id'>,
  now: Temporal.Instant,
  beside: Promise<unknown>,
  locked?: Locked,
): Promise<void> {
  const given = await inSavepoint(
    tx,
    beside,
    () => fulfil(tx, shop, invoice.id, now, { paidAt: now, ...locked }),
    (error) => shop.app.log.error('fulfilment failed; it is tried again', { invoice: invoice.id, error }),
  )
  if (!given) await enqueue(tx, fulfilInvoiceJob, { businessId: shop.businessId, invoiceId: invoice.id })
}

/** Less than was owed: it pays a part, the invoice asks for the rest, and a person is told. */
export const tellShort = (
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  applied: bigint,
  now: Temporal.Instant,
): Promise<boolean> => {
  const missing = { minor: invoice.totalMinor - invoice.paidMinor - applied, currency: invoice.currency }
  return raise(
    tx,
    shop,
    {
      kind: 'short_payment',
      subjectType: 'invoice',
      subjectId: invoice.id,
      title: `${format(missing)} less than was owed`,
      detail: 'It is booked, and the invoice asks for the rest. Ask the customer to pay it, or give the money back.',
      severity: 'warn',
    },
    now,
  )
}

/** What pays nothing goes back where the business wants that of money that came too late, and it can; else it is kept. */
async function keepOrReturn(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  surplus: Money,
  tooLate: Late | null,
  now: Temporal.Instant,
): Promise<void> {
  const isBack = tooLate !== null && tooLate.invoice === null && tooLate.refund
  const why = isBack ? await giveBack(tx, shop, payment, surplus, now) : tooLate?.invoice === null ? tooLate.why : ''
  if (why !== null) await keepSurplus(tx, shop, payment, surplus, why, now)
}

/** More than was asked, or for an invoice that is settled: it stays the customer's, and a person is told (M3, F24). */
async function keepSurplus(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  surplus: Money,
  why: string,
  now: Temporal.Instant,
): Promise<void> {
  await raise(
    tx,
    shop,
    {
      kind: 'surplus_money',
      subjectType: 'payment',
      subjectId: payment.id,
      title: `${format(surplus)} more than was owed`,
      detail: `${why === '' ? '' : `${why} `}It is kept as the customer’s balance, which pays the next invoice that it covers. Or refund it.`,
      severity: 'warn',
    },
    now,
  )
  await spendBalanceSoon(tx, shop, payment.customerId)
  await record(tx, shop, now, {
    type: 'balance.credited',
    subjectType: 'customer',
    subjectId: payment.customerId,
    customerId: payment.customerId,
    data: { amount: surplus.minor.toString(), currency: surplus.currency },
  })
}
