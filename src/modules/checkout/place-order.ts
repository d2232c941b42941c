/**
 * A buyer orders. Customer, subscription, line and pro-forma invoice are made together, waiting; nothing is on a panel and nothing is
 * charged. One cart is one order: a second submit, from whatever window, gets the first (F21).
 */
import { macFaults, parseMac } from '#adapters/panels/mac.ts'
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { isSame, plusSeconds } from '#platform/time.ts'
import { noteReferral } from '../affiliates/note-referral.ts'
import { settleForNothing, settleFromBalance } from '../billing/confirm-payment.ts'
import { refuseFrozen } from '../billing/disputes/freeze.ts'
import { addOnItems, discountItems, draftInvoice, type NewItem } from '../billing/invoices.ts'
import { paymentMovedJob } from '../billing/jobs.ts'
import { parseVatId } from '../billing/rules/vat-id.ts'
import { orderExpires, soldAs } from '../billing/rules.ts'
import type { Told } from '../billing/tax/tax-of.ts'
import { addOnsFor } from '../catalog/add-ons.ts'
import { findPlan, findProduct, isForBox, type Plan, type Product, termOf } from '../catalog/plans.ts'
import { type Converted, convertedFrom, pieceAt } from '../catalog/rules/exchange.ts'
import { type SoldPrice, soldNow } from '../catalog/sold-price.ts'
import { record } from '../events/record.ts'
import { namesOnPanel } from '../lines/check-username.ts'
import { canBeDelivered } from '../lines/route-line.ts'
import { boxKindOf } from '../lines/rules.ts'
import { refuseUnusualMac } from '../lines/unusual-mac.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { type Customer, changeCustomer, findOrCreateCustomer } from '../people/customers.ts'
import { takeCoupon, takePromised } from '../subscriptions/coupons.ts'
import { openSubscription } from '../subscriptions/open-subscription.ts'
import { extraConnections, type HeldAddOn, mostConnections, piecesOf, sumOf } from '../subscriptions/rules/add-on.ts'
import { redeemed } from '../vouchers/ledger.ts'
import { noteRedeemed, takeVoucher, weighVoucher } from '../vouchers/take-voucher.ts'
import { refuseOverLimit } from './daily-limits.ts'
import { findOrderByCart, lockOrder, type Order } from './queries.ts'
import { noteAccepted, type Quote, readQuote, takeQuote } from './quotes.ts'
import { orderNumber } from './rules.ts'
import { keepTrial, noteRefusedTrial, TrialRefused, weighTrial } from './trials.ts'

export type OrderRequest = {
  /** Made with the checkout page or by the API's caller; the same key is the same order. */
  cartKey: string
  /** With a voucher, its plan counts. */
  planId?: string | undefined
  email: string
  name?: string | undefined
  currency?: string | undefined
  country?: string | undefined
  /** A state of the United States, by its letters. */
  region?: string | undefined
  vatId?: string | undefined
  /** The country of his connection, where something in front of us tells it: evidence of where he is. */
  networkCountry?: string | undefined
  language?: string | undefined
  device?: string | undefined
  mac?: string | undefined
  /** The address of the box looks unusual, and was compared with the label. */
  acceptUnusualMac?: boolean | undefined
  addOns?: readonly { addOnId: string; quantity: number }[] | undefined
  /** As it was typed. */
  coupon?: string | undefined
  /** An open quote: its plan and add-ons at its prices, and nothing beside them. */
  quoteId?: string | undefined
  /** As it was typed: it pays for one period of its plan, and nothing else is sold with it. */
  voucher?: string | undefined
  username?: string | undefined
  password?: string | undefined
  /** The code of whoever brought this buyer, as it was typed or came with a link. */
  referral?: string | undefined
  /** The sentence agreed to, when the box was ticked. */
  marketingConsent?: string | undefined
  /** The buyer's own network address, for the limits on trials. */
  address?: string | undefined
  source: Order['source']
}

export async function placeOrder(shop: Shop, request: OrderRequest): Promise<Order> {
  const now = shop.now()
  if (!shop.open) throw new Refusal('not_sellable', 'This shop is not open yet.')
  const onPanel = await askForName(shop, request, now)
  try {
    return await transaction(shop, 'place-order', (tx) => place(tx, shop, request, onPanel, now))
  } catch (error) {
    if (error instanceof TrialRefused) await noteRefusedTrial(shop, request.planId ?? '', error.why)
    // Two submits at the same moment: the other one made it.
    if (!isDuplicate(error)) throw error
    const first = await transaction(shop, 'find-order', (tx) => findOrderByCart(tx, request.cartKey))
    if (first === null) throw error
    return first
  }
}

