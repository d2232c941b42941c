/**
 * A payment provider of our own, for the demo and for test businesses: a small API, a hosted page on which the buyer decides
 * what happens, and signed notices. It behaves like a real one (keys, idempotency, delays, repeats), only that no money exists.
 *
 *     POST /v1/payments   GET /v1/payments/:id   GET /v1/payments?reference= or ?limit=&after=   POST /v1/payments/:id/{refunds,cancel}   GET /v1/account
 *     POST /v1/charges {reference, amount, currency, method}   POST /v1/methods/:id/forget: a method kept with `save_for`, charged later
 *     POST /v1/setups   GET /v1/setups/:id: a page that keeps a method without a payment
 *     GET /v1/disputes/:id   POST /v1/disputes/:id/evidence
 *     GET, POST /pay/:id, /save/:id  the hosted pages; that of a paid payment disputes it, and says how that ends
 *     POST /__method {id or customer, outcomes}  what its next charges bring: pay, later, never, or a decline code
 *     POST /__dispute {id, reason?, asks?}   POST /__verdict {dispute, to}: taken, won, lost or closed
 *     GET /v1/moves   GET /v1/payouts   GET /v1/payouts/:id/moves: what moved on the balance with what was kept, and what went to the bank
 *     POST /__payout {account, currency?, status?}: all that waits goes to the bank; {payout, to}: arrived or failed
 *     POST /__pay {id, how, decline_code?, paid_with?}, of a setup, too; `paid_with`: {amount, currency}, where the buyer pays in a currency of his own
 *     POST /__settle {id?}   POST /__deliver   POST /__accounts {api_key, notice_url, notice_secret}
 *
 * Own faults: `notice_lost`, `notice_held` (until `/__deliver`), `notice_twice`; their action is the event type, `payment.paid`.
 */
import { createHash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { Refused } from '../kit/refused.ts'
import { type ImitationKind, type Kit, openKit, readOptions } from '../kit.ts'
import { type Balance, NewPayout, openBalance, PayoutTurn } from './sandbox/balance.ts'
import { type Disputes, NewDispute, openDisputes, type SandboxDispute, Turn } from './sandbox/disputes.ts'
import { ChargeOutcome, type Methods, openMethods, shownMethod } from './sandbox/methods.ts'
import { type Deliver, openNotices, type SandboxAccount } from './sandbox/notices.ts'
import { missingPage, payPage, setupPage } from './sandbox/page.ts'
import {
  DeclineCode,
  How,
  type Ledger,
  NewCharge,
  NewPayment,
  NewRefund,
  openLedger,
  type SandboxPayment,
  Taken,
} from './sandbox/payments.ts'
import { NewSetup, openSetups, type SandboxSetup, SetupHow, type Setups } from './sandbox/setups.ts'

const defaults = {
  api_key: 'sandbox_key',
  notice_url: '',
  notice_secret: 'sandbox_notice_secret',
  /** Milliseconds until *Pay later* is paid; empty: until `/__settle`. */
  settle_after_ms: '5000',
}

/** `deliver` takes the place of the network for notices; without it they travel over HTTP. */
export const sandboxWith = (deliver: Deliver | null): ImitationKind => ({
  kind: 'sandbox',
  title: 'Sandbox payments',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: ['notice_lost', 'notice_held', 'notice_twice'] })
    const accounts = kit.store.shelf<SandboxAccount>('accounts')
    accounts.put(given.api_key, {
      api_key: given.api_key,
      notice_url: given.notice_url,
      notice_secret: given.notice_secret,
    })

    const notices = openNotices(kit, (key) => accounts.get(key), deliver)
    const settleAfterMs = given.settle_after_ms === '' ? null : Number(given.settle_after_ms)
    const ledger: Ledger = openLedger(kit, settleAfterMs, notices.tell, (id) =>
      ['asked', 'taken', 'lost'].includes(disputes.of(id)?.status ?? ''),
    )
    const disputes: Disputes = openDisputes(kit, (id) => ledger.read(id), notices.tell)
    const balance = openBalance(kit, (account) => ledger.all(account), disputes.of)
    const methods = openMethods(kit)
    const setups = openSetups(kit, methods, notices.tell)
    const timers = new Set<NodeJS.Timeout>()

    /** The bank answers by itself after a while, also when nobody asks. */
    const chosen = async (
      id: string,
      how: How,
      code?: DeclineCode,
      laterCharges: ChargeOutcome = 'pay',
      paidWith?: Taken,
    ) => {
      keepMethod(ledger, methods, await ledger.read(id), how, laterCharges)
      const payment = await ledger.choose(id, how, code, paidWith)
      if (deliver !== null || payment.settles_at === null || settleAfterMs === null) return payment
      const timer = setTimeout(() => void ledger.read(id).then(() => timers.delete(timer)), settleAfterMs + 20)
      timer.unref()
      timers.add(timer)
      return payment
    }

    addApi(kit, { ledger, methods, setups, disputes }, (key) => accounts.get(key), options.publicUrl)
    addBalance(kit, balance)
    addPages(kit, ledger, disputes, chosen)
    addSetupPages(kit, setups)
    kit.app.post('/__pay', async (c) => {
      const { id, how, decline_code, paid_with } = PayRequest.parse(await c.req.json())
      if (setups.has(id)) return c.json(await setups.choose(id, SetupHow.parse(how), decline_code))
      return c.json(await chosen(id, how, decline_code, 'pay', paid_with))
    })
    kit.app.post('/__dispute', (c) =>
      caught(c, async () => c.json(await disputes.open(NewDispute.parse(await c.req.json())))),
    )
    kit.app.post('/__verdict', (c) =>
      caught(c, async () => {
        const { dispute, to } = VerdictRequest.parse(await c.req.json())
        return c.json(await disputes.turn(dispute, to))
      }),
    )
    kit.app.post('/__payout', (c) =>
      caught(c, async () => {
        const asked: unknown = await c.req.json()
        const turn = PayoutTurn.safeParse(asked).data
        return c.json(turn ? balance.turn(turn) : balance.payOut(NewPayout.parse(asked)))
      }),
    )
    kit.app.post('/__method', async (c) => {
      const { id, customer, outcomes } = MethodRequest.parse(await c.req.json())
      const found = id === undefined ? methods.of(customer ?? '') : [methods.find(id)]
      return c.json({ scripted: found.map((each) => methods.script(each.id, outcomes).id) })
    })
    kit.app.post('/__settle', async (c) => {
      const { id } = SettleRequest.parse(await c.req.json().catch(() => ({})))
      return c.json({ settled: (await ledger.settle(id)).map((each) => each.id) })
    })
    kit.app.post('/__deliver', async (c) => c.json({ delivered: await notices.flush() }))
    kit.app.post('/__accounts', async (c) => {
      const account = AccountRequest.parse(await c.req.json())
      accounts.put(account.api_key, account)
      return c.json({ notice_url: account.notice_url })
    })

    return {
      ...kit,
      async close() {
        notices.close()
        for (const timer of timers) clearTimeout(timer)
        await kit.close()
      },
    }
  },
})

