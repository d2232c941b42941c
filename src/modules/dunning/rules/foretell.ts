/**
 * What the engine will do, told beforehand: the very decisions of `decide.ts`, over facts that are made up as time goes on. Pure: it
 * knows only what it was handed, and writes nothing.
 */
import type { Money } from '#platform/money.ts'
import { type Instant, isAfter, laterOf, plusSeconds, type Zone } from '#platform/time.ts'
import { firstUnpayable, looksAgainAt } from '../../billing/rules/card-expiry.ts'
import type { Pieces } from '../../subscriptions/rules/add-on.ts'
import { type Facts, factsAfter } from '../../subscriptions/rules/condition.ts'
import { askedOn, goTogether } from '../../subscriptions/rules/consolidation.ts'
import { type Discount, discountOn } from '../../subscriptions/rules/discount.ts'
import { isAsked, type Lead, priceOfSpan, spanToMeet } from '../../subscriptions/rules/household.ts'
import { nextStep, type PlannedStep, type Policy, timeline } from '../../subscriptions/rules/policy.ts'
import { askedFor, type ComingPrice, nextPrice } from '../../subscriptions/rules/price-change.ts'
import { actions as steps } from '../../subscriptions/rules/step.ts'
import { type Change, extend, extendBy, type Span, type Subscription } from '../../subscriptions/rules/subscription.ts'
import { asksMoney, claimOf, decideStep, type StepFacts, unansweredPrice, warnings, wordOfDay } from './decide.ts'
import { type Mass, type MassKind, massKindOf, mostAtOnce } from './mass.ts'
import { Queue } from './queue.ts'

/** Who is assumed to pay: nobody, or each as he did before, by his own median. */
export const assumptions = ['nobody', 'as_before'] as const
export type Assumption = (typeof assumptions)[number]

/** What does not follow from the time alone. */
type KnownFacts = Omit<StepFacts, 'mass' | 'incident'>

/** One subscription as it stands at the beginning. */
export type Subject = {
  subscription: Subscription
  policy: Policy
  /** Due, but put off until somebody confirms the catch-up. */
  putOff: boolean
  /** What the policy's rules ask for. */
  known: Facts
  /** Steps of this period that are done, by key. */
  done: readonly string[]
  /** Claims that were made before: nobody is told twice. */
  told: readonly string[]
  facts: KnownFacts
  /** What keeps it from being watched, in order, as far as it is known. */
  troubles: readonly { name: string | null; starts: Instant; ends: Instant | null }[]
  /** What the renewal costs, less what was paid of it; of an invoice over several, its own part. */
  owed: Money
  /** Set only for those of a household, and of a customer who gets one invoice for a day. */
  home: Home | null
  /** A price that is announced for later renewals; null: each costs what the last one did. */
  coming: ComingPrice | null
  /** What its coupon takes off renewals, while it runs. */
  discount: Discount | null
  renewable: boolean
  /** His address takes mail. */
  reachable: boolean
  /** He agreed to offers. */
  takesOffers: boolean
  /** His default card, while he was not told that it expires. */
  card: { methodId: string; expiresAt: Instant; warnAt: Instant } | null
  /** Seconds from the end of his paid time to his payment, as before; null: he never renewed. */
  paysAfter: number | null
}

/** What is renewed together with others, and by whose days. */
export type Home = {
  /** The household's; of a customer who gets one invoice for a day, his own. */
  id: string
  /** The zone in which such days are counted; null: only a household is renewed together. */
  days: Zone | null
  /** The unpaid invoice for the next period: those who share it are paid for by one payment. */
  invoiceId: string | null
  /** The next period, where it is no whole term. */
  span: Span | null
  /** Null: its own days are those of the household. */
  lead: (Lead & { id: string }) | null
  addOns: readonly Pick<Pieces, 'priceMinor' | 'quantity'>[]
}

export type Circumstances = {
  from: Instant
  until: Instant
  payments: Assumption
  /** Mail leaves: a message counts as accepted when it is made. */
  mailWorks: boolean
  activeLines: number
  /** What happened to many within the last hour, oldest first. */
  recent: readonly { kind: MassKind; at: Instant }[]
  /** Parked steps by subscription and key, and what a person said of them. */
  decided: ReadonlyMap<string, 'go' | 'drop' | null>
  /** Everybody under this policy is looked at at once, as after a change of it. */
  changedPolicy?: string | undefined
}