/** What the panel says about the name that is asked for: before anything is made, since nobody waits for a panel inside a transaction. */
async function askForName(shop: Shop, request: OrderRequest, now: Temporal.Instant): Promise<readonly string[]> {
  if (!request.username) return []
  const product = await transaction(shop, 'read-product', (tx) => productOf(tx, request, now)).catch(
    (error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      return null // Told by the order itself.
    },
  )
  return product === null || product.lineKind !== 'line' || product.usernameStrategy === 'generated'
    ? []
    : namesOnPanel(shop, product.id, request.username)
}

async function productOf(
  tx: Tx,
  { cartKey, voucher, quoteId, planId }: OrderRequest,
  now: Temporal.Instant,
): Promise<Product | null> {
  if ((await findOrderByCart(tx, cartKey)) !== null) return null
  const wanted = voucher
    ? (await weighVoucher(tx, voucher, now)).planId
    : quoteId
      ? (await readQuote(tx, quoteId)).planId
      : planId
  const plan = wanted ? await findPlan(tx, wanted) : null
  return plan && findProduct(tx, plan.productId)
}

async function place(
  tx: Tx,
  shop: Shop,
  request: OrderRequest,
  onPanel: readonly string[],
  now: Temporal.Instant,
): Promise<Order> {
  const known = await findOrderByCart(tx, request.cartKey)
  if (known !== null) return known
  const voucher = request.voucher ? await takeVoucher(tx, request.voucher, now) : null
  const quote = request.quoteId ? await takeQuote(tx, request.quoteId, now) : null
  const wanted = voucher?.planId ?? quote?.planId ?? request.planId ?? ''
  const { plan, product } = await sellable(tx, wanted, voucher !== null || quote !== null)
  const currency = voucher?.currency ?? quote?.currency ?? request.currency ?? shop.currency
  // The rate that a price was made by is locked here: it stays with the order's invoice.
  const price = quote === null ? await soldNow(tx, shop, plan, currency, now) : pricesOf(quote)
  if (price === null) throw new Refusal('not_sellable', `This plan has no price in ${currency}.`)
  if (voucher === null) await refuseOverLimit(tx, shop, plan.trial, now)
  // What was paid for or promised already is that, and nothing beside it.
  const alone = voucher !== null || quote !== null
  const told = checked(request, product)
  /** Of a plan without a box it only tells who tries once more. */
  const mac = isForBox(product) ? told : null
  const boxKind = boxKindOf({ kind: product.lineKind, box: product.box })
  if (mac !== null && boxKind !== null)
    await refuseUnusualMac(tx, shop, { mac, kind: boxKind, accepted: request.acceptUnusualMac === true })
  const chosen =
    quote === null
      ? await chosenAddOns(tx, shop, alone ? [] : (request.addOns ?? []), { plan, currency, product }, now)
      : promisedAddOns(quote)
  const addOns = chosen.map(({ held }) => held)

  const customer = await findOrCreateCustomer(
    tx,
    shop,
    {
      email: request.email,
      name: request.name,
      country: request.country,
      language: request.language,
      marketingConsent: request.marketingConsent,
    },
    now,
  )
  await refuseFrozen(tx, customer.id)
  // What is known of a customer is not changed by whoever knows his address: it counts for this order only.
  if (isSame(customer.createdAt, now) && (request.region || request.vatId))
    await changeCustomer(
      tx,
      shop,
      customer.id,
      { vatId: request.vatId || null, address: request.region ? { region: request.region } : {} },
      now,
    )
  const asking = { email: request.email, customerId: customer.id, mac: told, address: request.address ?? null }
  const trial = plan.trial ? await weighTrial(tx, shop, asking, now) : null
  const baseMinor = price.price.minor + sumOf(addOns, 'quantity')
  const wish = request.coupon && !alone ? { code: request.coupon, plan, currency, baseMinor } : null
  const discount = quote?.discount
    ? await takePromised(
        tx,
        shop,
        { quoteId: quote.id, terms: quote.discount, plan, currency, baseMinor },
        customer.id,
        now,
      )
    : wish && (await takeCoupon(tx, shop, wish, customer.id, now))
  const { subscriptionId } = await openSubscription(
    tx,
    shop,
    {
      customerId: customer.id,
      plan,
      product,
      price: price.price,
      username: request.username,
      password: request.password,
      mac: mac ?? undefined,
      namesOnPanel: onPanel,
      country: request.country ?? customer.country,
      addOns,
      couponUseId: discount?.useId,
    },
    now,
  )
  const sold = { id: subscriptionId, currency }
  const items: NewItem[] = [
    {
      kind: 'period',
      description: `${soldAs(plan.name, termOf(plan))}${voucher === null ? '' : ' (voucher)'}`,
      amount: voucher === null ? price.price : { minor: voucher.priceMinor, currency },
      ...(voucher === null ? { converted: price.converted.price } : {}),
      subscriptionId,
      planId: plan.id,
      term: termOf(plan),
    },
    ...addOnItems(
      piecesOf(addOns, 'quantity'),
      sold,
      new Map(chosen.map(({ held, converted }) => [held.addOnId, converted])),
    ),
    ...discountItems(discount, sold),
    ...(price.setup.minor > 0n && voucher === null
      ? [{ kind: 'setup' as const, description: 'Set-up', amount: price.setup, converted: price.converted.setup }]
      : []),
  ]
  const { id: invoiceId } = await draftInvoice(
    tx,
    shop,
    {
      customerId: customer.id,
      currency,
      purpose: 'order',
      items,
      dueAt: orderExpires(now),
      told: toldBy(request),
      holdsTax: voucher !== null,
    },
    now,
  )
  const order = await insertOrder(
    tx,
    shop,
    { request, customerId: customer.id, planId: plan.id, invoiceId, subscriptionId, mac },
    now,
  )
  if (quote !== null) await noteAccepted(tx, shop, quote.id, order.id, now)
  if (request.referral) await noteWhoBrought(tx, shop, request, customer, order.id, now)
  if (trial !== null) await keepTrial(tx, shop, order.id, trial, now)
  await record(tx, shop, now, {
    type: 'order.placed',
    subjectType: 'order',
    subjectId: order.id,
    customerId: customer.id,
    data: { plan: plan.id, source: request.source },
  })
  if (voucher !== null) {
    await noteRedeemed(tx, shop, voucher, { customerId: customer.id, subscriptionId, invoiceId }, now)
    await settleFromBalance(tx, shop, invoiceId, [redeemed({ ...voucher, currency }, customer.id)], now)
    await enqueue(tx, paymentMovedJob, { businessId: shop.businessId, invoiceId }, `moved/${invoiceId}`)
    return order
  }
  // Nothing to pay: it settles itself and takes the same way as a paid one (F67).
  if (items.reduce((sum, { amount }) => sum + amount.minor, 0n) === 0n) {
    await settleForNothing(tx, shop, invoiceId, now)
    await enqueue(tx, paymentMovedJob, { businessId: shop.businessId, invoiceId }, `moved/${invoiceId}`)
  } else
    await queueMessage(
      tx,
      shop,
      {
        template: 'order_received',
        claim: `order_received/${order.id}`,
        customerId: customer.id,
        about: { order_id: order.id },
        // Who pays at once needs no reminder of it: by then the message has nothing to say and is not sent.
        notBefore: plusSeconds(now, 120),
        sendUntil: orderExpires(now),
      },
      now,
    )
  return order
}

