/**
 * What speaks for us when money is taken back, gathered from what is on record: the invoice, what the buyer agreed to, that the login reached
 * him, and that he watched. Nothing is made up: what is not known is left out.
 */
import type { Evidence } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, ProviderError, Refusal } from '#platform/errors.ts'
import { format, money } from '#platform/money.ts'
import { formatMoment } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { readBusiness } from '../../people/business.ts'
import { readCustomer } from '../../people/customers.ts'
import { findGateway, openGateway } from '../gateways.ts'
import { findInvoice, findPayment, type InvoiceItem, invoicesOf, itemsOf, lockPayment } from '../queries.ts'
import { invoiceNumber } from '../rules.ts'
import { applyDispute } from './apply-dispute.ts'
import { findDispute } from './queries.ts'
import { isDecided } from './rules.ts'

/** Sections of facts, and what happened in its order; each instant is told in the business's zone. */
export type EvidenceFile = {
  title: string
  seller: string
  madeAt: string
  brandColor: string
  sections: { title: string; facts: [label: string, value: string][] }[]
  log: [when: string, what: string][]
}

type Happened = { at: Temporal.Instant; what: string }

export async function evidenceOf(tx: Tx, shop: Shop, disputeId: string): Promise<EvidenceFile> {
  const dispute = await findDispute(tx, disputeId)
  if (dispute === null) throw new Refusal('not_found', 'There is no such dispute.')
  const payment = await findPayment(tx, dispute.paymentId)
  assert(payment !== null, 'a dispute has its payment')
  const invoiceIds = invoicesOf(payment)
  const bought: { number: string | null; items: InvoiceItem[] }[] = []
  for (const id of invoiceIds) {
    const { series = null, number = null } = (await findInvoice(tx, id)) ?? {}
    bought.push({ number: invoiceNumber(series, number), items: await itemsOf(tx, id) })
  }
  const [customer, business] = [await readCustomer(tx, payment.customerId), await readBusiness(tx)]
  const when = (at: Temporal.Instant) => formatMoment(at, shop.zone, 'en')
  const number = bought[0]?.number ?? null
  const { method } = payment
  const lines = await linesSold(tx, invoiceIds)
  const log = await happened(tx, invoiceIds, payment.customerId, payment.id)
  return {
    title: `Evidence for the dispute of ${number ?? payment.id}`,
    seller: business.legal.name ?? business.name,
    madeAt: when(shop.now()),
    brandColor: business.brand.color ?? '#0d6a75',
    sections: [
      {
        title: 'The dispute',
        facts: told([
          ['Amount', format(money(dispute.amountMinor, dispute.currency))],
          ['Reason', dispute.reason.replaceAll('_', ' ').toLowerCase()],
          ['Number', dispute.remoteRef],
          ['Opened', when(dispute.openedAt)],
          ['Answer by', dispute.evidenceDueAt === null ? null : when(dispute.evidenceDueAt)],
        ]),
      },
      {
        title: 'The payment',
        facts: told([
          ['Received', format(money(payment.receivedMinor, payment.currency))],
          ['On', payment.succeededAt === null ? null : when(payment.succeededAt)],
          ['With', method === null ? null : [method.brand ?? method.kind, method.last4 ?? ''].join(' ').trim()],
          ['Number', payment.remoteRef],
          ['Our number', payment.id],
          ['Given back', payment.refundedMinor === 0n ? null : format(money(payment.refundedMinor, payment.currency))],
        ]),
      },
      {
        title: 'The customer',
        facts: told([
          ['Name', customer.name],
          ['E-mail', customer.email],
          ['Country', customer.country],
          ['Customer since', when(customer.createdAt)],
        ]),
      },
      {
        title: 'What was bought',
        facts: told(
          bought.flatMap((each) => [
            ['Invoice', each.number] as const,
            ...each.items.map((item) => ['', soldAs(item, payment.currency)] as const),
          ]),
        ),
      },
      ...(payment.mandate === null ? [] : [{ title: 'What was agreed to', facts: told([['', payment.mandate]]) }]),
      ...lines.map((line) => ({
        title: `The line ${line.username}`,
        facts: told([
          ['Set up', line.activatedAt === null ? null : when(line.activatedAt)],
          ['First watched', line.firstSeenAt === null ? null : when(line.firstSeenAt)],
          ['Last watched', line.lastSeenAt === null ? null : when(line.lastSeenAt)],
          ['With', line.agent],
          ['From', line.country],
          ['Days with viewing', line.days === 0 ? null : `${line.days}, ${line.minutes} minutes in all`],
        ]),
      })),
    ].filter(({ facts }) => facts.length > 0),
    log: log.map(({ at, what }): [string, string] => [when(at), what]),
  }
}

const told = (facts: readonly (readonly [string, string | null])[]): [string, string][] =>
  facts.flatMap(([label, value]) => (value ? [[label, value] as [string, string]] : []))

const soldAs = ({ description, totalMinor }: { description: string; totalMinor: bigint }, currency: string): string =>
  `${description}: ${format(money(totalMinor, currency))}`

type LineSold = {
  username: string
  activatedAt: Temporal.Instant | null
  firstSeenAt: Temporal.Instant | null
  lastSeenAt: Temporal.Instant | null
  agent: string | null
  country: string | null
  days: number
  minutes: number
}