/** What a rehearsal tells: the steps of policies in their order, money that is expected, and word of cards that expire. */
export const actions = [...steps, 'payment', 'card_expiring'] as const
export type Action = (typeof actions)[number]

export type Foreseen = {
  at: Instant
  subscriptionId: string
  customerId: string
  action: Action
  /** Key of the step; `payment` for money that comes. */
  step: string
  periodEnd: Instant
  outcome: 'done' | 'skipped' | 'waits'
  /** Why it is skipped or waits; empty when it is done. */
  reason: string
  /** The rule, as people read it. */
  rule: string
  /** Templates of the messages that go with it. */
  mails: readonly string[]
  /** What is asked for, comes in, or is lost by it. */
  amount: Money | null
}

type State = {
  -readonly [K in 'subscription' | 'known']: Subject[K]
} & {
  subject: Subject
  planned: PlannedStep[]
  done: Set<string>
  told: Set<string>
  facts: KnownFacts
  owed: Money
  /** All of its household, itself among them; alone where it is in none. */
  home: State[]
  /** What the open invoice is known by: those who have the same are on one. */
  invoice: string | null
  span: Span | null
  /** What was told at the last look of anybody in the household; shared by all of it. */
  spoken: Set<string>
  /** The announced price, until a renewal is paid at it. */
  coming: ComingPrice | null
  /** With the periods that were paid by then. */
  discount: Discount | null
  /** Waits that were told, so that an hourly look is one row. */
  waited: Set<string>
  /** Grows when a payment makes what was awaited void. */
  turn: number
  paying: boolean
}

/** `card`: whether the customer must be told that his card expires; no matter what was paid meanwhile. */
type Event = { state: State; turn: number; what: 'look' | 'pay' | 'card' }
/** The queue sorts by milliseconds; what is due is due to the nanosecond, and a look before that would find nothing. */
type Due = Event & { at: Instant }

/** Everything that happens from `from` to `until`, in order. */
export function foretell(subjects: readonly Subject[], circumstances: Circumstances): Foreseen[] {
  const { from, until } = circumstances
  const [rows, queue, crowd] = [[] as Foreseen[], new Queue<Due>(), new Crowd(circumstances)]
  const last = until.epochMilliseconds
  const cards = new Map<string, State[]>()
  const homes = new Map<string, State[]>()
  const put = (at: Instant, event: Event) => {
    const due = laterOf(at, from)
    if (due.epochMilliseconds <= last) queue.put(due.epochMilliseconds, { ...event, at: due })
  }
  for (const subject of subjects) {
    const state = begin(subject)
    if (subject.home !== null) settleIn(state, subject.home.id, homes)
    const { nextStepAt, policyId, status } = subject.subscription
    const atOnce = policyId === circumstances.changedPolicy || subject.putOff
    if (status === 'pending' || status === 'terminated') continue
    const at = atOnce ? from : nextStepAt
    if (at !== null) put(at, { state, turn: 0, what: 'look' })
    expectPayment(state, circumstances, from, put)
    if (subject.card !== null) cards.set(subject.card.methodId, [...(cards.get(subject.card.methodId) ?? []), state])
  }
  for (const [state] of cards.values())
    if (state?.subject.card) put(state.subject.card.warnAt, { state, turn: 0, what: 'card' })
  for (let event = queue.take(); event !== undefined; event = queue.take()) {
    const { state, turn, what, at: now } = event.item
    if (what === 'card') {
      const again = lookAtCard(cards.get(state.subject.card?.methodId ?? '') ?? [], now, rows)
      if (again !== null) put(again, event.item)
      continue
    }
    if (turn !== state.turn) continue
    const then = what === 'pay' ? payAll(state, now, rows, crowd) : look(state, now, circumstances, rows, crowd)
    for (const { state: each, at } of then) {
      // Never again at the same instant: whatever a step answers, time goes on.
      if (at !== null) put(laterOf(at, plusSeconds(now, 0.001)), { state: each, turn: each.turn, what: 'look' })
      if (what === 'look') expectPayment(each, circumstances, now, put)
    }
  }
  return rows
}

