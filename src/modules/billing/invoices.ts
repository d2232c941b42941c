/** Invoices: made as drafts (pro-forma), numbered without gaps when issued, frozen from then on. */
import type { Shop } from '#app.ts'
import { type Batch, onceIn, rows, run, sql, type Tx, table, together, written } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Money } from '#platform/money.ts'
import { dateOf, earlierOf, type Term } from '#platform/time.ts'
import { type Converted, convertedInRow } from '../catalog/rules/exchange.ts'
import { record } from '../events/record.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { readBusiness } from '../people/business.ts'
import { type Customer, readCustomer } from '../people/customers.ts'
import { freeCoupon } from '../subscriptions/coupons.ts'
import { endPriceChange } from '../subscriptions/price-changes.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import type { Pieces } from '../subscriptions/rules/add-on.ts'
import type { Taken } from '../subscriptions/rules/discount.ts'
import { isPart } from '../subscriptions/rules/household.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { lateFeeItems } from './late-fees.ts'
import { type Invoice, type InvoiceItem, lockInvoice, renewalInvoiceOf, type Snapshot } from './queries.ts'
import { companionsOf, isHousemate, type Renewal, renewalOf } from './renewals.ts'
import { type Paper, seriesOf } from './rules/series.ts'
import { splitTax, type Taxed } from './rules/tax.ts'
import type { TaxIn } from './rules/tax-currency.ts'
import { soldAs } from './rules.ts'
import { stateTax, type Taxable, wantRatesFor } from './tax/tax-in.ts'
import { type Told, taxOf, taxPoint } from './tax/tax-of.ts'

export type NewItem = {
  kind: InvoiceItem['kind']
  description: string
  /** Of all pieces together. */
  amount: Money
  quantity?: number
  addOnId?: string
  couponUseId?: string
  subscriptionId?: string
  planId?: string
  term?: Term
  /** For a renewal: the start of the period that is asked for. It makes the invoice unique. */
  periodStart?: Temporal.Instant
  /** Not a whole term: where it ends, and the anchor day of what follows. */
  coversUntil?: Temporal.Instant
  anchorDay?: number
  /** The announced change of price that it is sold under. */
  priceChangeId?: string | null
  /** `late_fee`: the invoice that was late, and what was asked for that before. */
  late?: { invoiceId: string; before: bigint }
  /** The price behind it was made by rate: of one piece, for one term. */
  converted?: Converted | null
}

/** Writes a draft with its items, and decides on its tax. Total = sum of items, in the invoice's one currency. */
export async function draftInvoice(
  tx: Tx,
  shop: Shop,
  facts: {
    customerId: string
    currency: string
    purpose: Invoice['purpose']
    items: readonly NewItem[]
    dueAt?: Temporal.Instant
    consolidated?: boolean
    told?: Told
    /** The sums hold the tax, whatever the business says of its prices: a voucher was paid for with them. */
    holdsTax?: boolean
  },
  now: Temporal.Instant,
): Promise<Taxable & Pick<Invoice, 'id' | 'totalMinor'>> {
  const decided = await taxOf(tx, shop, facts.customerId, taxPoint(facts.items, now), facts.told)
  const tax = decided !== null && facts.holdsTax ? { ...decided, prices: 'inclusive' as const } : decided
  const parts = splitTax(
    facts.items.map(({ amount }) => amount.minor),
    tax,
  )
  const sumOf = (name: 'net' | 'tax' | 'total') => parts.reduce((sum, each) => sum + each[name], 0n)
  const id = newId('inv', shop.app.clock)
  written(tx, drafts, { ...facts, id, netMinor: sumOf('net'), taxMinor: sumOf('tax'), tax, zone: shop.zone, now })
  for (const [position, item] of facts.items.entries()) {
    const part = parts[position] ?? { net: item.amount.minor, tax: 0n, total: item.amount.minor }
    const taxRate = tax?.rate ?? '0'
    written(tx, draftItems, { ...item, ...part, taxRate, id: newId('item', shop.app.clock), invoiceId: id, position })
  }
  const { currency } = facts
  await wantRatesFor(tx, shop, { currency, tax }, now)
  return { id, totalMinor: sumOf('total'), currency, tax, netMinor: sumOf('net'), taxMinor: sumOf('tax') }
}