const toldBy = ({ country, region, vatId, networkCountry: network }: OrderRequest): Told => ({
  country: country || undefined,
  region: region || undefined,
  vatId: vatId || undefined,
  network,
})

/** What was offered to this buyer, at the rate that was locked then. */
const pricesOf = ({ priceMinor, setupMinor, currency, converted, setupConverted }: Quote): SoldPrice => ({
  price: { minor: priceMinor, currency },
  setup: { minor: setupMinor, currency },
  converted: { price: convertedFrom(converted), setup: convertedFrom(setupConverted) },
})

const promisedAddOns = ({ addOns }: Quote): ChosenAddOn[] =>
  addOns.map(({ listMinor: _, converted, ...promised }) => ({
    held: { ...promised, renewsQuantity: promised.quantity, fromPeriodId: null },
    converted: convertedFrom(converted),
  }))

/** `promised`: a voucher was sold for it, or a quote made, so that it is delivered even when it is not sold any more. */
async function sellable(tx: Tx, planId: string, promised: boolean): Promise<{ plan: Plan; product: Product }> {
  const plan = await findPlan(tx, planId)
  const product = plan === null ? null : await findProduct(tx, plan.productId)
  if (plan === null || product === null) throw new Refusal('not_found', 'There is no such plan.')
  if (!promised && (!plan.active || !product.active))
    throw new Refusal('not_sellable', 'This plan is not for sale any more.')
  if (!(await canBeDelivered(tx, product.id)))
    throw new Refusal('not_sellable', 'This plan cannot be delivered at the moment, so it is not for sale.')
  return { plan, product }
}

/** `converted`: what each piece of so many was made of. */
type ChosenAddOn = { held: HeldAddOn; converted: Converted | null }