function settleIn(state: State, id: string, homes: Map<string, State[]>): void {
  const home = homes.get(id) ?? []
  homes.set(id, home)
  home.push(state)
  state.home = home
  state.spoken = home[0]?.spoken ?? state.spoken
}

/** Who shares its open invoice. */
const sharing = (state: State): State[] =>
  state.invoice === null ? [state] : state.home.filter(({ invoice }) => invoice === state.invoice)

/** Who is asked by the same invoice, once it is issued. */
const askedWith = (state: State): State[] =>
  state.home.filter(
    (each) =>
      each === state ||
      (isAsked(each.subscription) &&
        isAsked(state.subscription) &&
        each.subject.renewable &&
        each.facts.invoice === 'missing' &&
        asksNext(each) !== 'end' &&
        (isHousemate(each, state) || isOfOneDay(each, state))),
  )

const isHousemate = ({ subscription: a }: State, { subscription: b }: State): boolean =>
  a.householdId !== null && a.householdId === b.householdId && String(a.paidThrough) === String(b.paidThrough)

function isOfOneDay(a: State, b: State): boolean {
  const zone = a.subject.home?.days ?? null
  return zone !== null && goTogether(dayOf(a, zone), dayOf(b, zone))
}

const dayOf = ({ subscription, planned }: State, zone: Zone) => askedOn(subscription, planned, zone)

const sumOwed = (states: readonly State[]): bigint => states.reduce((sum, { owed }) => sum + owed.minor, 0n)

function begin(subject: Subject): State {
  const state: State = {
    subject,
    home: [],
    invoice: subject.home?.invoiceId ?? null,
    span: subject.home?.span ?? null,
    spoken: new Set(),
    subscription: subject.subscription,
    known: subject.known,
    planned: timeline(subject.subscription, subject.policy, subject.known),
    done: new Set(subject.done),
    told: new Set(subject.told),
    facts: subject.facts,
    owed: subject.owed,
    coming: subject.coming,
    discount: subject.discount,
    waited: new Set(),
    turn: 0,
    paying: false,
  }
  state.home.push(state)
  return state
}

type Looks = readonly { state: State; at: Instant | null }[]

/** One look of the engine: what is due, in order, until something waits. Answers when it looks next, and so do those who were paid for with it. */
function look(state: State, now: Instant, circumstances: Circumstances, rows: Foreseen[], crowd: Crowd): Looks {
  const then = (at: Instant | null): Looks => [{ state, at }]
  for (let step = next(state); step !== null; step = next(state)) {
    if (isAfter(step.at, now)) return then(step.at)
    const facts = {
      ...state.facts,
      mass: crowd.massOf(state, step, now),
      incident: troubleAt(state.subject.troubles, now),
    }
    if (step.action === 'issue_invoice' && facts.invoice === 'missing')
      facts.invoice = !state.subject.renewable
        ? 'none'
        : asksNext(state) === 'end'
          ? 'unanswered'
          : sumOwed(askedWith(state)) === 0n
            ? 'free'
            : 'missing'
    const verdict = decideStep(state.subscription, step, state.planned, facts, now)
    if (verdict.kind === 'wait') {
      noteWait(state, step, verdict, now, rows)
      // Whoever waits for a person, or for the end of what nobody knows the end of, cannot be foretold.
      return then(
        verdict.cause === 'mass' || (verdict.cause === 'incident' && facts.incident?.ends === null)
          ? null
          : verdict.until,
      )
    }
    state.done.add(step.key)
    if (verdict.kind === 'skip') {
      rows.push(row(state, step, now, { outcome: 'skipped', reason: verdict.reason }))
      continue
    }
    if (verdict.kind === 'settle') {
      rows.push(row(state, step, now, {}))
      shareInvoice(state)
      return payAll(state, now, rows, crowd, 'nothing to pay')
    }
    if (step.action === 'charge') {
      const amount = { ...state.owed, minor: sumOwed(sharing(state)) }
      rows.push(row(state, step, now, { amount }))
      return payAll(state, now, rows, crowd, 'assumed: the charge goes through')
    }
    if (step.action === 'issue_invoice' && facts.invoice === 'missing') shareInvoice(state)
    const mail = verdict.tells !== null && claim(state, verdict.tells, step) ? verdict.tells : null
    const mails = mail === null || isSpoken(state, mail, step, now) ? [] : [mail]
    const ends = facts.invoice === 'unanswered' ? { reason: unansweredPrice, amount: null } : {}
    const mute = mail === null && (step.action === 'remind' || step.action === 'offer')
    const reason = step.action === 'remind' ? 'told before' : 'nobody to tell'
    rows.push(row(state, step, now, mute ? { outcome: 'skipped', reason } : { mails, ...ends }))
    if (step.action === 'issue_invoice' && facts.invoice !== 'unanswered')
      state.facts = { ...state.facts, invoice: 'open' }
    if (mail !== null && circumstances.mailWorks && (warnings as readonly string[]).includes(mail))
      state.facts = { ...state.facts, warnedAt: state.facts.warnedAt ?? now }
    crowd.happened(step, now)
    if (verdict.change !== null) apply(state, verdict.change, crowd)
    if (state.subscription.status === 'terminated') return then(null)
  }
  return then(null)
}

