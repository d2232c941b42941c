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
  /** No line is wanted before there are credits to hold, or while somebody above lets nothing run. */
  waitingFor: string | null
  /** What was paid for may have been cut off or ended before its line was ever up: by a dispute, or by staff. */
  subscription: 'suspended' | 'terminated' | 'other'
  refunded: boolean
}

const endedEarly = 'ended before its line was up'

/** Delayed after the second failed try, and while it rests or waits for credits; needs review only for a refusal or what a person must look at. */
export function orderStatusOf(before: OrderStatus, facts: OrderFacts): { status: OrderStatus; reason: string } {
  if (facts.refunded) return { status: 'refunded', reason: '' }
  if (facts.line?.activated) return { status: 'ready', reason: '' }
  if (facts.invoiceStatus === 'paid') {
    const { line } = facts
    if (facts.subscription === 'terminated') return { status: 'canceled', reason: endedEarly }
    if (facts.subscription === 'suspended') return { status: 'delayed', reason: 'Its subscription is suspended.' }
    if (facts.waitingFor !== null)
      return {
        status: 'delayed',
        reason: `Waits for ${facts.waitingFor === 'credits' ? 'credits' : 'the business above'}.`,
      }
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

/** What one household or phone has of the network: the address, of IPv6 its first 64 bits. Null where it tells nobody apart. */
export function networkOf(address: string, isGlobal: (address: string) => boolean): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isGlobal(plain)) return null
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.toLowerCase().split('::')
  const first = head.split(':').filter((part) => part !== '')
  const last = tail.split(':').filter((part) => part !== '')
  const gap = plain.includes('::') ? 8 - first.length - last.length : 0
  const groups = [...first, ...Array.from({ length: gap }, () => '0'), ...last]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
