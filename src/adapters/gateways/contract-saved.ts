/** What every gateway that declares `savesMethods` does with a method that a buyer let us keep. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { money } from '#platform/money.ts'
import { anyCheckout, failure, type GatewayWorld, type Peculiarities, type ScriptedCharge } from './contract.ts'
import type { ChargeRequest, Gateway, PaymentSnapshot, SavedMethod } from './gateway.ts'

const price = money(1099, 'EUR')
const renewal = 'pay_01k9zq3v5d8m2n4p6r7s8t9wxy'

export function savedMethodContract(name: string, setup: () => Promise<GatewayWorld>, peculiar: Peculiarities): void {
  describe(`${name} keeps the contract for kept methods`, () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await setup()
    })
    afterEach(() => world.stop())

    async function bought(over: Parameters<typeof anyCheckout>[1] = {}): Promise<PaymentSnapshot> {
      const saveFor = { customerId: 'cus_1', customerRef: null }
      const { remoteRef } = await world.gateway.createCheckout(anyCheckout(world, { saveFor, ...over }))
      await world.buyer(remoteRef, 'pays')
      return world.gateway.fetchPayment(remoteRef)
    }
    async function kept(): Promise<SavedMethod> {
      const { saved } = await bought()
      if (saved === null) throw new Error('nothing was kept')
      return saved
    }
    const charge = (method: SavedMethod, over: Partial<ChargeRequest> = {}, gateway: Gateway = world.gateway) => {
      if (!gateway.chargeSaved) throw new Error('this gateway charges nothing')
      return gateway.chargeSaved({ ourRef: renewal, amount: price, description: 'TV, 1 month', method, ...over })
    }
    const forget = (method: SavedMethod) => world.gateway.forgetMethod?.(method)
    const script = (method: SavedMethod, does: ScriptedCharge) => {
      if (!world.script) throw new Error('nothing to script with')
      return world.script(method, does)
    }

    test('nothing is kept without being asked to', async () => {
      expect(await bought({ saveFor: undefined })).toMatchObject({ status: 'succeeded', saved: null })
    })

    test('kept with the first payment, and with nothing of a card number', async () => {
      const saved = await kept()
      expect(saved).toEqual({
        customerRef: expect.any(String),
        methodRef: expect.any(String),
        kind: expect.any(String),
        brand: expect.any(String),
        last4: peculiar.keepsWallets ? null : expect.stringMatching(/^\d{4}$/),
        expires:
          peculiar.keepsWallets || peculiar.keepsAccounts
            ? null
            : { month: expect.any(Number), year: expect.any(Number) },
        fingerprint: expect.any(String),
      })
      if (saved.expires) expect(saved.expires.year).toBeGreaterThan(2025)
      expect(JSON.stringify(saved)).not.toMatch(/\d{12,}/)
    })

    test('the same buyer’s card has the same fingerprint, and his second goes to the same customer', async () => {
      const first = await kept()
      const saveFor = { customerId: 'cus_1', customerRef: first.customerRef }
      const { saved } = await bought({ ourRef: 'pay_second', saveFor })
      expect(saved).toMatchObject({ customerRef: first.customerRef, fingerprint: first.fingerprint })
    })

    test('charged in the buyer’s absence: money under an id of its own, found by our reference', async () => {
      const method = await kept()
      const snapshot = await charge(method)
      expect(snapshot).toMatchObject({
        ourRef: renewal,
        status: 'succeeded',
        requested: price,
        received: price,
        captureId: expect.any(String),
        failure: null,
        livemode: false,
      })
      expect(await world.gateway.fetchPayment(snapshot.remoteRef)).toMatchObject({
        status: 'succeeded',
        ourRef: renewal,
      })
      expect(await world.gateway.findByReference(renewal)).toMatchObject([{ captureId: snapshot.captureId }])
    })

    test('the same charge again is the same money; another reference is another charge', async () => {
      const method = await kept()
      const first = await charge(method)
      expect((await charge(method)).captureId).toBe(first.captureId)
      const other = await charge(method, { ourRef: 'pay_other' })
      expect(other.captureId).not.toBe(first.captureId)
      expect(await world.gateway.findByReference(renewal)).toHaveLength(1)
    })

    test.each([
      ['no_funds', 'soft_funds'],
      ['lost', 'hard_blocked'],
      ['asks_the_buyer', 'needs_authentication'],
      ['fraud', 'fraud'],
    ] as const)('%s is an answer without money, of the class %s', async (does, kind) => {
      const method = await kept()
      await script(method, does)
      const snapshot = await charge(method)
      expect(snapshot).toMatchObject({ status: 'failed', received: money(0, 'EUR'), captureId: null })
      expect(snapshot.failure).toMatchObject({ class: peculiar.declines?.[does] ?? kind, code: expect.any(String) })
      expect(snapshot.failure?.message).not.toMatch(/_|stolen|lost|fraud/)
      expect((await charge(method)).status).toBe('failed')
      await script(method, 'pays')
      expect(await charge(method, { ourRef: 'pay_next_try' })).toMatchObject({ status: 'succeeded', received: price })
    })

    test('a charge whose answer is lost is found, and is one charge when it is asked for again', async () => {
      const method = await kept()
      await world.fail('timeout_after', 'charge', 1)
      expect(await failure(charge(method))).toMatchObject({ kind: 'ambiguous' })
      const again = await charge(method)
      expect(again.status).toBe('succeeded')
      expect(await world.gateway.findByReference(renewal)).toMatchObject([{ captureId: again.captureId }])
    })

    test('a charge that never arrived is not found, and a provider that is down charged nothing', async () => {
      const method = await kept()
      await world.fail('timeout_before', 'charge', 1)
      expect(await failure(charge(method))).toMatchObject({ kind: 'ambiguous' })
      const found = await world.gateway.findByReference(renewal)
      expect(found.filter((each) => each.received.minor > 0n)).toEqual([])
      await world.fail('down', 'charge')
      expect(await failure(charge(method))).toMatchObject({ kind: 'unavailable' })
      await world.heal()
      expect(await charge(method)).toMatchObject({ status: 'succeeded' })
    })

    test('a forgotten method is charged no more, and forgetting it again does no harm', async () => {
      const method = await kept()
      await forget(method)
      await forget(method)
      expect(await failure(charge(method))).toMatchObject({ kind: 'rejected', code: 'method_gone' })
      await forget({ ...method, methodRef: `${method.methodRef}zz` })
    })

    test('another account’s key, and a live business, charge nothing', async () => {
      const method = await kept()
      for (const gateway of [world.withKey('sk_test_unknown'), world.forLive()])
        expect(await failure(charge(method, {}, gateway))).toMatchObject({ kind: 'auth_failed' })
      expect(await world.gateway.findByReference(renewal)).toEqual([])
    })

    test('a refund of a charge comes back from it', async () => {
      const { remoteRef } = await charge(await kept())
      const amount = money(400, 'EUR')
      await world.gateway.refund?.({ ourRef: 'ref_1', remoteRef, amount, reason: 'asked for it' })
      expect(await world.gateway.fetchPayment(remoteRef)).toMatchObject({ refunds: [{ ourRef: 'ref_1', amount }] })
    })
  })
}
