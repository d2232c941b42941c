/**
 * What Linekeeper needs of a payment gateway. A notice is a hint; `fetchPayment` is the truth. An adapter knows a provider and
 * nothing of invoices; it never sleeps, retries or touches the database.
 *
 * Throws `ProviderError`: `rejected` (refused for good), `auth_failed` (wrong key, wrong mode), `unavailable` (surely not done),
 * `ambiguous` (may have been done: look it up by our reference before asking again).
 */
import type { z } from 'zod'
import type { HttpOut } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import type { Money } from '#platform/money.ts'

export type PaymentStatus =
  | 'created'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'expired'

export type DeclineClass =
  | 'soft_funds'
  | 'soft_issuer'
  | 'soft_technical'
  | 'needs_authentication'
  | 'method_invalid'
  | 'hard_blocked'
  | 'fraud'
  | 'mandate_gone'
  | 'configuration'
  | 'unknown'

/** `message` is a plain sentence that may be shown to the buyer. `code` is the provider's word, for staff. */
export type Failure = { class: DeclineClass; code: string; message: string }

export type CheckoutRequest = {
  /** Our payment id, `pay_…`: travels as the provider's reference and as the seed of the idempotency key. */
  ourRef: string
  attempt: number
  amount: Money
  description: string
  customerEmail: string
  /** Where the browser goes when the buyer is done or gives up. Proof of nothing. */
  returnUrl: string
  cancelUrl: string
  expiresAt: Temporal.Instant
  /** Keep the method for charges in the buyer's absence, to which he has agreed. Only for gateways with `capabilities.savesMethods`. */
  saveFor?: { customerId: string; customerRef: string | null } | undefined
}

/** What names a kept method at the provider. Nobody can charge it without our key. */
export type MethodRef = { customerRef: string; methodRef: string; kind: string }

/** A method that the provider keeps for us. Masked details only: never a card number. */
export type SavedMethod = MethodRef & {
  brand: string | null
  last4: string | null
  /** Of a card; `year` in full. */
  expires: { month: number; year: number } | null
  /** The same for the same card, however often it was saved: card networks count tries per card. */
  fingerprint: string | null
}

/** Keeps a method without a payment, on the provider's own page. Only for gateways with `capabilities.savesWithoutPayment`. */
export type SetupRequest = {
  /** Our id of the attempt, `pms_…`: travels as the provider's reference and is the idempotency key. */
  ourRef: string
  /** ISO 4217: which methods are offered depends on what they are charged in later. */
  currency: string
  customerEmail: string
  returnUrl: string
  cancelUrl: string
  expiresAt: Temporal.Instant
  saveFor: { customerId: string; customerRef: string | null }
}

/** What the gateway itself says of keeping a method. A card that was refused leaves the page open: `requires_action`, with the failure. */
export type SetupSnapshot = {
  remoteRef: string
  ourRef: string | null
  status: 'requires_action' | 'processing' | 'succeeded' | 'canceled' | 'expired'
  livemode: boolean
  failure: Failure | null
  /** Null until it succeeded. */
  saved: SavedMethod | null
}

/** Takes money in the buyer's absence. `ourRef` is our payment id: asked again under it, the provider charges nothing again. */
export type ChargeRequest = { ourRef: string; amount: Money; description: string; method: MethodRef }

export type CheckoutStarted =
  | { kind: 'redirect'; remoteRef: string; url: string }
  /** A page that is entered by posting a form, whose fields are good for minutes only: asked for again when the browser goes there. */
  | { kind: 'form'; remoteRef: string; action: string; fields: Record<string, string> }
  /** Nothing to visit: show `text` (Markdown) and the reference to the buyer. */
  | {
      kind: 'instructions'
      remoteRef: string
      text: string
      reference: string
      /** To a bank account: shown field by field, with a square for banking apps. */
      transfer?: TransferDetails
    }

