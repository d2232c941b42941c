/**
 * Money that comes by a way no machine tells us of: bank transfer, cash, a friend. The buyer gets instructions and a short
 * reference; staff mark the money as received. There is nobody to ask, so what is known travels in `remoteRef`.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { format, type Money, money, zero } from '#platform/money.ts'
import type { Gateway, GatewayKind, PaymentSnapshot, PaymentStatus } from './gateway.ts'

const ManualSettings = z.object({
  instructions: z.string().trim().min(1).max(5_000).meta({
    title: 'Instructions',
    help: 'Markdown, shown to the buyer. {reference} and {amount} are filled in.',
    long: true,
  }),
})
type ManualSettings = z.infer<typeof ManualSettings>

export const manual: GatewayKind<ManualSettings> = {
  kind: 'manual',
  title: 'Manual payment',
  settings: ManualSettings,
  capabilities: {
    checkout: 'instructions',
    notices: false,
    refund: false,
    delayed: true,
    staffConfirms: true,
    savesMethods: false,
    savesWithoutPayment: false,
    findsUnpaid: true,
    testOnly: false,
  },
  currencies: null,
  open(settings, context): Gateway {
    const snapshot = (remoteRef: string, status: PaymentStatus): PaymentSnapshot => {
      const { ourRef, amount } = readRemoteRef(remoteRef)
      return {
        remoteRef,
        ourRef,
        status,
        requested: amount,
        received: zero(amount.currency),
        captureId: null,
        livemode: context.livemode,
        failure: null,
        refunds: [],
        method: null,
        saved: null,
      }
    }
    return {
      checkConnection: async () => ({
        detail: 'Staff mark payments as received; nothing to connect to.',
        livemode: null,
      }),
      async createCheckout({ ourRef, amount }) {
        const reference = referenceOf(ourRef)
        const text = settings.instructions.replaceAll('{reference}', reference).replaceAll('{amount}', format(amount))
        return { kind: 'instructions', remoteRef: `${ourRef}:${amount.minor}:${amount.currency}`, text, reference }
      },
      fetchPayment: async (remoteRef) => snapshot(remoteRef, 'requires_action'),
      findByReference: async () => [],
      cancel: async (remoteRef) => snapshot(remoteRef, 'canceled'),
    }
  },
}

function readRemoteRef(remoteRef: string): { ourRef: string; amount: Money } {
  const match = /^([A-Za-z0-9_]+):(\d{1,18}):([A-Z]{3})$/.exec(remoteRef)
  if (!match) throw new ProviderError('manual', 'rejected', `no manual payment ${remoteRef}`, { code: 'not_found' })
  return { ourRef: match[1] ?? '', amount: money(BigInt(match[2] ?? '0'), match[3] ?? '') }
}

/**
 * `K7QX-2M9D-41`: the last eight characters of our id, which are chance, and two check digits (ISO 7064, as in an IBAN), so that
 * a slip of the buyer's or the bank's finger is noticed instead of paying another's bill.
 */
export function referenceOf(ourRef: string): string {
  const tail = ourRef.slice(-8).toUpperCase()
  return `${tail.slice(0, 4)}-${tail.slice(4)}-${checkDigits(tail)}`
}

/** Finds a reference in what a bank statement says, whatever its spaces and case; null when there is none whose digits fit. */
export function readReference(text: string): string | null {
  const candidates = text
    .toUpperCase()
    .matchAll(/(?<![0-9A-Z])([0-9A-HJKMNP-TV-Z]{4})[\s-]?([0-9A-HJKMNP-TV-Z]{4})[\s-]?(\d\d)(?![0-9A-Z])/g)
  for (const [, head = '', tail = '', digits] of candidates)
    if (checkDigits(head + tail) === digits) return `${head}-${tail}-${digits}`
  return null
}

/** 98 minus the number modulo 97, letters counted as 10 to 35. */
function checkDigits(text: string): string {
  let rest = 0
  for (const character of `${text}00`) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return String(98 - rest).padStart(2, '0')
}
