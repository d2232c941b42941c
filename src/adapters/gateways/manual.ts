/**
 * Money that comes by a way no machine tells us of: bank transfer, cash, a friend. The buyer gets instructions and a short
 * reference; staff mark the money as received. There is nobody to ask, so what is known travels in `remoteRef`.
 */
import { z } from 'zod'
import { format } from '#platform/money.ts'
import { checkDigits } from './check-digits.ts'
import type { Gateway, GatewayKind } from './gateway.ts'
import { remoteRefOf, staffConfirmed } from './staff-confirmed.ts'

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
    return {
      checkConnection: async () => ({
        detail: 'Staff mark payments as received; nothing to connect to.',
        livemode: null,
      }),
      async createCheckout({ ourRef, amount }) {
        const reference = referenceOf(ourRef)
        const text = settings.instructions.replaceAll('{reference}', reference).replaceAll('{amount}', format(amount))
        return { kind: 'instructions', remoteRef: remoteRefOf(ourRef, amount), text, reference }
      },
      ...staffConfirmed('manual', 'manual payment', context),
    }
  },
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