/** Where a buyer transfers money to. `iban` in groups of four; `qr` is what the square says (EPC069-12), null where there is none. */
export type TransferDetails = {
  holder: string
  iban: string
  bic: string | null
  bank: string | null
  note: string | null
  qr: string | null
}

export type RefundSnapshot = {
  ref: string
  /** Our refund id as we handed it over: finds a refund whose answer was lost. */
  ourRef: string | null
  /** Of one that succeeded less than was asked for: that was sent, and no more will be. */
  amount: Money
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled'
  reason: string | null
  /** `requires_action`: where its buyer says where it shall go. */
  claimUrl?: string
}

/** What the gateway itself says now. `received` is confirmed money and may differ from what was asked. */
export type PaymentSnapshot = {
  remoteRef: string
  ourRef: string | null
  status: PaymentStatus
  requested: Money
  received: Money
  /** The provider's id of the captured money (`pi_…`, `ch_…`): one money effect per id. Null until captured. */
  captureId: string | null
  livemode: boolean
  failure: Failure | null
  refunds: RefundSnapshot[]
  /** Masked details for staff and receipt: never a card number. */
  method: { kind: string; brand: string | null; last4: string | null } | null
  /** What was kept for later charges with this payment; null: nothing, or not yet. */
  saved: SavedMethod | null
}

/** What the gateway itself says now of money that a buyer or his bank takes back. */
export type DisputeSnapshot = {
  ref: string
  /** What names the payment: our reference where it is repeated, the provider's id of the captured money. */
  ourRef: string | null
  captureId: string | null
  /** `bank_return`: a direct debit that was taken back, lost from the start. */
  kind: 'card' | 'wallet' | 'bank_return'
  /** `warning`: asked about, nothing taken; `closed`: ended without a loss and without a verdict. */
  status: 'warning' | 'open' | 'under_review' | 'won' | 'lost' | 'closed'
  amount: Money
  /** What is gone of the money just now: it may leave late, and come back late or never. */
  withdrawn: Money
  /** Kept for the provider's trouble, won or lost. */
  fee: Money
  /** The provider's word. */
  reason: string
  evidenceDueBy: Temporal.Instant | null
  evidenceSent: boolean
  openedAt: Temporal.Instant | null
}

/** What is told to a bank that asks: plain words, each at most 20,000 characters. */
export type Evidence = {
  customerName: string
  customerEmail: string
  product: string
  /** When what was sold was given. */
  serviceDate: string | null
  /** Sign-ins, deliveries, days of use, a line each. */
  activity: string
  /** What the buyer agreed to. */
  consent: string
  /** Everything else that speaks for us. */
  summary: string
}

/** Of the gateway's own list: what was asked for is what was made in a span, `most` to a page. `cursor`: of the page before. */
export type ListRequest = { from: Temporal.Instant; until: Temporal.Instant; cursor: string | null; most: number }

/**
 * Money that came, as the gateway's own list tells it; what nobody paid is not in it. A list is a hint: what does not agree with our books
 * is asked about by `fetchPayment`. One payment may be told by several rows.
 */
export type ListedMoney = {
  /** What `fetchPayment` understands; null: the list does not name it. */
  remoteRef: string | null
  ourRef: string | null
  captureId: string | null
  /** Null: the list does not say, or something else about the payment is to be asked about. */
  received: Money | null
  /** What of it went back by refunds; null: the list does not say. */
  refunded: Money | null
  at: Temporal.Instant
}

/** `next` null: this was the last page. */
export type ListedPage = { moneys: ListedMoney[]; next: string | null }

/**
 * What moved on our balance at the provider, as its own account of it tells: once, under a name of its own, whatever it is about. Payouts are
 * not among them (`ListedPayout`).
 */