const linesSold = (tx: Tx, invoiceIds: readonly string[]): Promise<LineSold[]> =>
  rows(
    tx,
    sql<LineSold>`select l.username, (select min(e.at) from events e where e.business_id = l.business_id and e.subject_id = l.id and e.type = 'line.activated') as "activatedAt",
        u.first_seen_at as "firstSeenAt", u.last_seen_at as "lastSeenAt", u.agent, u.country, coalesce(m.days, 0)::int as days, coalesce(m.minutes, 0)::int as minutes
      from lines l
      left join line_usage u on u.business_id = l.business_id and u.line_id = l.id
      left join lateral (select count(*) filter (where d > 0) as days, sum(d) as minutes from line_usage_months k, unnest(k.minutes) d
        where k.business_id = l.business_id and k.line_id = l.id) m on true
      where l.business_id = current_business() and l.subscription_id in (
        select subscription_id from invoice_items where business_id = current_business() and invoice_id = any(${invoiceIds}::text[])) order by l.username`,
  )

/** Mails that a server took, and what the payment and its subscriptions went through. */
const happened = (tx: Tx, invoiceIds: readonly string[], customerId: string, paymentId: string): Promise<Happened[]> =>
  rows(
    tx,
    sql<Happened>`select * from (
        select m.accepted_at as at, 'Mail “' || replace(m.template, '_', ' ') || '” accepted by the server of ' || split_part(m.to_address, '@', 2) as what from messages m
          where m.business_id = current_business() and m.customer_id = ${customerId} and m.accepted_at is not null
        union all
        select e.at, replace(replace(e.type, '.', ': '), '_', ' ') from events e where e.business_id = current_business()
          and (e.subject_id = ${paymentId} or e.subject_id = any(${invoiceIds}::text[]) or e.type in ('subscription.activated', 'subscription.renewed', 'subscription.suspended', 'subscription.resumed', 'subscription.terminated', 'subscription.restored')
            and e.subject_id in (select subscription_id from invoice_items where business_id = current_business() and invoice_id = any(${invoiceIds}::text[])))) log
      order by at desc limit 200`,
  ).then((found) => found.toReversed())

/** The same as plain words, for gateways that take it. */
export function wordsOf(file: EvidenceFile, customer: { name: string; email: string }): Evidence {
  const section = (title: string) => file.sections.find((each) => each.title === title)
  const text = (facts: [string, string][]) =>
    facts.map(([label, value]) => [label, value].filter(Boolean).join(': ')).join('\n')
  const rest = file.sections.filter(({ title }) => title !== 'What was agreed to')
  return {
    customerName: customer.name || customer.email,
    customerEmail: customer.email,
    product: text(section('What was bought')?.facts ?? []),
    serviceDate: section('The payment')?.facts.find(([label]) => label === 'On')?.[1] ?? null,
    activity: file.log.map(([when, what]) => `${when}  ${what}`).join('\n'),
    consent: text(section('What was agreed to')?.facts ?? []),
    summary: rest.map(({ title, facts }) => `${title}\n${text(facts)}`).join('\n\n'),
  }
}

/** Whether its gateway takes evidence from us, and still waits for it. */
export async function maySend(tx: Tx, shop: Shop, disputeId: string): Promise<boolean> {
  const dispute = await findDispute(tx, disputeId)
  if (dispute === null || dispute.remoteRef === null || dispute.evidenceSentAt !== null || isDecided(dispute.status))
    return false
  const account = await findGateway(tx, dispute.gatewayAccountId)
  return account !== null && openGateway(shop, account).gateway.submitEvidence !== undefined
}

/** Hands it in, once and for good. Throws `conflict` where it cannot be, `gateway_failed` where the gateway refuses. */
export async function sendEvidence(shop: Shop, disputeId: string): Promise<void> {
  const askedAt = shop.now()
  const ready = await transaction(shop, 'read-evidence', async (tx) => {
    const dispute = await findDispute(tx, disputeId)
    if (dispute === null) throw new Refusal('not_found', 'There is no such dispute.')
    if (!(await maySend(tx, shop, disputeId)))
      throw new Refusal('conflict', 'Evidence for this dispute cannot be sent from here, or was sent.')
    const account = await findGateway(tx, dispute.gatewayAccountId)
    const customer = await readCustomer(tx, dispute.customerId)
    return { dispute, account, evidence: wordsOf(await evidenceOf(tx, shop, disputeId), customer) }
  })
  const { dispute, account, evidence } = ready
  assert(account !== null && dispute.remoteRef !== null, 'what may be sent has a gateway')
  const { gateway } = openGateway(shop, account)
  try {
    crashPoint('gateway-submitEvidence:before')
    const snapshot = await gateway.submitEvidence?.({ disputeRef: dispute.remoteRef, evidence })
    crashPoint('gateway-submitEvidence:after')
    assert(snapshot !== undefined, 'it takes evidence')
    await transaction(shop, 'evidence-sent', async (tx) => {
      const now = shop.now()
      const payment = await lockPayment(tx, dispute.paymentId)
      await run(
        tx,
        sql`update disputes set evidence_sent_at = ${now}, evidence_sent_by = ${shop.actor} where business_id = current_business() and id = ${disputeId} and evidence_sent_at is null`,
      )
      await applyDispute(tx, shop, payment, snapshot, { askedAt }, now)
      await record(tx, shop, now, {
        type: 'dispute.evidence_sent',
        subjectType: 'dispute',
        subjectId: disputeId,
        customerId: dispute.customerId,
      })
    })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    throw new Refusal(error.kind === 'ambiguous' ? 'outcome_unknown' : 'gateway_failed', error.message)
  }
}
