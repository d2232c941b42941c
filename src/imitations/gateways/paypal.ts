/**
 * PayPal's REST API as far as a shop that owns its invoices needs it: orders with approval and capture, vaulted wallets, refunds,
 * disputes, transaction search, and webhooks signed by a certificate of the imitation's own.
 */
import { overHttp, pumpOf, withControls } from '../kit/deliver.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { openAccount } from './paypal/account.ts'
import { paypalApi } from './paypal/api.ts'
import { makeSigner } from './paypal/certificate.ts'
import { controls } from './paypal/controls.ts'
import { noticeFaults, sendDue } from './paypal/notices.ts'
import { approvalPage } from './paypal/page.ts'
import { refundFaults } from './paypal/refunds.ts'

const defaults = {
  client_id: 'paypal_client',
  client_secret: 'paypal_secret',
  /** Where notices go. Empty: nowhere, until `/__webhook` says. */
  webhook_url: '',
  webhook_id: 'WH0IMITATED0000000',
  /** Seconds until a notice that was not acknowledged is sent again, try by try: 25 over three days. */
  retry_waits: ['60,300,600,1800,3600', ...Array.from({ length: 20 }, () => '12600')].join(','),
  /** How many notices the fault `notice_duplicate` makes of one. */
  duplicates: '5',
  /** Whether the app may search transactions. */
  transaction_search: 'on',
  /** Whom the signing certificate names, and whether its authority is shown. */
  certificate_name: 'messageverificationcerts.sandbox.paypal.com',
  certificate_authority: 'shown',
  /** When the certificate ends, as an instant. Empty: in twenty years. */
  certificate_ends: '',
}

export const paypal: ImitationKind = {
  kind: 'paypal',
  title: 'PayPal',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: [...noticeFaults, ...refundFaults, 'search_lag'] })
    const from = options.now().subtract({ hours: 24 })
    const signer = makeSigner({
      commonName: given.certificate_name,
      from,
      until:
        given.certificate_ends === '' ? from.add({ hours: 24 * 7300 }) : Temporal.Instant.from(given.certificate_ends),
      hidesAuthority: given.certificate_authority === 'hidden',
    })
    const account = openAccount(kit, options.publicUrl, signer, {
      clientId: given.client_id,
      clientSecret: given.client_secret,
      webhookUrl: given.webhook_url,
      webhookId: given.webhook_id,
      retryWaitsSeconds: given.retry_waits.split(',').map(Number),
      duplicates: Number(given.duplicates),
      maySearch: given.transaction_search === 'on',
    })

    const closing = new AbortController()
    const deliver = overHttp(closing.signal)
    const pump = pumpOf(kit, closing.signal, () => sendDue(account, deliver))
    const timer = setInterval(() => void pump(), 1000)
    timer.unref()
    // After the answer has left, as a notice from another machine would come.
    const changed = () => void setImmediate(() => void pump())

    kit.app.route('/', paypalApi(account, changed))
    kit.app.route('/', approvalPage(account, changed))
    return {
      ...kit,
      app: withControls(kit, controls(account, changed, pump)),
      async close() {
        clearInterval(timer)
        closing.abort()
        await pump() // What was on its way is queued again.
        await kit.close()
      },
    }
  },
}
