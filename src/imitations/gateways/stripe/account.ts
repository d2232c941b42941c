/** One imitated Stripe account: its objects, its clock, and how it makes ids. */
import { createHash, randomBytes } from 'node:crypto'
import type { Kit, Shelf } from '../../kit.ts'
import type { StoredReply } from './idempotency.ts'
import type { Delivery } from './notices.ts'
import type {
  BalanceTransaction,
  Charge,
  Customer,
  Dispute,
  Event,
  LineItem,
  PaymentIntent,
  PaymentMethod,
  Payout,
  Refund,
  Session,
  SetupIntent,
  WebhookEndpoint,
} from './objects.ts'

export type Settings = {
  webhookSecrets: Shelf<string>
  key: string
  retryWaitsSeconds: readonly number[]
  duplicates: number
  settleAfterSeconds: number | null
  keepKeysSeconds: number
  country: string
  currency: string
}

export type Account = {
  kit: Kit
  settings: Settings
  publicUrl: () => string
  /** Unix seconds, as everywhere in the API. */
  now(): number
  newId(prefix: string, characters?: number): string
  /** The API request that is being answered: events name it. Handlers run without a pause, so there is only one. */
  cause: { id: string | null; idempotency_key: string | null }
  customers: Shelf<Customer>
  methods: Shelf<PaymentMethod>
  /** How a payment method behaves when it is charged: nothing of this shows in the API. */
  behaviors: Shelf<string>
  sessions: Shelf<Session>
  lineItems: Shelf<LineItem[]>
  /** What `payment_intent_data` and `setup_intent_data` asked of an object that does not exist yet. */
  intentPlans: Shelf<Partial<PaymentIntent>>
  sessionOfIntent: Shelf<string>
  intents: Shelf<PaymentIntent>
  charges: Shelf<Charge>
  refunds: Shelf<Refund>
  disputes: Shelf<Dispute>
  setups: Shelf<SetupIntent>
  transactions: Shelf<BalanceTransaction>
  payouts: Shelf<Payout>
  /** Which payout a movement went to the bank with: nothing of this shows on the movement. */
  payoutOfMove: Shelf<string>
  events: Shelf<Event>
  endpoints: Shelf<WebhookEndpoint>
  deliveries: Shelf<Delivery>
  replies: Shelf<StoredReply>
  /** Outcomes that happen by themselves, by payment intent; `at` is Unix seconds. */
  plannedOutcomes: Shelf<{ intent: string; at: number; outcome: 'succeeded' | 'failed' }>
  /** When each open session expires, so that no walk over all sessions is needed. */
  openSessions: Shelf<{ session: string; at: number }>
}

export function openAccount(
  kit: Kit,
  publicUrl: () => string,
  seed: string,
  settings: Omit<Settings, 'webhookSecrets'>,
): Account {
  const shelf = <Row>(name: string): Shelf<Row> => kit.store.shelf<Row>(name)
  return {
    kit,
    settings: { ...settings, webhookSecrets: shelf('webhook_secrets') },
    publicUrl,
    now: () => Math.floor(kit.now().epochMilliseconds / 1000),
    newId: (prefix, characters = 24) => {
      // A simulation must come out the same again; everywhere else ids must not repeat after a lost store.
      const source =
        seed === ''
          ? randomBytes(64)
          : createHash('sha512')
              .update(`${seed}:${kit.store.next('ids')}`)
              .digest()
      return `${prefix}_${Array.from(source, (byte) => base62.charAt(byte % 62))
        .join('')
        .slice(0, characters)}`
    },
    cause: { id: null, idempotency_key: null },
    customers: shelf('customers'),
    methods: shelf('payment_methods'),
    behaviors: shelf('behaviors'),
    sessions: shelf('sessions'),
    lineItems: shelf('line_items'),
    intentPlans: shelf('intent_plans'),
    sessionOfIntent: shelf('session_of_intent'),
    intents: shelf('payment_intents'),
    charges: shelf('charges'),
    refunds: shelf('refunds'),
    disputes: shelf('disputes'),
    setups: shelf('setup_intents'),
    transactions: shelf('balance_transactions'),
    payouts: shelf('payouts'),
    payoutOfMove: shelf('payout_of_move'),
    events: shelf('events'),
    endpoints: shelf('webhook_endpoints'),
    deliveries: shelf('deliveries'),
    replies: shelf('replies'),
    plannedOutcomes: shelf('planned_outcomes'),
    openSessions: shelf('open_sessions'),
  }
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Rows are replaced, never changed in place: events keep the object as it was. */
export function change<Row extends { id: string }>(shelf: Shelf<Row>, row: Row, patch: Partial<Row>): Row {
  const next = { ...row, ...patch }
  shelf.put(row.id, next)
  return next
}