export const sandbox: ImitationKind = sandboxWith(null)

const PayRequest = z.object({
  id: z.string(),
  how: How,
  decline_code: DeclineCode.optional(),
  paid_with: Taken.optional(),
})
const VerdictRequest = z.strictObject({ dispute: z.string(), to: Turn })
const Evidence = z.record(z.string(), z.unknown())
const MethodRequest = z.object({
  id: z.string().optional(),
  customer: z.string().optional(),
  outcomes: z.array(ChargeOutcome).min(1),
})
const SettleRequest = z.object({ id: z.string().optional() })
const AccountRequest = z.object({
  api_key: z.string().min(1),
  notice_url: z.string(),
  notice_secret: z.string().min(1),
})

/** A buyer who pays, now or by a bank that answers later, leaves his method behind where the shop asked for it. */
function keepMethod(ledger: Ledger, methods: Methods, payment: SandboxPayment, how: How, outcome: ChargeOutcome): void {
  const takes = payment.status === 'open' || payment.status === 'declined'
  if (!takes || !payment.save_for || payment.saved || (how !== 'pay' && how !== 'later')) return
  ledger.kept(payment.id, methods.keep(payment, payment.save_for, [outcome]).id)
}

function addApi(
  kit: Kit,
  { ledger, methods, setups, disputes }: { ledger: Ledger; methods: Methods; setups: Setups; disputes: Disputes },
  accountOf: (key: string) => SandboxAccount | undefined,
  publicUrl: () => string,
): void {
  const answered = kit.store.shelf<{ request: string; body: unknown }>('idempotency')
  const running = new Map<string, Promise<object>>()
  const keyOf = (c: Context) => c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
  const shown = ({ account: _, ...payment }: SandboxPayment) => ({
    ...payment,
    livemode: false,
    paid_with: payment.paid_with ?? null,
    url: `${publicUrl()}/pay/${payment.id}`,
    saved: payment.saved ? shownMethod(methods.find(payment.saved)) : null,
  })

  const shownSetup = ({ account: _, ...setup }: SandboxSetup) => ({
    ...setup,
    livemode: false,
    url: `${publicUrl()}/save/${setup.id}`,
    saved: setup.saved ? shownMethod(methods.find(setup.saved)) : null,
  })

  /** The same key and body get the same answer, for ever; another body under the same key is a mistake. */
  async function once(c: Context, act: () => Promise<object> | object): Promise<Response> {
    const key = c.req.header('idempotency-key')
    if (!key) return refuse(c, 400, 'idempotency_key_required', 'send an Idempotency-Key')
    const place = `${keyOf(c)}/${key}`
    const request = createHash('sha256')
      .update(`${c.req.path}\n${await c.req.text()}`)
      .digest('hex')
    while (running.has(place)) await running.get(place)?.catch(() => {})
    const before = answered.get(place)
    if (before && before.request !== request)
      return refuse(c, 409, 'idempotency_mismatch', 'this key was used for another request')
    if (before) return c.json(before.body as object, 201)
    const acting = Promise.resolve(act()).then((body) => {
      answered.put(place, { request, body })
      return body
    })
    running.set(place, acting)
    const body = await acting.finally(() => running.delete(place))
    return c.json(body, 201)
  }

  kit.app.use('/v1/*', async (c, next) => {
    if (!accountOf(keyOf(c))) return refuse(c, 401, 'key_unknown', 'this API key is not known')
    await next()
    return undefined
  })
  kit.app.get('/v1/account', (c) => c.json({ name: 'Sandbox', livemode: false }))
  kit.app.post('/v1/payments', async (c) => {
    const asked = NewPayment.safeParse(await jsonOf(c))
    if (!asked.success) return refuse(c, 422, 'invalid', z.prettifyError(asked.error))
    return once(c, () => shown(ledger.create(keyOf(c), asked.data)))
  })
  kit.app.post('/v1/charges', async (c) => {
    const asked = NewCharge.safeParse(await jsonOf(c))
    if (!asked.success) return refuse(c, 422, 'invalid', z.prettifyError(asked.error))
    const charge = async () => {
      const { outcome } = methods.next(asked.data.method, keyOf(c))
      return shown(await ledger.charge(keyOf(c), asked.data, outcome))
    }
    return caught(c, () => once(c, charge))
  })
  kit.app.post('/v1/methods/:id/forget', (c) =>
    caught(c, async () => c.json(methods.forget(c.req.param('id'), keyOf(c)))),
  )
  kit.app.post('/v1/setups', async (c) => {
    const asked = NewSetup.safeParse(await jsonOf(c))
    if (!asked.success) return refuse(c, 422, 'invalid', z.prettifyError(asked.error))
    return once(c, () => shownSetup(setups.create(keyOf(c), asked.data)))
  })
  kit.app.get('/v1/setups/:id', (c) =>
    caught(c, async () => c.json(shownSetup(await setups.read(c.req.param('id'), keyOf(c))))),
  )
  kit.app.get('/v1/disputes/:id', (c) =>
    caught(c, async () => c.json(shownDispute(disputes.read(c.req.param('id'), keyOf(c))))),
  )
  kit.app.post('/v1/disputes/:id/evidence', async (c) => {
    const told = Evidence.safeParse(await jsonOf(c))
    if (!told.success) return refuse(c, 422, 'invalid', z.prettifyError(told.error))
    const answer = async () => shownDispute(await disputes.answer(c.req.param('id'), keyOf(c), told.data))
    return caught(c, () => once(c, answer))
  })
  kit.app.get('/v1/payments', async (c) => {
    const reference = c.req.query('reference')
    if (reference !== undefined) return c.json({ payments: (await ledger.find(keyOf(c), reference)).map(shown) })
    const { limit, after } = Paging.parse(c.req.query())
    const { page, more } = await ledger.page(keyOf(c), limit, after)
    return c.json({ payments: page.map(shown), more })
  })
  kit.app.get('/v1/payments/:id', (c) =>
    caught(c, async () => c.json(shown(await ledger.read(c.req.param('id'), keyOf(c))))),
  )
  kit.app.post('/v1/payments/:id/cancel', (c) =>
    caught(c, async () => c.json(shown(await ledger.cancel(c.req.param('id'), keyOf(c))))),
  )
  kit.app.post('/v1/payments/:id/refunds', async (c) => {
    const asked = NewRefund.safeParse(await jsonOf(c))
    if (!asked.success) return refuse(c, 422, 'invalid', z.prettifyError(asked.error))
    return caught(c, () => once(c, () => ledger.refund(c.req.param('id'), keyOf(c), asked.data)))
  })
}