type Draft = Pick<Invoice, 'id' | 'customerId' | 'currency' | 'purpose' | 'netMinor' | 'taxMinor' | 'tax'> & {
  dueAt?: Temporal.Instant
  consolidated?: boolean
  zone: string
  now: Temporal.Instant
}

const drafts: Batch<Draft> = {
  keyOf: ({ id }) => id,
  many: (
    invoices,
  ) => sql`insert into invoices (business_id, id, customer_id, status, currency, net_minor, tax_minor, total_minor, purpose, consolidated, due_at, net_days, tax, created_at)
    select current_business(), d.id, d.customer_id, 'draft', d.currency, d.net, d.tax_minor, d.net + d.tax_minor, d.purpose, d.consolidated,
      -- Who has so many days to pay has them from the invoice on, counted in days of the business.
      coalesce((d.at at time zone d.zone + make_interval(days => c.net_days)) at time zone d.zone, d.due_at), c.net_days, d.tax, d.at from ${table(
        'd',
        invoices,
        [
          ['id', 'text', ({ id }) => id],
          ['customer_id', 'text', ({ customerId }) => customerId],
          ['currency', 'text', ({ currency }) => currency],
          ['net', 'bigint', ({ netMinor }) => netMinor],
          ['tax_minor', 'bigint', ({ taxMinor }) => taxMinor],
          ['tax', 'jsonb', ({ tax }) => tax],
          ['purpose', 'text', ({ purpose }) => purpose],
          ['consolidated', 'boolean', ({ consolidated }) => consolidated ?? false],
          ['due_at', 'timestamptz', ({ dueAt }) => dueAt ?? null],
          ['zone', 'text', ({ zone }) => zone],
          ['at', 'timestamptz', ({ now }) => now],
        ],
      )}
    left join customers c on c.business_id = current_business() and c.id = d.customer_id and d.purpose = 'renewal'`,
}

const draftItems: Batch<NewItem & Taxed & { id: string; invoiceId: string; position: number; taxRate: string }> = {
  keyOf: ({ id }) => id,
  many: (
    items,
  ) => sql`insert into invoice_items (business_id, id, invoice_id, subscription_id, plan_id, add_on_id, coupon_use_id, kind, description, quantity, term_unit, term_count, period_start, covers_until, anchor_day, price_change_id, late_invoice_id, late_before, converted, net_minor, tax_rate, tax_minor, total_minor, position)
    select current_business(), i.id, i.invoice_id, i.subscription_id, i.plan_id, i.add_on_id, i.coupon_use_id, i.kind, i.description, i.quantity, i.term_unit, i.term_count, i.period_start, i.covers_until, i.anchor_day, i.price_change_id, i.late_invoice_id, i.late_before, i.converted,
      i.net, i.tax_rate, i.tax, i.total, i.position
    from ${table('i', items, [
      ['id', 'text', ({ id }) => id],
      ['invoice_id', 'text', ({ invoiceId }) => invoiceId],
      ['subscription_id', 'text', ({ subscriptionId }) => subscriptionId ?? null],
      ['plan_id', 'text', ({ planId }) => planId ?? null],
      ['add_on_id', 'text', ({ addOnId }) => addOnId ?? null],
      ['coupon_use_id', 'text', ({ couponUseId }) => couponUseId ?? null],
      ['kind', 'text', ({ kind }) => kind],
      ['description', 'text', ({ description }) => description],
      ['quantity', 'int', ({ quantity }) => quantity ?? 1],
      ['term_unit', 'text', ({ term }) => term?.unit ?? null],
      ['term_count', 'int', ({ term }) => term?.count ?? null],
      ['period_start', 'timestamptz', ({ periodStart }) => periodStart ?? null],
      ['covers_until', 'timestamptz', ({ coversUntil }) => coversUntil ?? null],
      ['anchor_day', 'int', ({ anchorDay }) => anchorDay ?? null],
      ['price_change_id', 'text', ({ priceChangeId }) => priceChangeId ?? null],
      ['late_invoice_id', 'text', ({ late }) => late?.invoiceId ?? null],
      ['late_before', 'bigint', ({ late }) => late?.before ?? null],
      ['converted', 'jsonb', ({ converted }) => convertedInRow(converted)],
      ['net', 'bigint', ({ net }) => net],
      ['tax_rate', 'text', ({ taxRate }) => taxRate],
      ['tax', 'bigint', ({ tax }) => tax],
      ['total', 'bigint', ({ total }) => total],
      ['position', 'int', ({ position }) => position],
    ])}`,
}

