/** What an order's status is, out of the facts below it. Values only. */

export type OrderStatus =
  | 'awaiting_payment'
  | 'processing'
  | 'setting_up'
  | 'delayed'
  | 'needs_review'
  | 'ready'
  | 'canceled'
  | 'refunded'

export type OrderFacts = {
  invoiceStatus: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible'
  paymentStatuses: readonly string[]
  line: {
    activated: boolean
    tries: number
    trouble: string | null
    needsReview: boolean
    lastAnswer: string | null
  } | null
  refunded: boolean
}

/** Delayed after the second failed try; needs review only for a refusal or what a person must look at. */
export function orderStatusOf(before: OrderStatus, facts: OrderFacts): { status: OrderStatus; reason: string } {
  if (facts.refunded) return { status: 'refunded', reason: '' }
  if (facts.line?.activated) return { status: 'ready', reason: '' }
  if (facts.invoiceStatus === 'paid') {
    const { line } = facts
    if (line?.needsReview) return { status: 'needs_review', reason: line.lastAnswer ?? '' }
    if (line?.trouble === 'auth_failed') return { status: 'needs_review', reason: line.lastAnswer ?? '' }
    if (line !== null && line.tries >= 2) return { status: 'delayed', reason: line.lastAnswer ?? '' }
    return { status: before === 'delayed' ? 'delayed' : 'setting_up', reason: line?.lastAnswer ?? '' }
  }
  if (facts.invoiceStatus === 'void') return { status: 'canceled', reason: 'not paid in time' }
  if (facts.paymentStatuses.some((status) => status === 'processing' || status === 'indeterminate'))
    return { status: 'processing', reason: '' }
  return { status: before === 'canceled' ? 'canceled' : 'awaiting_payment', reason: '' }
}

/** `N-1042`-like: short, for people to read out; not guessable from the one before. */
export const orderNumber = (orderId: string): string => `N-${orderId.slice(-7).toUpperCase()}`

/** MAC addresses as panels compare them: upper case, colons. Null when it is none. */
export function normalizeMac(text: string): string | null {
  const digits = text.toUpperCase().replaceAll(/[^0-9A-F]/g, '')
  return digits.length === 12 ? (digits.match(/../g) ?? []).join(':') : null
}
