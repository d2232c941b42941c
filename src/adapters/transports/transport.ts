/** Carries a message to a person's mailbox (later: Telegram and others). Accepted means that the next machine took responsibility. */
import type { z } from 'zod'
import type { Log } from '#platform/log.ts'

export type OutgoingMessage = {
  /** Stable per message: a repeat after an unknown outcome carries the same, so that mailboxes can fold the two. */
  messageId: string
  from: { name: string; address: string }
  to: { name: string; address: string }
  replyTo: string | null
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/**
 * `accepted`: the transport took it. `rejected`: it never will (bad address); `detail` is safe to show to staff.
 * `unavailable`: surely not taken, retry. `ambiguous`: may have been taken (connection lost after DATA).
 */
export type Delivery =
  | { outcome: 'accepted'; detail: string }
  | { outcome: 'rejected' | 'unavailable' | 'auth_failed' | 'ambiguous'; detail: string }

export interface Transport {
  /** The message will be sent, as this very object: what can be done before is done now. Sends nothing. */
  compose?(message: OutgoingMessage): void
  send(message: OutgoingMessage): Promise<Delivery>
  /** Proves address and sign-in without sending. */
  checkConnection(): Promise<Delivery>
  close(): Promise<void>
}

export interface TransportKind<Settings = unknown> {
  kind: string
  title: string
  settings: z.ZodType<Settings>
  open(
    settings: Settings,
    context: { log: Log; now: () => Temporal.Instant; allowPrivate: (address: string, port: number) => boolean },
  ): Transport
}