/** The invoice that is issued now asks for all whose time it is. */
function shareInvoice(state: State): void {
  const key = `${state.subscription.id}/${state.subscription.paidThrough}`
  for (const each of askedWith(state)) {
    each.invoice = key
    each.facts = { ...each.facts, invoice: 'open' }
  }
}

/** Whether another of those on one invoice has told it at this very look, or has asked for its money on the same day. */
function isSpoken(state: State, template: string, step: PlannedStep, now: Instant): boolean {
  const { home, invoice, spoken, planned, subject } = state
  if (home.length < 2 || invoice === null) return false
  const zone = sharing(state).every((each) => each === state || isHousemate(each, state)) ? null : subject.home?.days
  const word = zone == null ? null : wordOfDay(invoice, step, planned, zone)
  const keys = [`${template}/${step.key}/${invoice}/${now}`, ...(word === null ? [] : [word])]
  const said = keys.some((key) => spoken.has(key) || subject.told.includes(key))
  for (const key of keys) spoken.add(key)
  return said
}

/** One card of a customer, for all that is charged to it; told once. Answers when it is looked at again. */
function lookAtCard(charged: readonly State[], now: Instant, rows: Foreseen[]): Instant | null {
  const card = charged[0]?.subject.card
  if (card == null) return null
  const unpayable = firstUnpayable(
    card.expiresAt,
    charged.map(({ subscription, subject }) => ({ subscription, policy: subject.policy, subject })),
  )
  if (unpayable === null) return looksAgainAt(card.expiresAt, now)
  const { subscription, subject } = unpayable
  rows.push({
    at: now,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    action: 'card_expiring',
    step: 'card_expiring',
    periodEnd: subscription.paidThrough ?? now,
    outcome: 'done',
    reason: '',
    rule: 'the saved card expires before it is charged again',
    mails: subject.reachable ? ['card_expiring'] : [],
    amount: null,
  })
  return null
}

const asksNext = ({ subscription: { paidThrough, status }, coming }: State) =>
  coming === null || paidThrough === null ? 'old' : askedFor(coming, paidThrough, status)

/** The one that lasts longest, as the engine asks it. */
export function troubleAt(troubles: Subject['troubles'], now: Instant): StepFacts['incident'] {
  const lasting = troubles.filter(({ starts, ends }) => !isAfter(starts, now) && (ends === null || isAfter(ends, now)))
  const open = lasting.find(({ ends }) => ends === null)
  return (
    open ??
    lasting.reduce<StepFacts['incident']>((a, b) => (a?.ends && b.ends && isAfter(a.ends, b.ends) ? a : b), null)
  )
}

const next = (state: State): PlannedStep | null => nextStep(state.planned, state.done)