/** What was chosen beside the plan, at its price there; faults beside their fields. */
async function chosenAddOns(
  tx: Tx,
  shop: Shop,
  wanted: readonly { addOnId: string; quantity: number }[],
  { plan, currency, product }: { plan: Plan; currency: string; product: Product },
  now: Temporal.Instant,
): Promise<ChosenAddOn[]> {
  if (wanted.length === 0) return []
  const offered = new Map((await addOnsFor(tx, shop, plan.id, currency, now)).map((each) => [each.addOn.id, each]))
  const faults: FieldError[] = []
  const chosen = wanted.flatMap(({ addOnId, quantity }, index): ChosenAddOn[] => {
    const found = offered.get(addOnId)
    if (found === undefined || wanted.findIndex((each) => each.addOnId === addOnId) < index) {
      const detail = found === undefined ? 'This is not sold with the plan.' : 'This add-on is named twice.'
      faults.push({ pointer: `/add_ons/${index}/add_on_id`, code: 'unknown', detail })
      return []
    }
    const { addOn, priceMinor, breaks, creditCostMilli, converted } = found
    const most = Math.min(addOn.maxQuantity, mostConnections - product.connections)
    if (!Number.isInteger(quantity) || quantity < 0 || quantity > most) {
      const detail = `Please choose a number from 0 to ${most}.`
      faults.push({ pointer: `/add_ons/${index}/quantity`, code: 'out_of_range', detail })
    }
    const { id, kind, name } = addOn
    if (quantity === 0) return []
    return [
      {
        held: {
          ...{ addOnId: id, kind, name, quantity, priceMinor, breaks, creditCostMilli },
          renewsQuantity: quantity,
          fromPeriodId: null,
        },
        converted: pieceAt(converted, quantity),
      },
    ]
  })
  const more = extraConnections(chosen.map(({ held }) => held))
  if (faults.length === 0 && product.connections + more > mostConnections)
    faults.push({
      pointer: '/add_ons',
      code: 'out_of_range',
      detail: `A line has at most ${mostConnections} connections.`,
    })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the add-ons.', faults)
  return chosen
}

/** The device's address, when the plan is for a box; faults beside their fields. */
function checked(request: OrderRequest, product: Product): string | null {
  const fields: FieldError[] = []
  if (
    !/^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\]+$/.test(request.email.trim()) ||
    request.email.length > 254
  )
    fields.push({ pointer: '/email', code: 'invalid', detail: 'Please enter an e-mail address, like ana@example.net.' })
  const read = request.mac ? parseMac(request.mac) : null
  if (read !== null && 'fault' in read) fields.push({ pointer: '/mac', code: 'invalid', detail: macFaults[read.fault] })
  if (isForBox(product) && !request.mac)
    fields.push({ pointer: '/mac', code: 'required', detail: 'Please enter the MAC address of the box.' })
  if (request.vatId && parseVatId(request.vatId) === null)
    fields.push({ pointer: '/vat_id', code: 'invalid', detail: 'This is no VAT number. It looks like DE136695976.' })
  if (request.password && !/^[A-Za-z0-9]{8,32}$/.test(request.password))
    fields.push({
      pointer: '/password',
      code: 'invalid',
      detail: 'A TV login password has 8 to 32 letters and digits.',
    })
  if (fields.length > 0) throw new Refusal('invalid_input', 'Please check the marked fields.', fields)
  return read !== null && 'mac' in read ? read.mac : null
}

/** A link that is no good any more keeps nobody from buying; a program is told. */
async function noteWhoBrought(
  tx: Tx,
  shop: Shop,
  { referral = '', source }: OrderRequest,
  customer: Customer,
  orderId: string,
  now: Temporal.Instant,
): Promise<void> {
  const referred = await noteReferral(tx, shop, referral, { customer, orderId }, now)
  if (source !== 'api' || (referred !== 'unknown' && referred !== 'own')) return
  const detail = referred === 'own' ? 'Nobody brings himself.' : 'There is no such code.'
  throw new Refusal('invalid_input', 'Please check the code.', [{ pointer: '/referral', code: referred, detail }])
}

type Made = {
  request: OrderRequest
  customerId: string
  planId: string
  invoiceId: string
  subscriptionId: string
  mac: string | null
}

async function insertOrder(
  tx: Tx,
  shop: Shop,
  { request, customerId, planId, invoiceId, subscriptionId, mac }: Made,
  now: Temporal.Instant,
): Promise<Order> {
  const id = newId('ord', shop.app.clock)
  await run(
    tx,
    sql`insert into orders (business_id, id, number, customer_id, plan_id, invoice_id, subscription_id, cart_key, source, device, mac, wanted_username, status, country, language, created_at, expires_at)
      values (${shop.businessId}, ${id}, ${orderNumber(id)}, ${customerId}, ${planId}, ${invoiceId}, ${subscriptionId}, ${request.cartKey}, ${request.source}, ${request.device ?? null}, ${mac},
        ${request.username || null}, 'awaiting_payment', ${request.country ?? null}, ${request.language ?? shop.language}, ${now}, ${orderExpires(now)})`,
  )
  return lockOrder(tx, id)
}
