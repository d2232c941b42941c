/** One imitated PayPal business account: its objects as the API shows them, and what only the imitation knows of them. */
import { randomBytes } from 'node:crypto'
import type { Kit, Shelf } from '../../kit.ts'
import type { Signer } from './certificate.ts'
import type { Delivery } from './notices.ts'

export type Amount = { currency_code: string; value: string }

export type Refund = {
  id: string
  capture: string
  status: string
  amount: Amount
  custom_id?: string | undefined
  invoice_id?: string | undefined
  note_to_payer?: string | undefined
  create_time: string
}

export type Capture = {
  id: string
  order: string
  status: string
  amount: Amount
  custom_id?: string | undefined
  invoice_id?: string | undefined
  reason?: string | undefined
  create_time: string
}

export type Order = {
  id: string
  status: string
  create_time: string
  unit: {
    reference_id: string
    custom_id?: string | undefined
    invoice_id?: string | undefined
    description?: string | undefined
    amount: Amount
  }
  return_url: string
  cancel_url: string
  /** What shall be kept when it is captured: for which customer. */
  keeps: { customer: string } | null
  /** What the buyer's bank does at the next capture. */
  mood: Mood
  token: string | null
  payer: string | null
  capture: string | null
}

/** `pays`, `pending` (held for review), or the issue with which PayPal refuses. */
export type Mood = string

export type Kept = { id: string; customer: string; payer: string; mood: Mood; gone: boolean }

/** A wallet that shall be kept without a payment. */
export type Setup = {
  id: string
  status: 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'VAULTED'
  customer: string
  /** Whether the same wallet may be kept more than once. */
  several: boolean
  return_url: string
  cancel_url: string
  create_time: string
}

export type Dispute = {
  id: string
  capture: string
  status: string
  outcome: string | null
  reason: string
  create_time: string
  /** What left the seller for it, and came back. */
  movements: { type: 'DEBIT' | 'CREDIT'; reason: string; value: string }[]
}

/** To the bank, out of the balance. */
export type Withdrawal = { id: string; status: 'S' | 'P' | 'D'; amount: Amount; create_time: string }

export type Event = { id: string; type: string; body: object; at: string }

export type Account = {
  kit: Kit
  settings: {
    clientId: string
    clientSecret: string
    webhookUrl: string
    webhookId: string
    retryWaitsSeconds: readonly number[]
    duplicates: number
    /** Whether the app may search transactions. */
    maySearch: boolean
  }
  publicUrl: () => string
  signer: Signer
  now(): Temporal.Instant
  newId(): string
  tokens: Shelf<{ until: string }>
  orders: Shelf<Order>
  captures: Shelf<Capture>
  refunds: Shelf<Refund>
  kept: Shelf<Kept>
  setups: Shelf<Setup>
  disputes: Shelf<Dispute>
  withdrawals: Shelf<Withdrawal>
  events: Shelf<Event>
  deliveries: Shelf<Delivery>
  replies: Shelf<{ until: string; body: unknown }>
  /** The webhook that a control set, for the next start. */
  webhooks: Shelf<{ id: string; url: string }>
}

const letters = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'

export function openAccount(kit: Kit, publicUrl: () => string, signer: Signer, settings: Account['settings']): Account {
  const shelf = <Row>(name: string): Shelf<Row> => kit.store.shelf<Row>(name)
  const known = shelf<{ id: string; url: string }>('webhooks').get('webhook')
  return {
    kit,
    settings: known ? { ...settings, webhookId: known.id, webhookUrl: known.url } : settings,
    publicUrl,
    signer,
    now: kit.now,
    newId: () => Array.from(randomBytes(17), (byte) => letters.charAt(byte % letters.length)).join(''),
    tokens: shelf('tokens'),
    orders: shelf('orders'),
    captures: shelf('captures'),
    refunds: shelf('refunds'),
    kept: shelf('kept'),
    setups: shelf('setups'),
    disputes: shelf('disputes'),
    withdrawals: shelf('withdrawals'),
    events: shelf('events'),
    deliveries: shelf('deliveries'),
    replies: shelf('replies'),
    webhooks: shelf('webhooks'),
  }
}

/** Rows are replaced, never changed in place. */
export function change<Row extends { id: string }>(shelf: Shelf<Row>, row: Row, patch: Partial<Row>): Row {
  const next = { ...row, ...patch }
  shelf.put(row.id, next)
  return next
}

/** What the API refuses, in PayPal's words. */
export class Refused extends Error {
  readonly status: 400 | 401 | 403 | 404 | 422
  readonly issue: string
  constructor(status: 400 | 401 | 403 | 404 | 422, issue: string, message: string = issue) {
    super(message)
    this.status = status
    this.issue = issue
  }
}

export const missing = (what: string) => new Refused(404, 'INVALID_RESOURCE_ID', `${what} does not exist`)
