/** What every gateway that redirects to a hosted page does, run against an imitation of its provider. A new one is a file and one call of this. */
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProviderError } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { savedMethodContract } from './contract-saved.ts'
import { setupContract } from './contract-setup.ts'
import {
  type CheckoutRequest,
  type DeclineClass,
  type Gateway,
  type GatewayKind,
  type ListedMoney,
  type ListedMove,
  type ListedMoves,
  type ListedPage,
  type MethodRef,
  NoticeError,
  type RawNotice,
} from './gateway.ts'

export type GatewayWorld = {
  gateway: Gateway
  /** The same provider: with a key it does not know, on behalf of a live business, with other notice secrets. */
  withKey(key: string): Gateway
  forLive(): Gateway
  withNoticeSecrets(secrets: string): Gateway
  noticeSecret: string
  now(): Temporal.Instant
  pass(duration: Temporal.DurationLike): void
  /** What the buyer does on the hosted page. `later` is a method whose success comes days afterwards, by `settle`. */
  buyer(remoteRef: string, does: 'pays' | 'declined_for_funds' | 'pays_later'): Promise<void>
  settle(remoteRef: string): Promise<void>
  /** The imitation's faults; `on` is one of our kinds of call. */
  fail(fault: string, on: 'create' | 'read' | 'refund' | 'charge' | 'setup', times?: number): Promise<void>
  heal(): Promise<void>
  /** Notices as they arrived over the network, oldest first; waits until `count` are there. */
  notices(count: number): Promise<RawNotice[]>
  /** Sends money to the bank: what waits, or so much where the provider sends what it is told. Only where `tellsPayouts`. */
  payOut?(minor: number): Promise<void>
  /** What the next charge of a kept method brings. Only for gateways that declare `savesMethods`. */
  script?(method: MethodRef, does: ScriptedCharge): Promise<void>
  stop(): Promise<void>
}

/** In what a provider differs by its nature. */
export type Peculiarities = {
  /** A payment that was declined is over: its page takes no second try. */
  declineEnds?: boolean
  /** Notices are not signed: they are proved by asking. */
  asksNotices?: boolean
  /** How its notices are signed, and headers that must not pass for the given one. Without it: `t=,v1=` with a time that counts. */
  signature?: { header: string; spoiled: (value: string) => string[] }
  /** What it keeps is no card: no digits, no month in which it ends. */
  keepsWallets?: boolean
  /** What it keeps is a bank account: its last digits, and no month in which it ends. */
  keepsAccounts?: boolean
  /** The link to a page is a new one each time; the page is the same. */
  pagesAreFresh?: boolean
  /** It has no test mode: nothing of it can be told to be real or not. */
  hasNoModes?: boolean
  /** What pays is sent, not charged: nothing can be declined. */
  cannotDecline?: boolean
  /** Its key finds no payment by our reference. */
  findsNothing?: boolean
  /** A page that was opened cannot be closed again. */
  staysOpen?: boolean
  /** A page names its payment only once it is paid. */
  pagesAreNothing?: boolean
  /** A page that only keeps a method cannot carry our reference, and no notice tells of it: it is asked about. */
  setupsAreNameless?: true
  /** Its list takes no span: it tells all there is. */
  listsAll?: true
  /** What its declines are taken for, where it does not tell them apart as others do. */
  declines?: Partial<Record<ScriptedCharge, DeclineClass>>
}

export type ScriptedCharge = 'pays' | 'no_funds' | 'lost' | 'asks_the_buyer' | 'fraud'

const price = money(1099, 'EUR')

export const anyCheckout = (
  world: Pick<GatewayWorld, 'now'>,
  over: Partial<CheckoutRequest> = {},
): CheckoutRequest => ({
  ourRef: 'pay_01k9zq3v5d8m2n4p6r7s8t9vwx',
  attempt: 1,
  amount: price,
  description: 'TV, 1 month',
  customerEmail: 'zoe@example.org',
  returnUrl: 'http://shop.example/orders/ord_1?back=1',
  cancelUrl: 'http://shop.example/checkout',
  expiresAt: world.now().add({ hours: 2 }),
  ...over,
})

/** A test that not every gateway has to pass: of the others it says nothing. */
export const where =
  (holds: boolean | undefined) =>
  (title: string, story: () => Promise<void>): void => {
    if (holds) test(title, story)
  }