function addBalance(kit: Kit, balance: Balance): void {
  const keyOf = (c: Context) => c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
  const paged = (c: Context, all: { id: string }[]) => {
    const { limit, after } = Paging.parse(c.req.query())
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
    return c.json({ data: all.slice(start, start + limit), more: all.length > start + limit })
  }
  kit.app.get('/v1/moves', (c) => paged(c, balance.moves(keyOf(c))))
  kit.app.get('/v1/payouts', (c) =>
    paged(
      c,
      balance.payouts(keyOf(c)).map(({ account: _, moves: __, ...payout }) => payout),
    ),
  )
  kit.app.get('/v1/payouts/:id/moves', (c) =>
    caught(c, async () => paged(c, balance.movesOf(c.req.param('id'), keyOf(c)))),
  )
}

const shownDispute = ({ account: _, evidence, ...dispute }: SandboxDispute) => ({
  ...dispute,
  livemode: false,
  evidence_sent: evidence !== null,
})

function addPages(
  kit: Kit,
  ledger: Ledger,
  disputes: Disputes,
  choose: (id: string, how: How, code?: DeclineCode, laterCharges?: ChargeOutcome) => Promise<SandboxPayment>,
): void {
  kit.app.use('/pay/*', guarded)
  kit.app.get('/pay/:id', async (c) => {
    const payment = await ledger.read(c.req.param('id')).catch(() => null)
    return payment ? c.html(payPage(payment, disputes.of(payment.id))) : c.html(missingPage(), 404)
  })
  kit.app.post('/pay/:id', async (c) => {
    const payment = await ledger.read(c.req.param('id')).catch(() => null)
    if (!payment) return c.html(missingPage(), 404)
    const form = await c.req.parseBody()
    if (form.how === 'back') return c.redirect(payment.cancel_url, 303)
    const dispute = disputes.of(payment.id)
    const turn = Turn.safeParse(form.how).data
    if (dispute && turn) return c.html(payPage(payment, await disputes.turn(dispute.id, turn)))
    if (form.how === 'dispute' && payment.status === 'paid' && !dispute)
      return c.html(payPage(payment, await disputes.open({ id: payment.id, reason: 'fraudulent', asks: false })))
    const how = How.safeParse(form.how)
    if (!how.success) return c.html(payPage(payment, dispute), 422)
    const laterCharges = ChargeOutcome.safeParse(form.later_charges).data
    await choose(payment.id, how.data, DeclineCode.safeParse(form.decline_code).data, laterCharges)
    return c.redirect(payment.return_url, 303)
  })
}

