/** A session of Stripe's that only keeps a method: what it and its setup intent say. */
import { z } from 'zod'
import type { SavedMethod, SetupSnapshot } from '../gateway.ts'
import { stripeFailure } from './errors.ts'
import { MethodDetails, ourRefOf } from './snapshot.ts'

const words = z.string().nullish()

const Method = z.looseObject({
  id: z.string(),
  type: z.string(),
  customer: z.union([z.string(), z.object({ id: z.string() }).transform((each) => each.id)]).nullish(),
})

const SetupIntent = z.object({
  id: z.string(),
  status: z.string(),
  usage: words,
  payment_method: z.union([z.string(), Method]).nullish(),
  last_setup_error: z
    .object({ code: words, decline_code: words, advice_code: words, network_advice_code: words })
    .nullish(),
})

export const SetupSession = z.object({
  id: z.string().startsWith('cs_'),
  object: z.literal('checkout.session'),
  mode: z.literal('setup'),
  client_reference_id: words,
  livemode: z.boolean(),
  metadata: z.record(z.string(), z.string()).nullish(),
  setup_intent: z.union([z.string(), SetupIntent]).nullish(),
  status: z.string().nullable(),
  url: words,
})

/** The intent and the method that it kept, in one call. */
export const expandSetup = ['setup_intent.payment_method']

export function snapshotOfSetup(session: z.infer<typeof SetupSession>): SetupSnapshot {
  const intent = typeof session.setup_intent === 'object' ? (session.setup_intent ?? null) : null
  const saved = intent?.status === 'succeeded' ? savedBy(intent) : null
  const error = saved === null ? intent?.last_setup_error : null
  return {
    remoteRef: session.id,
    ourRef: ourRefOf(session),
    status: statusOf(session.status, intent?.status, saved),
    livemode: session.livemode,
    failure: error ? stripeFailure(error) : null,
    saved,
  }
}

/** A method that is kept wins over whatever the session says; a word we do not know is no success and no end. */
function statusOf(session: string | null, intent: string | undefined, saved: SavedMethod | null) {
  if (saved !== null) return 'succeeded'
  if (session === 'open') return 'requires_action'
  if (session === 'expired') return 'expired'
  return intent === 'canceled' ? 'canceled' : 'processing'
}

/** What has no customer cannot be charged again, and is not kept. */
function savedBy({ payment_method: method }: z.infer<typeof SetupIntent>): SavedMethod | null {
  if (!method || typeof method === 'string' || !method.customer) return null
  const inner = MethodDetails.safeParse(method[method.type]).data
  return {
    customerRef: method.customer,
    methodRef: method.id,
    kind: method.type,
    brand: inner?.brand ?? null,
    last4: inner?.last4 ?? null,
    expires: inner?.exp_month && inner.exp_year ? { month: inner.exp_month, year: inner.exp_year } : null,
    fingerprint: inner?.fingerprint ?? null,
  }
}
