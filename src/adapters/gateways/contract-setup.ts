/** What every gateway that declares `savesWithoutPayment` does on a page that only keeps a method. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { money } from '#platform/money.ts'
import { failure, type GatewayWorld, type Peculiarities, where } from './contract.ts'
import type { SetupRequest, SetupSnapshot } from './gateway.ts'

const ourRef = 'pms_01k9zq3v5d8m2n4p6r7s8t9vwx'

export function setupContract(name: string, setup: () => Promise<GatewayWorld>, peculiar: Peculiarities): void {
  describe(`${name} keeps the contract for methods that are kept without a payment`, () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await setup()
    })
    afterEach(() => world.stop())

    const start = (over: Partial<SetupRequest> = {}, gateway = world.gateway) => {
      if (!gateway.startSetup) throw new Error('this gateway keeps nothing without a payment')
      return gateway.startSetup({
        ourRef,
        currency: 'EUR',
        customerEmail: 'zoe@example.org',
        returnUrl: 'http://shop.example/account/payment-methods?back=1',
        cancelUrl: 'http://shop.example/account/payment-methods',
        expiresAt: world.now().add({ hours: 2 }),
        saveFor: { customerId: 'cus_1', customerRef: null },
        ...over,
      })
    }
    const look = (remoteRef: string, gateway = world.gateway): Promise<SetupSnapshot> => {
      if (!gateway.fetchSetup) throw new Error('this gateway keeps nothing without a payment')
      return gateway.fetchSetup(remoteRef)
    }

    test('a page waits for the buyer, and nothing is kept yet', async () => {
      const { remoteRef, url } = await start()
      expect(url).toMatch(/^https?:\/\//)
      expect(await look(remoteRef)).toEqual({
        remoteRef,
        ourRef: peculiar.setupsAreNameless ? null : ourRef,
        status: 'requires_action',
        livemode: false,
        failure: null,
        saved: null,
      })
    })

    test('what is kept has no card number, cost nothing, and is charged later', async () => {
      const { remoteRef } = await start()
      await world.buyer(remoteRef, 'pays')
      const { status, saved } = await look(remoteRef)
      expect(status).toBe('succeeded')
      expect(saved).toEqual({
        customerRef: expect.any(String),
        methodRef: expect.any(String),
        kind: expect.any(String),
        brand: expect.any(String),
        last4: peculiar.keepsWallets ? null : expect.stringMatching(/^\d{4}$/),
        expires:
          peculiar.keepsAccounts || peculiar.keepsWallets
            ? null
            : { month: expect.any(Number), year: expect.any(Number) },
        fingerprint: expect.any(String),
      })
      expect(await world.gateway.findByReference(ourRef)).toEqual([])
      if (saved === null) throw new Error('nothing was kept')
      const renewal = { ourRef: 'pay_renewal', amount: money(1099, 'EUR'), description: 'TV', method: saved }
      expect(await world.gateway.chargeSaved?.(renewal)).toMatchObject({
        status: 'succeeded',
        received: renewal.amount,
      })
    })

    test('a second one goes to the same customer, under a name of its own', async () => {
      const first = await start()
      await world.buyer(first.remoteRef, 'pays')
      const { saved } = await look(first.remoteRef)
      const saveFor = { customerId: 'cus_1', customerRef: saved?.customerRef ?? null }
      const second = await start({ ourRef: 'pms_second', saveFor })
      await world.buyer(second.remoteRef, 'pays')
      const other = (await look(second.remoteRef)).saved
      expect(other).toMatchObject({ customerRef: saved?.customerRef, fingerprint: saved?.fingerprint })
      expect(other?.methodRef).not.toBe(saved?.methodRef)
    })

    // What is wrong with a bank account or a wallet shows when it is charged.
    where(!peculiar.keepsAccounts && !peculiar.keepsWallets)(
      `a refused card keeps nothing and says why; another is taken on ${peculiar.declineEnds ? 'the next' : 'the same'} page`,
      async () => {
        const { remoteRef } = await start()
        await world.buyer(remoteRef, 'declined_for_funds')
        const declined = await look(remoteRef)
        expect(declined).toMatchObject({
          status: peculiar.declineEnds ? 'canceled' : 'requires_action',
          saved: null,
          failure: { code: expect.any(String), message: expect.stringMatching(/^[^_]+$/) },
        })
        const next = peculiar.declineEnds ? (await start({ ourRef: 'pms_next' })).remoteRef : remoteRef
        await world.buyer(next, 'pays')
        expect(await look(next)).toMatchObject({ status: 'succeeded', failure: null })
      },
    )

    test('an abandoned page ends by itself, and nothing is kept on it any more', async () => {
      const { remoteRef } = await start()
      world.pass({ hours: 25 })
      expect(await look(remoteRef)).toMatchObject({ status: 'expired', saved: null })
      await world.buyer(remoteRef, 'pays')
      expect(await look(remoteRef)).toMatchObject({ status: 'expired', saved: null })
    })

    test('the same request again, also after a lost answer, is the same page', async () => {
      await world.fail('timeout_after', 'setup', 1)
      expect(await failure(start())).toMatchObject({ kind: 'ambiguous' })
      const first = await start()
      const again = await start()
      expect(again).toEqual(peculiar.pagesAreFresh ? { ...again, remoteRef: first.remoteRef } : first)
    })

    where(!peculiar.setupsAreNameless)('a notice leads to it', async () => {
      const { remoteRef } = await start()
      await world.buyer(remoteRef, 'pays')
      await expect
        .poll(async () => {
          const told = await Promise.all((await world.notices(1)).map((each) => world.gateway.verifyNotice?.(each)))
          return told.flatMap((each) => each?.hints ?? [])
        })
        .toContainEqual(expect.objectContaining({ object: 'payment', remoteRef, ourRef }))
    })

    test('strange references, keys and modes', async () => {
      const { remoteRef } = await start()
      expect(await failure(look(`${remoteRef}zz`))).toMatchObject({ kind: 'rejected', code: 'not_found' })
      expect(await failure(look('../payments'))).toMatchObject({ kind: 'rejected' })
      for (const gateway of [world.withKey('sk_test_unknown'), world.forLive()]) {
        expect(await failure(start({ ourRef: 'pms_other' }, gateway))).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(look(remoteRef, gateway))).toMatchObject({ kind: 'auth_failed' })
      }
    })
  })
}