export type ListedMove = {
  ref: string
  /** `fee`: about no payment; `other`: nothing that our books know a place for. */
  kind: 'payment' | 'refund' | 'dispute' | 'fee' | 'other'
  /** What names the payment: the money's own id, or our reference where it is repeated. */
  captureId: string | null
  ourRef: string | null
  /** Of a dispute: its id there (`fetchDispute`). */
  disputeRef: string | null
  /** What came, or went (below zero), before the fee. */
  amount: Money
  /** What the provider kept of it; below zero: gave back. In the currency of the amount. */
  fee: Money
  /** What it was before the provider made it another currency; null: it was not. */
  original: Money | null
  at: Temporal.Instant
}
export type ListedMoves = { moves: ListedMove[]; next: string | null }

/** What the provider sends to the bank. */
export type ListedPayout = {
  ref: string
  /** What arrives. */
  amount: Money
  /** Kept of it on the way and told by no move. */
  fee: Money
  state: 'coming' | 'arrived' | 'failed'
  /** When it is at the bank, or is expected there: `2026-03-31`. */
  arrivesOn: string
  /** What the bank's statement says of it, where the provider knows. */
  bankText: string | null
}
export type ListedPayouts = { payouts: ListedPayout[]; next: string | null }

export type RawNotice = { body: Uint8Array; headers: Record<string, string>; receivedAt: Temporal.Instant }

export type Hint = {
  /** A page that only keeps a method is hinted at as a `payment` is. */
  object: 'payment' | 'refund' | 'dispute' | 'other'
  remoteRef: string
  ourRef: string | null
  type: string
  /** Of a dispute that can be asked about (`fetchDispute`): the provider's id of it. */
  disputeRef?: string
}

/** `dedupeKey` is unique per gateway account and event, forever. */
export type VerifiedNotice = {
  dedupeKey: string
  eventType: string
  occurredAt: Temporal.Instant | null
  hints: Hint[]
}

/** Thrown by `verifyNotice`. `forged`: answer 400, keep nothing but a counter. `cannot_verify_now`: answer 503, the provider repeats. */
export class NoticeError extends Error {
  readonly reason: 'forged' | 'stale' | 'cannot_verify_now'
  constructor(reason: 'forged' | 'stale' | 'cannot_verify_now', message: string) {
    super(message)
    this.name = 'NoticeError'
    this.reason = reason
  }
}

export interface Gateway {
  /** Proves address, key and mode. `livemode` null where the provider has no such notion. */
  checkConnection(): Promise<{ detail: string; livemode: boolean | null }>
  createCheckout(request: CheckoutRequest): Promise<CheckoutStarted>
  /** The truth about one payment, by the provider's reference. `rejected(not_found)` when it does not know it. */
  fetchPayment(remoteRef: string): Promise<PaymentSnapshot>
  /** Resolves an attempt whose answer was lost: everything the provider has under our reference; without `findsUnpaid` only what has money. */
  findByReference(ourRef: string): Promise<PaymentSnapshot[]>
  /** Best effort: closes an unpaid checkout, answers the true state. */
  cancel?(remoteRef: string): Promise<PaymentSnapshot>
  refund?(request: { ourRef: string; remoteRef: string; amount: Money; reason: string }): Promise<RefundSnapshot>
  /**
   * Charges a kept method. A decline is an answer (`failed`, with its class), not an error; so is a bank that wants to see the buyer.
   * `rejected(method_gone)`: the provider keeps it no more. After `ambiguous` the same request again is safe: it is one charge.
   */
  chargeSaved?(request: ChargeRequest): Promise<PaymentSnapshot>
  /** Opens a page on which the buyer has his method kept, and pays nothing. The same request again is the same page. */
  startSetup?(request: SetupRequest): Promise<{ remoteRef: string; url: string }>
  /** The truth about one such page. `rejected(not_found)` when the provider does not know it. */
  fetchSetup?(remoteRef: string): Promise<SetupSnapshot>
  /** The provider keeps the method no more. Safe to repeat: what it does not know is forgotten. */
  forgetMethod?(method: MethodRef): Promise<void>
  /** The truth about one dispute, by `Hint.disputeRef`. `rejected(not_found)` when the provider does not know it. */
  fetchDispute?(disputeRef: string): Promise<DisputeSnapshot>
  /** Hands evidence in, once and for good: what was sent cannot be added to. Answers how the dispute stands then. */
  submitEvidence?(request: { disputeRef: string; evidence: Evidence }): Promise<DisputeSnapshot>
  /** One page of the provider's own list. Only for gateways with `capabilities.listsMoney`. An empty list is an answer; no answer is an error. */
  listMoney?(request: ListRequest): Promise<ListedPage>
  /** One page of what moved on the balance. Only for gateways with `capabilities.tellsFees`. */
  listMoves?(request: ListRequest): Promise<ListedMoves>
  /** One page of what was sent to the bank. Only for gateways with `capabilities.tellsPayouts`. */
  listPayouts?(request: ListRequest): Promise<ListedPayouts>
  /** One page of the moves that a payout is made of; null: the provider cannot say. Without it nobody can. */
  listPayoutMoves?(request: { payoutRef: string; cursor: string | null; most: number }): Promise<ListedMoves | null>
  /** Verifies the raw bytes. Only for gateways with `capabilities.notices`. */
  verifyNotice?(raw: RawNotice): Promise<VerifiedNotice>
}