function apply(state: State, { next: changes }: Change, crowd: Crowd): void {
  const before = state.subscription.status
  state.subscription = { ...state.subscription, ...changes }
  // Only a rule asks for the state that a step has just made; without rules the timeline stands for the whole period, unless it leaves.
  if (state.subject.policy.rules.length > 0 || changes.cancelAtEnd === true)
    state.planned = timeline(state.subscription, state.subject.policy, state.known)
  if (state.subscription.status === 'suspended' && before !== 'suspended') crowd.paused()
}

/** True for the first message of its occasion, to somebody who can get one. */
function claim(state: State, template: string, step: PlannedStep): boolean {
  const key = claimOf(template, state.subscription, step)
  const { reachable, takesOffers } = state.subject
  if (!reachable || (template === 'renewal_offer' && !takesOffers) || state.told.has(key)) return false
  state.told.add(key)
  return true
}

function noteWait(
  state: State,
  step: PlannedStep,
  verdict: { cause: string; reason: string },
  now: Instant,
  rows: Foreseen[],
): void {
  const key = `${step.key}/${verdict.cause}`
  if (verdict.cause === 'ladder' || state.waited.has(key)) return
  state.waited.add(key)
  rows.push(row(state, step, now, { outcome: 'waits', reason: verdict.reason }))
}

/** Who is later than this beyond his habit is not expected any more. */
const patienceSeconds = 72 * 3_600

/** The money comes once it was asked for, and no sooner than now. */
function expectPayment(
  state: State,
  { payments }: Circumstances,
  now: Instant,
  put: (at: Instant, event: Event) => void,
): void {
  const { paysAfter } = state.subject
  const { paidThrough } = state.subscription
  if (payments !== 'as_before' || state.paying || paysAfter === null || paidThrough === null) return
  if (state.facts.invoice !== 'open') return
  state.paying = true
  const usual = plusSeconds(paidThrough, paysAfter)
  if (isAfter(now, plusSeconds(usual, patienceSeconds))) return
  put(laterOf(usual, now), { state, turn: state.turn, what: 'pay' })
}

/** One payment for all that are on the invoice; it is told once. */
function payAll(state: State, now: Instant, rows: Foreseen[], crowd: Crowd, rule = 'assumed: pays as before'): Looks {
  const told = new Set<string>()
  return sharing(state).map((each) => ({ state: each, at: pay(each, now, rows, crowd, rule, told) }))
}

/** The next period begins; what was planned for the old one is void. */
function pay(
  state: State,
  now: Instant,
  rows: Foreseen[],
  crowd: Crowd,
  rule: string,
  told: Set<string>,
): Instant | null {
  const { subscription, subject } = state
  if (subscription.paidThrough === null || subscription.status === 'terminated') return null
  const back = subscription.status === 'suspended'
  const mails = ['receipt', back ? 'resumed' : 'renewed'].filter((each) => !told.has(each))
  for (const each of mails) told.add(each)
  rows.push({
    at: now,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    action: 'payment',
    step: 'payment',
    periodEnd: subscription.paidThrough,
    outcome: 'done',
    reason: '',
    rule,
    mails: subject.reachable ? mails : [],
    amount: state.owed,
  })
  if (state.coming !== null && asksNext(state) === 'new') {
    state.subscription = { ...subscription, priceMinor: state.coming.newMinor }
    state.coming = null
  } else if (asksNext(state) === 'lapsed') state.coming = null
  const { span } = state
  const change =
    span === null ? extend(subscription, subscription.term, now) : extendBy(subscription, subscription.term, span, now)
  const paid = { due: subscription.paidThrough, onTime: !isAfter(now, subscription.paidThrough) }
  state.subscription = { ...state.subscription, ...change.next }
  state.known = { ...factsAfter(state.known, change), renewals: [paid, ...state.known.renewals] }
  state.done = new Set()
  state.waited = new Set()
  state.facts = { ...state.facts, invoice: 'missing', warnedAt: null, payingSince: null }
  state.invoice = null
  state.span = spanOf(state)
  const { home } = subject
  const { discount, coming } = state
  const next = home === null ? null : { ...home, span: state.span }
  if (discount !== null) state.discount = { ...discount, given: discount.given + 1 }
  const minor = priceOfNext(state.subscription, { coming, discount: state.discount, home: next })
  state.owed = { minor, currency: subscription.currency }
  state.turn += 1
  state.paying = false
  if (back) crowd.resumed()
  state.planned = timeline(state.subscription, subject.policy, state.known)
  return state.planned[0]?.at ?? null
}

