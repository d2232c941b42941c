/** What every transport does, run against a real server of its kind. A new transport is a file and one call of this. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OutgoingMessage, Transport } from './transport.ts'

/** One message as the receiving side has it. `to` are those it was delivered to, not those it names. */
export type Received = { messageId: string; to: string[]; subject: string; text: string; html: string }

export type TransportWorld = {
  transport: Transport
  /** The same server with a wrong password. */
  stranger: Transport
  /** A transport to a server that is not there. */
  unreachable: Transport
  received(): Promise<Received[]>
  /** What goes wrong with the next message only. */
  fail(
    how: 'refuses_recipient' | 'asks_to_wait' | 'refuses_message' | 'breaks_before_message' | 'breaks_after_message',
  ): void
  stop(): Promise<void>
}

export const anyMessage = (over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  messageId: '<msg_01@shop.example>',
  from: { name: 'Shop', address: 'billing@shop.example' },
  to: { name: 'Zoë Müller', address: 'zoe@example.org' },
  replyTo: null,
  subject: 'Your TV login ✓',
  text: 'Hello Zoë\n.\nA line with one dot above.',
  html: '<p>Hello <b>Zoë</b></p>',
  headers: {},
  ...over,
})

export function transportContract(name: string, setup: () => Promise<TransportWorld>): void {
  describe(`${name} keeps the transport contract`, () => {
    let world: TransportWorld
    beforeEach(async () => {
      world = await setup()
    })
    afterEach(() => world.stop())

    test('an accepted message arrives once, whole, under our Message-ID', async () => {
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'accepted' })
      expect(await world.received()).toEqual([
        {
          messageId: '<msg_01@shop.example>',
          to: ['zoe@example.org'],
          subject: 'Your TV login ✓',
          text: expect.stringContaining('Hello Zoë\n.\nA line with one dot above.'),
          html: expect.stringContaining('<b>Zoë</b>'),
        },
      ])
    })

    test('a message that is composed ahead leaves when it is sent, once, and is the same', async () => {
      const [ahead, plain] = [anyMessage(), anyMessage({ messageId: '<2@shop.example>' })]
      world.transport.compose?.(ahead)
      world.transport.compose?.(anyMessage({ to: { name: '', address: 'zoe@example.org, spy@example.org' } }))
      expect(await world.transport.send(plain)).toMatchObject({ outcome: 'accepted' })
      expect(await world.received()).toHaveLength(1)
      expect(await world.transport.send(ahead)).toMatchObject({ outcome: 'accepted' })
      const [first, second] = await world.received()
      expect(second).toEqual({ ...first, messageId: '<msg_01@shop.example>' })
    })

    test('a refused recipient is rejected, and the next message goes out', async () => {
      world.fail('refuses_recipient')
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'rejected' })
      expect(await world.transport.send(anyMessage({ messageId: '<2@shop.example>' }))).toMatchObject({
        outcome: 'accepted',
      })
      expect(await world.received()).toHaveLength(1)
    })

    test('a server that asks to wait is unavailable', async () => {
      world.fail('asks_to_wait')
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
    })

    test('a message that is refused is rejected', async () => {
      world.fail('refuses_message')
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'rejected' })
      expect(await world.received()).toHaveLength(0)
    })

    test('a connection that breaks before the message is unavailable', async () => {
      world.fail('breaks_before_message')
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
      expect(await world.received()).toHaveLength(0)
    })

    test('a connection that breaks after the message is ambiguous, and is not repeated by itself', async () => {
      world.fail('breaks_after_message')
      expect(await world.transport.send(anyMessage())).toMatchObject({ outcome: 'ambiguous' })
      expect(await world.received()).toHaveLength(1)
    })

    test('a wrong password is auth_failed, for a message and for the check', async () => {
      expect(await world.stranger.send(anyMessage())).toMatchObject({ outcome: 'auth_failed' })
      expect(await world.stranger.checkConnection()).toMatchObject({ outcome: 'auth_failed' })
      expect(await world.received()).toHaveLength(0)
    })

    test('a server that is not there is unavailable', async () => {
      expect(await world.unreachable.send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
      expect(await world.unreachable.checkConnection()).toMatchObject({ outcome: 'unavailable' })
    })

    test('the check proves the sign-in and sends nothing', async () => {
      expect(await world.transport.checkConnection()).toMatchObject({ outcome: 'accepted' })
      expect(await world.received()).toHaveLength(0)
    })

    test.each([
      ['recipient address', { to: { name: '', address: 'zoe@example.org\r\nRCPT TO:<spy@example.org>' } }],
      ['several recipients', { to: { name: '', address: 'zoe@example.org, spy@example.org' } }],
      ['recipient name', { to: { name: 'Zoë\r\nBcc: spy@example.org', address: 'zoe@example.org' } }],
      ['sender name', { from: { name: 'Shop\nBcc: spy@example.org', address: 'billing@shop.example' } }],
      ['subject', { subject: 'Hello\r\nBcc: spy@example.org' }],
      ['NUL', { subject: 'Hello\0' }],
      ['reply-to', { replyTo: 'help@shop.example\nBcc: spy@example.org' }],
      ['header value', { headers: { 'X-Order': 'ord_1\r\nBcc: spy@example.org' } }],
      ['header name', { headers: { 'X-Order: 1\r\nBcc': 'spy@example.org' } }],
      ['structural header', { headers: { Bcc: 'spy@example.org' } }],
    ])('injection through %s is refused and nothing leaves', async (_where, over) => {
      expect(await world.transport.send(anyMessage(over))).toMatchObject({ outcome: 'rejected' })
      expect(await world.received()).toHaveLength(0)
    })

    test('a comma in a name adds no recipient', async () => {
      const to = { name: 'Müller, Zoë <spy@example.org>', address: 'zoe@example.org' }
      expect(await world.transport.send(anyMessage({ to }))).toMatchObject({ outcome: 'accepted' })
      expect((await world.received()).map((each) => each.to)).toEqual([['zoe@example.org']])
    })

    test('twenty messages at once arrive each once', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `<m${index}@shop.example>`)
      const outcomes = await Promise.all(ids.map((messageId) => world.transport.send(anyMessage({ messageId }))))
      expect(outcomes.every((each) => each.outcome === 'accepted')).toBe(true)
      expect((await world.received()).map((each) => each.messageId).sort()).toEqual([...ids].sort())
    })
  })
}