export type GatewayCapabilities = {
  /** `redirect`: a hosted page; `instructions`: the buyer is told what to do; */
  checkout: 'redirect' | 'instructions'
  notices: boolean
  refund: boolean
  /** Success can come days later. */
  delayed: boolean
  /** Money is confirmed by staff (`markReceived`), never by asking the provider. */
  staffConfirms: boolean
  /** What came shows on the bank's statements, which can be imported. */
  statements?: boolean
  /** Can keep a buyer's method and charge it later: `saveFor`, `chargeSaved`, `forgetMethod`. */
  savesMethods: boolean
  /** Can do so without a payment: `startSetup`, `fetchSetup`. */
  savesWithoutPayment: boolean
  /**
   * A page that nobody paid is found by our reference, and is known for as long as we ask. Where not (PayPal, Authorize.Net) only money is: a
   * page is `rejected(not_found)` when the provider has forgotten it, and one that is over counts as expired.
   */
  findsUnpaid: boolean
  /** Only for test businesses: no real money can pass. */
  testOnly: boolean
  /** `received` may be less or more than asked, and grow after it was paid: coins are sent as the buyer likes, a page may be paid twice. */
  openAmount?: true
  /** Has a list of what it took that it shows to our key: `listMoney`. */
  listsMoney?: true
  /** Tells what it keeps of each payment: `listMoves`. What a payout kept is then entered by nobody. An account whose settings do not allow it has no such verb. */
  tellsFees?: true
  /** Tells what it sends to the bank: `listPayouts`, likewise. */
  tellsPayouts?: true
}

export type GatewayContext = {
  http: HttpOut
  log: Log
  now: () => Temporal.Instant
  /** Whether the business that owns this account is live; an adapter that can tell modes apart refuses a mismatch. */
  livemode: boolean
  /** Where this account's notices arrive: for providers that are told so with each payment. */
  noticeUrl?: string
}

export interface GatewayKind<Settings = unknown> {
  /** `stripe` */
  kind: string
  title: string
  /** Draws the form in the console; `.meta({ secret: true })` marks what is encrypted. */
  settings: z.ZodType<Settings>
  capabilities: GatewayCapabilities
  /** ISO 4217 codes, or null for any. A setting named `currency` says which one of them an account takes. */
  currencies: readonly string[] | null
  /** Origins of the hosted payment page, when it is not where the API is: pages with a pay button allow browsers to go there. */
  paymentPages?: readonly string[]
  /** `sent`: every payment tells the provider where its notices go; without it the operator enters the address there. */
  noticeAddress?: 'sent'
  open(settings: Settings, context: GatewayContext): Gateway
}