/** By the days of the household as they are by then. */
function spanOf({ subscription, subject, home }: State): Span | null {
  const { paidThrough, anchorDay, term, zone } = subscription
  const lead = subject.home?.lead ?? null
  if (lead === null || paidThrough === null || anchorDay === null) return null
  const then = home.find((each) => each.subscription.id === lead.id)?.subscription ?? lead
  const days = { paidThrough: then.paidThrough ?? lead.paidThrough, anchorDay: then.anchorDay ?? lead.anchorDay }
  return spanToMeet({ paidThrough, anchorDay, term, zone }, days)
}

type NextFacts = { home: Pick<Home, 'span' | 'addOns'> | null } & Pick<State, 'coming' | 'discount'>

/** What the next period costs, whole or not, less what a coupon takes off. */
export function priceOfNext(subscription: Subscription, { coming, discount, home }: NextFacts): bigint {
  const whole = nextPrice(subscription, coming)
  const { anchorDay, term, zone, addOnsMinor, planId, currency } = subscription
  const less = (baseMinor: bigint, part?: (minor: bigint) => bigint) =>
    baseMinor - ((discount && discountOn(discount, { planId, baseMinor, currency }, part))?.minor ?? 0n)
  const span = home?.span ?? null
  if (home === null || span === null || anchorDay === null) return less(whole)
  const part = (price: bigint) => priceOfSpan(price, span, { anchorDay, term, zone })
  const ofSpan = home.addOns.reduce(
    (sum, { priceMinor, quantity }) => sum + part(priceMinor) * BigInt(quantity),
    part(whole - addOnsMinor),
  )
  return less(ofSpan, part)
}

/** Counts what happens to many within an hour, of how many. */
class Crowd {
  #lines: number
  readonly #recent: Record<MassKind, number[]> = { suspend: [], charge: [], mail: [] }
  readonly #decided: Circumstances['decided']

  constructor({ activeLines, recent, decided }: Circumstances) {
    this.#lines = activeLines
    this.#decided = decided
    for (const { kind, at } of recent) this.#recent[kind].push(at.epochMilliseconds)
  }

  massOf({ subscription }: State, step: PlannedStep, now: Instant): Mass {
    const kind = massKindOf(step.action)
    if (kind === null || (step.action === 'suspend' && subscription.status === 'suspended')) return 'free'
    const said = this.#decided.get(`${subscription.id}/${step.key}`)
    if (said === 'go') return 'let_go'
    if (said === 'drop' && kind !== 'suspend') return 'dropped'
    if (said === null) return 'full'
    const times = this.#recent[kind]
    const hourAgo = now.epochMilliseconds - 3_600_000
    while ((times[0] ?? Number.POSITIVE_INFINITY) <= hourAgo) times.shift()
    return times.length < mostAtOnce(this.#lines, kind) ? 'free' : 'full'
  }

  happened(step: PlannedStep, now: Instant): void {
    const kind = massKindOf(step.action)
    if (kind !== null) this.#recent[kind].push(now.epochMilliseconds)
  }

  paused(): void {
    this.#lines -= 1
  }

  resumed(): void {
    this.#lines += 1
  }
}

function row(state: State, step: PlannedStep, at: Instant, more: Partial<Foreseen>): Foreseen {
  const { id, customerId, paidThrough } = state.subscription
  const asks = step.action === 'issue_invoice' && state.facts.invoice !== 'none'
  const loses = (step.action === 'suspend' || step.action === 'terminate') && asksMoney(state.subscription)
  return {
    at,
    subscriptionId: id,
    customerId,
    action: step.action,
    step: step.key,
    periodEnd: paidThrough ?? at,
    outcome: 'done',
    reason: '',
    rule: step.because,
    mails: [],
    amount: asks || loses ? state.owed : null,
    ...more,
  }
}