export function gatewayContract(
  { kind: name, capabilities }: Pick<GatewayKind, 'kind' | 'capabilities'>,
  setup: () => Promise<GatewayWorld>,
  peculiar: Peculiarities = {},
): void {
  if (capabilities.savesMethods) savedMethodContract(name, setup, peculiar)
  if (capabilities.savesWithoutPayment) setupContract(name, setup, peculiar)
  describe(`${name} keeps the gateway contract`, () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await setup()
    })
    afterEach(() => world.stop())

    async function started(over: Partial<CheckoutRequest> = {}): Promise<string> {
      const checkout = await world.gateway.createCheckout(anyCheckout(world, over))
      if (checkout.kind === 'instructions') throw new Error('expected a hosted page')
      expect(checkout.kind === 'form' ? checkout.action : checkout.url).toMatch(/^https?:\/\//)
      return checkout.remoteRef
    }
    async function paid(over: Partial<CheckoutRequest> = {}): Promise<string> {
      const remoteRef = await started(over)
      await world.buyer(remoteRef, 'pays')
      return remoteRef
    }
    const refund = (remoteRef: string, minor: number, ourRef = 'ref_1') => {
      if (!world.gateway.refund) throw new Error('this gateway does not refund')
      return world.gateway.refund({ ourRef, remoteRef, amount: money(minor, 'EUR'), reason: 'asked for it' })
    }
    const { ourRef } = anyCheckout({ now: () => Temporal.Instant.fromEpochMilliseconds(0) })
    const unpaidRef = peculiar.pagesAreNothing ? null : ourRef

    test('the connection is proved, and is not a live one', async () => {
      const livemode = peculiar.hasNoModes ? null : false
      expect(await world.gateway.checkConnection()).toEqual({ detail: expect.any(String), livemode })
    })

    test('what it declares it can do: keeping and charging methods, or neither', () => {
      const verbs = [world.gateway.chargeSaved, world.gateway.forgetMethod]
      expect(verbs.map((each) => each !== undefined)).toEqual([capabilities.savesMethods, capabilities.savesMethods])
      const pages = [world.gateway.startSetup, world.gateway.fetchSetup]
      expect(pages.filter((each) => each !== undefined)).toHaveLength(capabilities.savesWithoutPayment ? 2 : 0)
      expect(capabilities.savesMethods || !capabilities.savesWithoutPayment).toBe(true)
      expect(world.gateway.listMoney !== undefined).toBe(capabilities.listsMoney === true)
      expect(world.gateway.listMoves !== undefined).toBe(capabilities.tellsFees === true)
      expect(world.gateway.listPayouts !== undefined).toBe(capabilities.tellsPayouts === true)
    })

    test('a key that is not known, and a key of the other mode, are auth_failed', async () => {
      for (const gateway of [world.withKey('sk_test_unknown'), ...(peculiar.hasNoModes ? [] : [world.forLive()])]) {
        expect(await failure(gateway.checkConnection())).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(gateway.createCheckout(anyCheckout(world)))).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(gateway.findByReference(ourRef))).toMatchObject({ kind: 'auth_failed' })
      }
      expect(await world.gateway.findByReference(ourRef)).toEqual([])
    })

    test('a checkout waits for the buyer', async () => {
      const remoteRef = await started()
      expect(await world.gateway.fetchPayment(remoteRef)).toEqual({
        remoteRef,
        ourRef: unpaidRef,
        status: 'requires_action',
        requested: price,
        received: money(0, 'EUR'),
        captureId: null,
        livemode: false,
        failure: null,
        refunds: [],
        method: null,
        saved: null,
      })
    })

    test('paid: the money is confirmed under an id of its own, found by our reference too', async () => {
      const remoteRef = await paid()
      const snapshot = await world.gateway.fetchPayment(remoteRef)
      expect(snapshot).toMatchObject({
        remoteRef,
        ourRef,
        status: 'succeeded',
        requested: price,
        received: price,
        failure: null,
      })
      expect(snapshot.captureId).toEqual(expect.any(String))
      expect(snapshot.method).toMatchObject({ kind: expect.any(String) })
      expect(await world.gateway.findByReference(ourRef)).toEqual(peculiar.findsNothing ? [] : [snapshot])
    })

    where(!peculiar.cannotDecline)(
      'declined: no money, a class, and a sentence that tells the buyer nothing of the code',
      async () => {
        const remoteRef = await started()
        await world.buyer(remoteRef, 'declined_for_funds')
        const snapshot = await world.gateway.fetchPayment(remoteRef)
        expect(['requires_action', 'failed']).toContain(snapshot.status)
        expect(snapshot).toMatchObject({ received: money(0, 'EUR'), captureId: null })
        expect(snapshot.failure).toMatchObject({
          class: peculiar.declines?.no_funds ?? 'soft_funds',
          code: expect.any(String),
        })
        expect(snapshot.failure?.message).not.toContain('_')
        await world.buyer(remoteRef, 'pays')
        expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject(
          peculiar.declineEnds ? snapshot : { status: 'succeeded', failure: null, received: price },
        )
      },
    )

    test('delayed: processing, with no money, until the bank has answered', async () => {
      const remoteRef = await started()
      await world.buyer(remoteRef, 'pays_later')
      expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({
        status: 'processing',
        received: money(0, 'EUR'),
        captureId: null,
      })
      await world.settle(remoteRef)
      expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'succeeded', received: price })
    })

    test('a checkout that nobody visits expires', async () => {
      const remoteRef = await started()
      world.pass({ hours: 3 })
      expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({
        status: 'expired',
        received: money(0, 'EUR'),
      })
    })

    // Where coins are sent, a closed page keeps nobody from sending.
    where(!peculiar.staysOpen && !capabilities.openAmount)(
      'canceled: closed for the buyer, and safe to repeat',
      async () => {
        const remoteRef = await started()
        for (let time = 0; time < 2; time += 1) {
          const canceled = await world.gateway.cancel?.(remoteRef)
          expect(['canceled', 'expired']).toContain(canceled?.status)
        }
        await world.buyer(remoteRef, 'pays').catch(() => {})
        expect((await world.gateway.fetchPayment(remoteRef)).received).toEqual(money(0, 'EUR'))
      },
    )

    where(!peculiar.staysOpen)('cancel after the buyer paid answers that it is paid', async () => {
      expect(await world.gateway.cancel?.(await paid())).toMatchObject({ status: 'succeeded', received: price })
    })

    where(capabilities.listsMoney)(
      'its own list tells what was paid, page by page and nothing else, and what a refund is asked about for',
      async () => {
        const refs = ['pay_list1', 'pay_list2', 'pay_list3']
        const remoteRefs = await Promise.all(refs.map((each) => paid({ ourRef: each })))
        // Where asking takes what the buyer allowed, there is no money before.
        for (const each of remoteRefs) await world.gateway.fetchPayment(each)
        const [first = ''] = remoteRefs
        await started({ ourRef: 'pay_unpaid' })
        world.pass({ minutes: 1 })
        const list = async (from: Temporal.Instant): Promise<{ moneys: ListedMoney[]; pages: number }> => {
          const moneys: ListedMoney[] = []
          for (let cursor: string | null = null, pages = 1; ; pages += 1) {
            const page: ListedPage | undefined = await world.gateway.listMoney?.({
              from,
              until: world.now(),
              cursor,
              most: 2,
            })
            moneys.push(...(page?.moneys ?? []))
            if (!page?.next) return { moneys, pages }
            cursor = page.next
          }
        }
        const yesterday = world.now().subtract({ hours: 24 })
        const { moneys, pages } = await list(yesterday)
        expect(pages).toBeGreaterThan(1)
        const known = await Promise.all(
          moneys.map(async (each) => {
            expect([null, 1099n]).toContain(each.received?.minor ?? null)
            expect([null, 0n]).toContain(each.refunded?.minor ?? null)
            return each.ourRef ?? (await world.gateway.fetchPayment(each.remoteRef ?? '')).ourRef
          }),
        )
        expect(known.sort()).toEqual(refs)
        const captures = moneys.map(({ captureId }) => captureId)
        expect(captures).toContain((await world.gateway.fetchPayment(first)).captureId)
        if (capabilities.refund) {
          await refund(first, 400)
          const after = (await list(yesterday)).moneys
          // Either the list says so, or it says that something is to be asked about.
          expect(after.some((each) => each.refunded?.minor === 400n || each.received === null)).toBe(true)
        }
        world.pass({ hours: 24 * 10 })
        if (!peculiar.listsAll) expect((await list(world.now().subtract({ hours: 24 }))).moneys).toEqual([])
        await world.fail('down', 'read')
        await expect(list(yesterday)).rejects.toMatchObject({ kind: 'unavailable' })
      },
    )

    where(capabilities.tellsFees)(
      'what it keeps: each payment and refund moved once under a name of its own, page by page, the same names again',
      async () => {
        const refs = ['pay_one', 'pay_two', 'pay_three']
        const captures: string[] = []
        for (const ourRef of refs)
          captures.push((await world.gateway.fetchPayment(await paid({ ourRef }))).captureId ?? '')
        await started({ ourRef: 'pay_unpaid' })
        const last = (await world.gateway.findByReference('pay_one'))[0]?.remoteRef ?? ''
        if (capabilities.refund) await refund(last, 400)
        world.pass({ minutes: 1 })
        const list = async (): Promise<ListedMove[]> => {
          const moves: ListedMove[] = []
          for (let cursor: string | null = null; ; ) {
            const from = world.now().subtract({ hours: 24 })
            const page: ListedMoves | undefined = await world.gateway.listMoves?.({
              ...{ from, until: world.now(), cursor, most: 2 },
            })
            moves.push(...(page?.moves ?? []))
            if (!page?.next) return moves
            cursor = page.next
          }
        }
        const moves = await list()
        const payments = moves.filter(({ kind }) => kind === 'payment')
        expect(payments.map(({ captureId }) => captureId).sort()).toEqual(captures.sort())
        for (const each of payments) {
          expect(each).toMatchObject({ amount: price, original: null })
          expect(each.fee.minor).toBeGreaterThan(0n)
          expect(each.fee.minor).toBeLessThan(price.minor)
        }
        const back = moves.filter(({ kind }) => kind === 'refund')
        expect(back.map(({ amount, captureId }) => [amount.minor, captures.includes(captureId ?? '')])).toEqual(
          capabilities.refund ? [[-400n, true]] : [],
        )
        expect(new Set(moves.map(({ ref }) => ref)).size).toBe(moves.length)
        expect(await list()).toEqual(moves)
        await world.fail('down', 'read')
        await expect(list()).rejects.toMatchObject({ kind: 'unavailable' })
      },
    )

    where(capabilities.tellsPayouts)(
      'what it sent to the bank: of all that came, less what it kept, once; and what it is made of, where it can say',
      async () => {
        const captureId = (await world.gateway.fetchPayment(await paid())).captureId
        await world.payOut?.(1000)
        world.pass({ minutes: 1 })
        const span = { from: world.now().subtract({ hours: 24 }), until: world.now(), cursor: null }
        const found = await world.gateway.listPayouts?.({ ...span, most: 10 })
        expect(found).toMatchObject({ next: null, payouts: [{ state: 'arrived' }] })
        const [payout] = found?.payouts ?? []
        expect(payout?.arrivesOn).toMatch(/^\d{4}-\d\d-\d\d$/)
        const request = { payoutRef: payout?.ref ?? '', cursor: null, most: 10 }
        const parts = await world.gateway.listPayoutMoves?.(request)
        if (parts) {
          expect(parts.moves.map((each) => each.captureId)).toEqual([captureId])
          const net = parts.moves.reduce((sum, { amount, fee }) => sum + amount.minor - fee.minor, 0n)
          expect(payout?.amount).toEqual(money(net, 'EUR'))
        } else expect(payout?.amount).toEqual(money(1000, 'EUR'))
        await world.fail('down', 'read')
        await expect(world.gateway.listPayouts?.({ ...span, most: 10 })).rejects.toMatchObject({ kind: 'unavailable' })
      },
    )

    where(capabilities.refund)('refunds: in parts, each once, and never more than was paid', async () => {
      const remoteRef = await paid()
      const first = await refund(remoteRef, 400)
      expect(first).toMatchObject({ ourRef: 'ref_1', amount: money(400, 'EUR'), status: 'succeeded' })
      expect(await refund(remoteRef, 400)).toEqual(first)
      expect(await failure(refund(remoteRef, 700, 'ref_2'))).toMatchObject({ kind: 'rejected' })
      const second = await refund(remoteRef, 699, 'ref_3')
      expect(await failure(refund(remoteRef, 1, 'ref_4'))).toMatchObject({ kind: 'rejected' })

      const snapshot = await world.gateway.fetchPayment(remoteRef)
      expect(snapshot).toMatchObject({ status: 'succeeded', received: price })
      expect(byRef(snapshot.refunds)).toEqual(byRef([first, second]))
    })

    where(capabilities.refund)('a refund whose answer is lost is found under our reference', async () => {
      const remoteRef = await paid()
      await world.fail('timeout_after', 'refund', 1)
      expect(await failure(refund(remoteRef, 400))).toMatchObject({ kind: 'ambiguous' })
      const { refunds } = await world.gateway.fetchPayment(remoteRef)
      expect(refunds).toMatchObject([{ ourRef: 'ref_1', amount: money(400, 'EUR'), status: 'succeeded' }])
      expect((await refund(remoteRef, 400)).ref).toBe(refunds[0]?.ref)
    })

    test('the same attempt is one checkout, however often it is asked; a new attempt is another', async () => {
      const [first, again] = await Promise.all([started(), started()])
      expect(again).toBe(first)
      const other = await started({ attempt: 2 })
      expect(other).not.toBe(first)
      if (!capabilities.findsUnpaid) return
      const found = await world.gateway.findByReference(ourRef)
      expect(found.map((each) => each.remoteRef).sort()).toEqual([first, other].sort())
    })

    test('a checkout whose answer is lost is found under our reference; one that never arrived is not', async () => {
      await world.fail('timeout_after', 'create', 1)
      expect(await failure(started())).toMatchObject({ kind: 'ambiguous' })
      if (capabilities.findsUnpaid)
        expect(await world.gateway.findByReference(ourRef)).toMatchObject([
          { ourRef, status: 'requires_action', requested: price },
        ])
      else
        expect(await world.gateway.fetchPayment(await started())).toMatchObject({ ourRef: unpaidRef, requested: price })

      await world.fail('timeout_before', 'create', 1)
      expect(await failure(started({ ourRef: 'pay_other' }))).toMatchObject({ kind: 'ambiguous' })
      expect(await world.gateway.findByReference('pay_other')).toEqual([])
    })

    test('what the provider does not know is rejected(not_found)', async () => {
      const known = await started()
      const unknown = `${known.slice(0, -4)}zzzz`
      expect(await failure(world.gateway.fetchPayment(unknown))).toMatchObject({ kind: 'rejected', code: 'not_found' })
      expect(await failure(world.gateway.fetchPayment('../account'))).toMatchObject({
        kind: 'rejected',
        code: 'not_found',
      })
      expect(await world.gateway.findByReference('pay_unknown')).toEqual([])
    })

    test.each(['http_500', 'http_503', 'html', 'null', 'empty', 'truncated'])(
      'an answer like %s: nothing is known of a write, nothing happened by a read',
      async (fault) => {
        const remoteRef = await started()
        await world.fail(fault, 'create', 1)
        expect(await failure(started({ attempt: 2 }))).toMatchObject({ kind: 'ambiguous' })
        await world.fail(fault, 'read', 1)
        expect(await failure(world.gateway.fetchPayment(remoteRef))).toMatchObject({ kind: 'unavailable' })
        expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'requires_action' })
      },
    )

    test('too many requests, and a provider that is down: surely not done', async () => {
      const remoteRef = await started()
      await world.fail('http_429', 'read', 1)
      expect(await failure(world.gateway.fetchPayment(remoteRef))).toMatchObject({ kind: 'unavailable' })
      await world.fail('down', 'create')
      expect(await failure(started({ attempt: 2 }))).toMatchObject({ kind: 'unavailable' })
      expect(await failure(world.gateway.fetchPayment(remoteRef))).toMatchObject({ kind: 'unavailable' })
      await world.heal()
      expect(await world.gateway.findByReference(ourRef)).toHaveLength(capabilities.findsUnpaid ? 1 : 0)
    })

    test('a slow provider is waited for', async () => {
      const remoteRef = await started()
      await world.fail('slow', 'read', 1)
      expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'requires_action' })
    })

    describe('notices', () => {
      const { signature } = peculiar
      async function genuine(): Promise<RawNotice> {
        await paid()
        const [notice] = await world.notices(1)
        if (!notice) throw new Error('no notice arrived')
        return notice
      }
      const verify = (notice: RawNotice, gateway = world.gateway) => {
        if (!gateway.verifyNotice) throw new Error('this gateway has no notices')
        return gateway.verifyNotice(notice)
      }
      const refusal = (notice: RawNotice, gateway?: Gateway) =>
        verify(notice, gateway).then(
          () => 'accepted',
          (error) => (error instanceof NoticeError ? error.reason : `not a NoticeError: ${error}`),
        )

      test('a genuine notice leads to the payment, under a key of its own', async () => {
        const notice = await genuine()
        const verified = await verify(notice)
        expect(verified.dedupeKey.length).toBeGreaterThan(5)
        expect((await verify(notice)).dedupeKey).toBe(verified.dedupeKey)
        const all = await Promise.all((await world.notices(1)).map((each) => verify(each)))
        const hints = all.flatMap((each) => each.hints)
        expect(hints.length).toBeGreaterThan(0)
        for (const hint of hints) {
          expect(hint).toMatchObject({ object: 'payment', ourRef: unpaidRef })
          expect(await world.gateway.fetchPayment(hint.remoteRef)).toMatchObject({ status: 'succeeded', ourRef })
        }
      })

      if (peculiar.asksNotices) return
      test('altered, foreign, unsigned and garbled notices are forged', async () => {
        const notice = await genuine()
        const name = signature?.header ?? Object.keys(notice.headers).find((each) => each.endsWith('-signature')) ?? ''
        const value = notice.headers[name] ?? ''
        const signedAs = (signature: string) => ({ ...notice, headers: { ...notice.headers, [name]: signature } })
        const altered = Uint8Array.from(notice.body)
        altered[10] = (altered[10] ?? 0) ^ 1

        expect(await refusal({ ...notice, body: altered })).toBe('forged')
        expect(await refusal({ ...notice, body: new Uint8Array() })).toBe('forged')
        expect(await refusal({ ...notice, headers: {} })).toBe('forged')
        expect(await refusal(notice, world.withNoticeSecrets('another_secret'))).toBe('forged')
        const spoiled = signature?.spoiled(value) ?? [
          value.replace(/v1=.{6}/, 'v1=000000'),
          value.replace(/t=\d+/, 't=1'),
          ...['t=', 'v1=', 't=x,v1=y', 'v1=,t=1', 't=1e3,v1=0'],
        ]
        for (const garbage of ['', 'ü'.repeat(5_000), ...spoiled])
          expect(await refusal(signedAs(garbage))).toBe('forged')
      })

      where(signature === undefined)('old and future notices are stale, within five minutes they are not', async () => {
        const notice = await genuine()
        const at = (seconds: number) => ({ ...notice, receivedAt: notice.receivedAt.add({ seconds }) })
        expect([await refusal(at(302)), await refusal(at(-302))]).toEqual(['stale', 'stale'])
        expect([await refusal(at(290)), await refusal(at(-290))]).toEqual(['accepted', 'accepted'])
      })

      test('while a secret is replaced both count; with none set we say that we cannot verify', async () => {
        const notice = await genuine()
        expect(await refusal(notice, world.withNoticeSecrets(`new_secret ${world.noticeSecret}`))).toBe('accepted')
        expect(await refusal(notice, world.withNoticeSecrets(''))).toBe('cannot_verify_now')
        if (signature !== undefined) return
        const [name, value] = Object.entries(notice.headers).find(([each]) => each.endsWith('-signature')) ?? ['', '']
        const twoSignatures = value.replace('v1=', `v1=${'0'.repeat(64)},v1=`)
        expect(await refusal({ ...notice, headers: { [name]: twoSignatures } })).toBe('accepted')
      })
    })
  })
}

/** Kind and code of the `ProviderError` that a call must end in. */
export async function failure(call: Promise<unknown>): Promise<{ kind: string; code: string }> {
  const outcome = await call.then(
    () => ({ kind: 'succeeded', code: '' }),
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderError) return { kind: outcome.kind, code: outcome.code }
  if (outcome instanceof Error) throw outcome
  return outcome as { kind: string; code: string }
}

const byRef = <T extends { ref: string }>(refunds: readonly T[]): T[] =>
  [...refunds].sort((a, b) => a.ref.localeCompare(b.ref))

export type NoticeListener = { url: string; take(count: number): Promise<RawNotice[]>; close(): Promise<void> }

/** A door for notices that keeps the raw bytes and answers 200, as ours does. */
export async function listenForNotices(now: () => Temporal.Instant): Promise<NoticeListener> {
  const arrived: RawNotice[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      arrived.push({ body: new Uint8Array(Buffer.concat(chunks)), headers, receivedAt: now() })
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  return {
    url: `http://127.0.0.1:${address.port}/hooks`,
    async take(count) {
      await expect.poll(() => arrived.length, { timeout: 5_000, interval: 10 }).toBeGreaterThanOrEqual(count)
      return [...arrived]
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