/**
 * Gives the number and freezes parties and texts. The counter's row lock makes numbers gapless: it is taken as late as possible in
 * a transaction, since every other invoice of the business waits for its commit. A second call changes nothing.
 */
export async function issueInvoice(
  tx: Tx,
  shop: Shop,
  invoice: Taxable & Pick<Invoice, 'id' | 'customerId' | 'issuedAt' | 'status'>,
  now: Temporal.Instant,
): Promise<void> {
  // A number spent on an invoice that was taken back could never be explained (F74).
  if (invoice.issuedAt !== null || invoice.status === 'void') return
  await run(tx, numbered.many([await issuing(tx, shop, invoice, now)]))
}

/** As `issueInvoice`, with the commit: for a payment, of which many come at once and none needs the number before it. */
export async function issueWithCommit(
  tx: Tx,
  shop: Shop,
  invoice: Taxable & Pick<Invoice, 'id' | 'customerId' | 'issuedAt'>,
  now: Temporal.Instant,
  customer?: Customer,
): Promise<void> {
  if (invoice.issuedAt === null) tx.withCommit(numbered, await issuing(tx, shop, invoice, now, customer))
}

/** The series' next number, without gaps: the row is a lock for all who number in it, until the commit. */
export const nextNumber = (shop: Shop, series: string) =>
  sql`insert into invoice_series (business_id, series, last_number) values (${shop.businessId}, ${series}, 1)
    on conflict (business_id, series) do update set last_number = invoice_series.last_number + 1 returning last_number`

/** The series that a paper of today is numbered in. */
export const nextSeries = async (tx: Tx, shop: Shop, paper: Paper, now: Temporal.Instant): Promise<string> =>
  seriesOf(paper, (await businessIn(tx, shop)).legal, now, shop.zone)

const businessIn = (tx: Tx, shop: Shop) => onceIn(tx, 'business', () => shop.keep('business', () => readBusiness(tx)))

/** A draft as it was just written. */
type Drafted = Taxable & Pick<Invoice, 'id' | 'customerId' | 'status' | 'issuedAt' | 'totalMinor'>

type Issuing = { id: string; series: string; snapshot: Snapshot; taxIn: TaxIn | null; at: Temporal.Instant }

async function issuing(
  tx: Tx,
  shop: Shop,
  invoice: Taxable & Pick<Invoice, 'id' | 'customerId'>,
  now: Temporal.Instant,
  customer?: Customer,
): Promise<Issuing> {
  const [series, snapshot, taxIn] = await together([
    nextSeries(tx, shop, 'invoice', now),
    snapshotOf(tx, shop, invoice.customerId, customer),
    stateTax(tx, shop, invoice, now),
  ])
  return { id: invoice.id, series, snapshot, taxIn, at: now }
}

/** Numbers of several invoices at once: each series goes up by as many as it has, and they take them in the order of their ids. */
const numbered: Batch<Issuing> = {
  keyOf: ({ id }) => id,
  many: (invoices) => sql`with wanted as (
      select *, row_number() over (partition by series order by id) as place, count(*) over (partition by series) as many
      from ${table('w', invoices, [
        ['id', 'text', ({ id }) => id],
        ['series', 'text', ({ series }) => series],
        ['document', 'jsonb', ({ snapshot }) => snapshot],
        ['tax_in', 'jsonb', ({ taxIn }) => taxIn],
        ['at', 'timestamptz', ({ at }) => at],
      ])}),
    counter as (
      insert into invoice_series (business_id, series, last_number) select distinct current_business(), series, many from wanted order by series
      on conflict (business_id, series) do update set last_number = invoice_series.last_number + excluded.last_number returning series, last_number)
    update invoices v set series = w.series, number = c.last_number - w.many + w.place, document = w.document, tax_in = w.tax_in, issued_at = w.at,
      status = case when v.status = 'draft' then 'open' else v.status end, version = v.version + 1
    from wanted w join counter c on c.series = w.series where v.business_id = current_business() and v.id = w.id`,
}

