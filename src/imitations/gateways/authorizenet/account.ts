/** One imitated merchant account: transactions, batches, customer profiles, tokens of open pages. */
import { Refused } from '../../kit/refused.ts'
import type { Kit, Shelf } from '../../kit.ts'
import type { Delivery } from './notices.ts'

export type Transaction = {
  transId: string
  transactionType: 'authCaptureTransaction' | 'refundTransaction'
  transactionStatus: string
  responseCode: number
  responseReasonCode: number
  refTransId: string | null
  refId: string
  /** In hundredths. */
  amount: number
  invoiceNumber: string
  description: string
  last4: string
  cardType: string
  profile: { customerProfileId: string; customerPaymentProfileId: string } | null
  batchId: string | null
  at: string
}

export type PageToken = {
  id: string
  until: string
  refId: string
  amount: number
  invoiceNumber: string
  description: string
  customerProfileId: string | null
  keeps: boolean
  returnUrl: string
  cancelUrl: string
}

export type Profile = { id: string; merchantCustomerId: string; email: string }
/** `reason` is the reason code of its next charges: 1 is approved. */
export type PaymentProfile = {
  id: string
  profile: string
  last4: string
  cardType: string
  expires: string
  reason: number
}
export type Batch = { id: string; at: string }

export type Account = {
  kit: Kit
  settings: {
    loginId: string
    transactionKey: string
    signatureKey: string
    webhookUrl: string
    currency: string
    settlesAtOnce: boolean
    retryWaitsSeconds: readonly number[]
  }
  publicUrl: () => string
  now(): Temporal.Instant
  nextId(): string
  transactions: Shelf<Transaction>
  pages: Shelf<PageToken>
  profiles: Shelf<Profile>
  methods: Shelf<PaymentProfile>
  batches: Shelf<Batch>
  deliveries: Shelf<Delivery>
}

export function openAccount(kit: Kit, publicUrl: () => string, settings: Account['settings']): Account {
  const shelf = <Row>(name: string): Shelf<Row> => kit.store.shelf<Row>(name)
  return {
    kit,
    settings,
    publicUrl,
    now: kit.now,
    nextId: () => String(kit.store.next('ids', 60_000_000_001)),
    transactions: shelf('transactions'),
    pages: shelf('pages'),
    profiles: shelf('profiles'),
    methods: shelf('methods'),
    batches: shelf('batches'),
    deliveries: shelf('deliveries'),
  }
}

/** What is refused before anything is charged: `E000…` with its text, in an answer of 200. */
export const refused = (code: string, message: string): Refused => new Refused(404, code, message)
