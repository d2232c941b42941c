/** GoCardless' objects, parsed as far as we use them, and what we write on them so that each leads back to us by itself. */
import { z } from 'zod'
import { sha256 } from '#platform/crypto.ts'
import { money } from '#platform/money.ts'
import { isAfter } from '#platform/time.ts'
import type { ListedMoney, SavedMethod } from '../gateway.ts'

/** Put on requests, payments and refunds. Three words at most may be put on anything. */
export const paymentKey = 'linekeeper_payment'
export const setupKey = 'linekeeper_setup'
export const refundKey = 'linekeeper_refund'
/** On requests: `1099 EUR 2026-03-01T14:00:00Z 1`, what is asked, until when, in which attempt. */
const asksKey = 'linekeeper_asks'
/** On requests whose mandate is kept; on payments that came of a request, which are found by way of it. */
export const keepsKey = 'linekeeper_keeps'
export const requestKey = 'linekeeper_request'

const words = z.string().nullish()
const Metadata = z.record(z.string(), z.unknown()).nullish().catch(null)

export const Request = z.object({
  id: z.string().startsWith('BRQ'),
  status: z.string(),
  metadata: Metadata,
  links: z.object({ mandate_request_mandate: words, payment_request_payment: words, customer: words }).nullish(),
})
export type Request = z.infer<typeof Request>

export const Flow = z.object({ authorisation_url: z.url() })

export const Payment = z.object({
  id: z.string().startsWith('PM'),
  amount: z.int().nonnegative(),
  currency: z.string().length(3),
  status: z.string(),
  metadata: Metadata,
  links: z.object({ mandate: words }).nullish(),
})
export type Payment = z.infer<typeof Payment>

export const Listed = z.object({ ...Payment.shape, amount_refunded: z.int().nonnegative(), created_at: z.string() })

/** What a bank took back later had come all the same. One that `failed` is not told: whether it had come before only its events know. */
export const listedOf = (payment: z.infer<typeof Listed>): ListedMoney[] => {
  const { id, status, amount, currency, amount_refunded: back, created_at: at } = payment
  if (!['confirmed', 'paid_out', 'charged_back'].includes(status)) return []
  const told = { received: money(amount, currency), refunded: money(back, currency) }
  return [{ remoteRef: id, ourRef: ourRefOf(payment), captureId: id, ...told, at: Temporal.Instant.from(at) }]
}

export const Refund = z.object({
  id: z.string(),
  amount: z.int(),
  currency: z.string(),
  status: z.string(),
  metadata: Metadata,
})
export type Refund = z.infer<typeof Refund>

export const Mandate = z.object({
  id: z.string(),
  status: z.string(),
  created_at: z.string(),
  links: z.object({ customer: z.string(), customer_bank_account: z.string() }),
})
export type Mandate = z.infer<typeof Mandate>

export const Account = z.object({ account_number_ending: words, bank_name: words, bank_account_token: words })

export const Event = z.object({
  action: z.string(),
  created_at: z.string(),
  details: z.object({ cause: words }).nullish(),
})
export type Event = z.infer<typeof Event>

const Cursors = z.object({ cursors: z.object({ after: words }) })
export const listOf = <Name extends string, T>(name: Name, each: z.ZodType<T>) =>
  z
    .looseObject({ [name]: z.array(each), meta: Cursors })
    .transform((body) => ({ rows: body[name] as T[], after: (body.meta as z.infer<typeof Cursors>).cursors.after }))

const wordOf = (metadata: z.infer<typeof Metadata>, key: string): string | null => {
  const value = metadata?.[key]
  return typeof value === 'string' ? value : null
}

export const ourRefOf = ({ metadata }: { metadata?: z.infer<typeof Metadata> }): string | null =>
  wordOf(metadata, paymentKey) ?? wordOf(metadata, setupKey)

export const wordsOf = wordOf

export type Asks = { minor: bigint; currency: string; until: Temporal.Instant; attempt: number }

export const writeAsks = ({ minor, currency, until, attempt }: Asks): Record<string, string> => ({
  [asksKey]: `${minor} ${currency} ${until} ${attempt}`,
})

/** Null for a request that is none of ours. */
export function readAsks({ metadata }: Request): Asks | null {
  const [, minor, currency, until, attempt] =
    /^(\d{1,15}) ([A-Z]{3}) (\S{10,40}) (\d+)$/.exec(wordOf(metadata, asksKey) ?? '') ?? []
  if (!minor || !currency || !until) return null
  try {
    return { minor: BigInt(minor), currency, until: Temporal.Instant.from(until), attempt: Number(attempt) }
  } catch {
    return null
  }
}

/** Given in time: an order that is over takes no mandate that came later. */
export const isLate = ({ created_at }: Mandate, { until }: Asks): boolean =>
  isAfter(Temporal.Instant.from(created_at), until)

const usable = new Set(['pending_customer_approval', 'pending_submission', 'submitted', 'active'])

export const isUsable = ({ status }: Mandate): boolean => usable.has(status)

/** GoCardless names an account by a token on request only: what it shows of one tells two apart well enough to count. */
export function savedOf({ id, links }: Mandate, account: z.infer<typeof Account>): SavedMethod {
  const { account_number_ending: ending, bank_name: bank, bank_account_token: token } = account
  const shown = token ?? `${links.customer}/${bank}/${ending}`
  return {
    customerRef: links.customer,
    methodRef: id,
    kind: 'bank_debit',
    brand: bank ?? null,
    last4: ending?.slice(-4) ?? null,
    expires: null,
    fingerprint: sha256(shown).toString('hex').slice(0, 32),
  }
}