/** The parties as they are now. */
export async function snapshotOf(tx: Tx, shop: Shop, customerId: string, known?: Customer): Promise<Snapshot> {
  const [business, customer] = await together([businessIn(tx, shop), known ?? readCustomer(tx, customerId)])
  const { lines = [], city, postalCode, region, country } = customer.address
  const land = country ?? customer.country
  return {
    seller: {
      name: business.legal.name ?? business.name,
      address: business.legal.address ?? [],
      vatId: business.legal.vatId ?? null,
      email: business.supportEmail,
      country: business.country,
    },
    buyer: {
      name: customer.name || customer.email,
      email: customer.email,
      address: [...lines, [postalCode, city, region].filter(Boolean).join(' '), land ?? ''].filter(
        (line) => line !== '',
      ),
      vatId: customer.vatId,
      ...(land === null ? {} : { country: land }),
      ...(Object.keys(customer.address).length === 0 ? {} : { place: { lines, city, postalCode, region } }),
    },
    language: customer.language,
    zone: shop.zone,
    ...(customer.poNumber === '' ? {} : { poNumber: customer.poNumber }),
  }
}

/** A row of its own for each add-on that a period is sold with. `converted`: by the add-on's id, of those whose price was made by a rate. */
export const addOnItems = (
  addOns: readonly Pieces[],
  { id, currency }: { id: string; currency: string },
  converted: ReadonlyMap<string, Converted | null> = new Map(),
): NewItem[] =>
  addOns.map(({ addOnId, name, quantity, priceMinor }) => ({
    kind: 'add_on',
    description: name,
    amount: { minor: priceMinor * BigInt(quantity), currency },
    quantity,
    subscriptionId: id,
    addOnId,
    converted: converted.get(addOnId) ?? null,
  }))

/** What a coupon takes off is a row of its own, below what it is taken off. */
export const discountItems = (taken: Taken | null, { id, currency }: { id: string; currency: string }): NewItem[] =>
  taken === null
    ? []
    : [
        {
          kind: 'discount',
          description: taken.text,
          amount: { minor: -taken.minor, currency },
          subscriptionId: id,
          couponUseId: taken.useId,
        },
      ]

/**
 * The invoice for the next period of a subscription: one, however often and by whomever it is asked for (M9). Its price is the agreed
 * one, or the one that was announced in time; null where the plan is not renewed, or the customer did not agree to its new price. A renewal after suspension pays the same invoice; when its time begins is decided at payment.
 */
