/**
 * Stripe, imitated from its public protocol: the form-encoded API under `/v1`, the hosted payment page under `/c/pay`, and
 * signed notices. Test mode only; there is no money behind it. `docs/imitations.md` lists options, routes and faults.
 */
import { type Deliver, overHttp, pumpOf, withControls } from '../kit/deliver.ts'
import { type CreateImitation, type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { type Account, openAccount } from './stripe/account.ts'
import { stripeApi } from './stripe/api.ts'
import { passTime } from './stripe/checkout.ts'
import { controls } from './stripe/controls.ts'
import { addEndpoint } from './stripe/endpoints.ts'
import { noticeFaults, sendDue } from './stripe/notices.ts'
import { paymentPage } from './stripe/page.ts'
import { refundFaults } from './stripe/refunds.ts'

const defaults = {
  /** The first endpoint for notices and its secret (`whsec_…`); more through `/__webhooks` or the API. Empty: none. */
  webhook_url: '',
  webhook_secret: '',
  /** The only secret key that is accepted. Empty: every `sk_test_…` and `rk_test_…`. */
  key: '',
  /** Seconds until a notice that was not acknowledged is sent again, try by try. */
  retry_waits: '1,5,30,120,600,3600,21600,43200,86400,86400',
  /** How many notices the fault `notice_duplicate` makes of one. */
  duplicates: '5',
  /** After how many seconds a debit ends by itself. Empty: only through `/__settle`. */
  settle_after: '',
  /** How long an idempotency key is remembered, in hours. */
  keep_keys_hours: '24',
  country: 'DE',
  currency: 'eur',
  /** Makes ids come out the same in every run. Empty: ids of chance. */
  seed: '',
}

export type StripeImitation = Imitation & {
  /** Lets due things happen and sends due notices; answers how many left. For a simulation that holds the clock. */
  pump(): Promise<number>
}

export const stripe: ImitationKind = {
  kind: 'stripe',
  title: 'Stripe',
  role: 'gateway',
  defaults,
  create: (options) => createStripe(options),
}

/**
 * With `deliver` notices go where it says and nothing happens by itself: whoever holds the clock calls `pump`. Without it
 * they leave over HTTP at once, and what is to be repeated leaves by a timer.
 */
export async function createStripe(options: CreateImitation & { deliver?: Deliver }): Promise<StripeImitation> {
  const given = readOptions(defaults, options.options)
  const kit = await openKit(options, { faults: [...noticeFaults, ...refundFaults, 'search_lag'] })
  const account = openAccount(kit, options.publicUrl, given.seed, {
    key: given.key,
    retryWaitsSeconds: given.retry_waits.split(',').map(Number),
    duplicates: Number(given.duplicates),
    settleAfterSeconds: given.settle_after === '' ? null : Number(given.settle_after),
    keepKeysSeconds: Number(given.keep_keys_hours) * 3600,
    country: given.country,
    currency: given.currency,
  })
  if (given.webhook_url !== '') openFirstEndpoint(account, given.webhook_url, given.webhook_secret)

  const closing = new AbortController()
  const deliver = options.deliver ?? overHttp(closing.signal)
  const pump = pumpOf(kit, closing.signal, () => {
    passTime(account)
    return sendDue(account, deliver)
  })
  const timer = options.deliver ? null : setInterval(() => void pump(), 1000)
  timer?.unref()
  // After the answer has left, as a notice from another machine would come.
  const changed = () => {
    if (!options.deliver) setImmediate(() => void pump())
  }

  kit.app.route('/', stripeApi(account, changed))
  kit.app.route('/', paymentPage(account, changed))
  return {
    ...kit,
    app: withControls(kit, controls(account, changed, pump)),
    pump,
    async close() {
      if (timer) clearInterval(timer)
      closing.abort()
      await pump() // What was on its way is queued again.
      await kit.close()
    },
  }
}

/** A restart finds the endpoint on the shelf and must not add it again. */
function openFirstEndpoint(account: Account, url: string, secret: string) {
  if ([...account.endpoints.values()].some((each) => each.url === url)) return
  addEndpoint(account, { url, ...(secret === '' ? {} : { secret }) })
}