function addSetupPages(kit: Kit, setups: Setups): void {
  kit.app.use('/save/*', guarded)
  kit.app.get('/save/:id', async (c) => {
    const setup = await setups.read(c.req.param('id')).catch(() => null)
    return setup ? c.html(setupPage(setup)) : c.html(missingPage(), 404)
  })
  kit.app.post('/save/:id', async (c) => {
    const setup = await setups.read(c.req.param('id')).catch(() => null)
    if (!setup) return c.html(missingPage(), 404)
    const form = await c.req.parseBody()
    if (form.how === 'back') return c.redirect(setup.cancel_url, 303)
    const how = SetupHow.safeParse(form.how).data
    if (how === undefined) return c.html(setupPage(setup), 422)
    const laterCharges = ChargeOutcome.safeParse(form.later_charges).data
    const after = await setups.choose(setup.id, how, DeclineCode.safeParse(form.decline_code).data, laterCharges)
    return after.status === 'declined' ? c.html(setupPage(after)) : c.redirect(setup.return_url, 303)
  })
}

const guarded: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cache-control', 'no-store')
  c.header('referrer-policy', 'no-referrer')
  c.header('x-content-type-options', 'nosniff')
  c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
}

const Paging = z.object({ limit: z.coerce.number().int().min(1).max(100).default(100), after: z.string().optional() })

const jsonOf = (c: Context): Promise<unknown> => c.req.json().catch(() => null)

const refuse = (c: Context, status: Refused['status'], code: string, message: string) =>
  c.json({ error: { code, message } }, status)

async function caught(c: Context, act: () => Promise<Response>): Promise<Response> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Refused) return refuse(c, error.status, error.code, error.message)
    throw error
  }
}