export async function renewalInvoice(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<Invoice | null> {
  // Engine, portal and staff may ask at the same moment: the second waits for the first and finds its invoice.
  const asked = await askForRenewal(tx, shop, await lockSubscription(tx, subscriptionId), now)
  if (asked === null || !asked.drafted) return asked?.invoice ?? null
  await issueInvoice(tx, shop, asked.invoice, now)
  return lockInvoice(tx, asked.invoice.id)
}

/**
 * As `renewalInvoice`, of a subscription that the caller has locked, for the engine, of which many ask at once: the number comes with the
 * commit, since nobody needs it before. What asks for nothing is paid at once, so it is numbered at once.
 */
export async function renewalInvoiceOfLocked(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<Pick<Invoice, 'id' | 'status' | 'totalMinor'> | null> {
  const asked = await askForRenewal(tx, shop, subscription, now)
  if (asked === null) return null
  if (asked.drafted && asked.invoice.totalMinor === 0n) await issueInvoice(tx, shop, asked.invoice, now)
  else if (asked.drafted) await issueWithCommit(tx, shop, asked.invoice, now)
  return asked.invoice
}

type AskedFor = { drafted: false; invoice: Invoice } | { drafted: true; invoice: Drafted }

/** The invoice that is there, or a draft that its caller issues; with the items of those who are renewed together with it. */
async function askForRenewal(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<AskedFor | null> {
  const { id: subscriptionId, customerId, currency, paidThrough } = subscription
  if (paidThrough === null) return null
  const [known, own] = await together([
    renewalInvoiceOf(tx, subscriptionId, paidThrough),
    renewalOf(tx, shop, subscription),
  ])
  if (known !== null) {
    const open = known.status === 'draft' || known.status === 'open'
    const moved = open ? await moveOpenRenewal(tx, subscriptionId, paidThrough) : null
    return { drafted: false, invoice: moved === null ? known : await lockInvoice(tx, moved) }
  }
  if (own === null) return null
  const others = await companionsOf(tx, shop, subscription, now)
  const all = [own, ...others]
  const items: NewItem[] = []
  for (const each of all) {
    const line = all.length > 1 ? await lineOfSubscription(tx, each.subscription.id) : null
    items.push(...itemsOfRenewal(each, line?.username ?? null))
  }
  items.push(...(await lateFeeItems(tx, shop, subscription, now)))
  const consolidated = others.some((each) => !isHousemate(subscription, each.subscription))
  // It is due with the first.
  const dueAt = others.reduce((due, each) => earlierOf(due, each.subscription.paidThrough ?? due), paidThrough)
  const facts = { customerId, currency, purpose: 'renewal', dueAt, consolidated, items } as const
  const drafted = await draftInvoice(tx, shop, facts, now)
  const { id } = drafted
  for (const { next } of all)
    if (next.lapsedChangeId !== null) await endPriceChange(tx, next.lapsedChangeId, 'kept', 'nobody agreed', now)
  await record(tx, shop, now, {
    type: 'invoice.issued',
    subjectType: 'invoice',
    subjectId: id,
    customerId,
    data: {
      subscription: subscriptionId,
      ...(all.length > 1 ? { together_with: all.slice(1).map((each) => each.subscription.id) } : {}),
    },
  })
  return { drafted: true, invoice: { ...drafted, customerId, status: 'draft', issuedAt: null } }
}

/** `username`: where several are on one invoice, so that each knows its row. */
function itemsOfRenewal({ subscription, planId, planName, next }: Renewal, username: string | null): NewItem[] {
  const { id: subscriptionId, paidThrough: starts, anchorDay, currency, zone } = subscription
  assert(starts !== null, 'what is renewed was paid once')
  const { span, term, priceMinor, priceChangeId, addOns, discount, converted } = next
  const whole = span === null || anchorDay === null || !isPart(span, { anchorDay, term, zone })
  const named = username === null ? planName : `${planName} (${username})`
  const description = whole
    ? `${soldAs(named, term)} from ${dateOf(starts, zone)}`
    : `${named} from ${dateOf(starts, zone)} until ${dateOf(span.ends, zone)}`
  const amount = { minor: priceMinor, currency }
  const sold = { kind: 'period', description, amount, subscriptionId, planId, term, periodStart: starts } as const
  const until = span === null ? {} : { coversUntil: span.ends, anchorDay: span.anchorDay }
  return [
    { ...sold, ...until, priceChangeId, converted },
    ...addOnItems(addOns, subscription),
    ...discountItems(discount, subscription),
  ]
}

/**
 * Free days or a moved end shift the period that is asked for: an invoice that is out and unpaid then stands for the new one, so that
 * nobody holds two (F17).
 */
async function moveOpenRenewal(tx: Tx, subscriptionId: string, periodStart: Temporal.Instant): Promise<string | null> {
  const [item] = await rows(
    tx,
    sql<{
      invoiceId: string
    }>`update invoice_items i set period_start = ${periodStart}, covers_until = i.covers_until + (${periodStart}::timestamptz - i.period_start) from invoices v
      where i.business_id = current_business() and i.subscription_id = ${subscriptionId} and i.period_start <> ${periodStart} and i.fulfilled_at is null
        and v.business_id = i.business_id and v.id = i.invoice_id and v.status in ('draft', 'open')
        and not exists (select from invoice_items o where o.business_id = i.business_id and o.subscription_id = i.subscription_id and o.period_start = ${periodStart})
      returning i.invoice_id as "invoiceId"`,
  )
  if (item !== undefined)
    await run(
      tx,
      sql`update invoices v set due_at = (select min(i.period_start) from invoice_items i where i.business_id = v.business_id and i.invoice_id = v.id)
        where business_id = current_business() and id = ${item.invoiceId} and net_days is null`,
    )
  return item?.invoiceId ?? null
}

/** Takes an unpaid, unnumbered invoice back. A numbered one needs a credit note. */
export async function voidDraft(
  tx: Tx,
  shop: Shop,
  invoiceId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const voided = await run(
    tx,
    sql`update invoices set status = 'void', voided_at = ${now}, void_reason = ${reason}, version = version + 1
      where business_id = current_business() and id = ${invoiceId} and status = 'draft' and paid_minor = 0`,
  )
  if (voided > 0) {
    await run(
      tx,
      sql`update invoice_items set period_start = null, late_invoice_id = null where business_id = current_business() and invoice_id = ${invoiceId}`,
    )
    await freeCoupon(tx, invoiceId, now)
    await record(tx, shop, now, {
      type: 'invoice.voided',
      subjectType: 'invoice',
      subjectId: invoiceId,
      data: { reason },
    })
  }
  return voided > 0
}
