/**
 * Authorize.Net's API as far as a shop that owns its invoices needs it: the hosted page, charges of kept cards, customer profiles,
 * refunds and voids, lists by batch, signed notices. Idempotency there is none.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { overHttp, pumpOf, withControls } from '../kit/deliver.ts'
import { Refused } from '../kit/refused.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { type Account, openAccount, type PageToken, refused } from './authorizenet/account.ts'
import { actionOf, authorizenetApi } from './authorizenet/api.ts'
import { noticeFaults, sendDue } from './authorizenet/notices.ts'
import { hostedPage } from './authorizenet/page.ts'
import { payOn, review, settleBatch } from './authorizenet/transactions.ts'

const defaults = {
  login_id: 'anet_login',
  transaction_key: 'anet_key',
  /** 128 hexadecimal digits, used as the text that they are. */
  signature_key: 'A1'.repeat(64),
  /** Where notices go. Empty: nowhere, until `/__webhook` says. */
  webhook_url: '',
  /** Seconds until a notice that was not acknowledged is sent again, try by try. */
  retry_waits: '180,180,180,28800,28800,28800,172800,172800,172800,172800',
  currency: 'USD',
  /** `at_once`: every payment is settled when it is made; else each evening is a `/__settle`. */
  settles: 'evenings',
}

export const authorizenet: ImitationKind = {
  kind: 'authorizenet',
  title: 'Authorize.Net',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: noticeFaults, actionOf })
    const account = openAccount(kit, options.publicUrl, {
      loginId: given.login_id,
      transactionKey: given.transaction_key,
      signatureKey: given.signature_key,
      webhookUrl: given.webhook_url,
      retryWaitsSeconds: given.retry_waits.split(',').map(Number),
      currency: given.currency,
      settlesAtOnce: given.settles === 'at_once',
    })
    const closing = new AbortController()
    const deliver = overHttp(closing.signal)
    const pump = pumpOf(kit, closing.signal, () => sendDue(account, deliver))
    const timer = setInterval(() => void pump(), 1000)
    timer.unref()
    // After the answer has left, as a notice from another machine would come.
    const changed = () => void setImmediate(() => void pump())
    kit.app.route('/', authorizenetApi(account, changed))
    kit.app.route('/', hostedPage(account, changed))

    return {
      ...kit,
      app: withControls(kit, controls(account, changed)),
      async close() {
        clearInterval(timer)
        closing.abort()
        await pump()
        await kit.close()
      },
    }
  },
}

const Pay = z.strictObject({ invoice: z.string(), reason: z.int().default(1) })
const Review = z.strictObject({ invoice: z.string(), approved: z.boolean() })
const Method = z.strictObject({ method: z.string(), reason: z.int() })
const Webhook = z.strictObject({ url: z.url() })

/** For tests and people who try things out; the original has none of them. They answer whatever faults are on. */
function controls(account: Account, changed: () => void): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 422)
    if (error instanceof Refused) return c.json({ error: error.message }, error.status)
    throw error
  })
  const post = <T>(path: string, schema: z.ZodType<T>, act: (given: T) => object) =>
    app.post(path, async (c) => {
      const answer = act(schema.parse(await c.req.json().catch(() => ({}))))
      await account.kit.store.flush()
      changed()
      return c.json(answer)
    })

  post('/__pay', Pay, ({ invoice, reason }) => payOn(account, newest(account, invoice), reason))
  post('/__review', Review, ({ invoice, approved }) => {
    const made = [...account.transactions.values()].find((each) => each.invoiceNumber === invoice)
    if (!made) throw refused('E00040', `no transaction of ${invoice}`)
    return review(account, made, approved)
  })
  post('/__settle', z.strictObject({}), () => ({ batch: settleBatch(account) }))
  post('/__method', Method, ({ method: id, reason }) => {
    const method = account.methods.get(id)
    if (!method) throw refused('E00040', `no card ${id}`)
    account.methods.put(id, { ...method, reason })
    return { id, reason }
  })
  post('/__webhook', Webhook, ({ url }) => {
    account.settings.webhookUrl = url
    return { url }
  })
  return app
}

/** The last page that was opened for an invoice number. */
function newest(account: Account, invoice: string): PageToken {
  const page = [...account.pages.values()].findLast((each) => each.invoiceNumber === invoice)
  if (!page) throw refused('E00040', `no page of ${invoice}`)
  return page
}
