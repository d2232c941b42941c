/** A request as it goes onto the wire, and how a failure there is told apart: before or after the first byte was sent. */

export type Wire = {
  method: string
  url: URL
  headers: Record<string, string>
  body: string | Uint8Array | null
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal | undefined
}

/** `body` is already decompressed. */
export type WireAnswer = { status: number; headers: Headers; body: Uint8Array }

export type Exchange = (wire: Wire) => Promise<WireAnswer>

/** `sent`: at least one byte of the request may have reached the other side. `stale`: a kept-alive connection ended before any answer. */
export class WireFault extends Error {
  readonly code: string
  readonly sent: boolean
  readonly stale: boolean

  constructor(code: string, message: string, more: { sent: boolean; stale?: boolean; cause?: unknown }) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'WireFault'
    this.code = code
    this.sent = more.sent
    this.stale = more.stale ?? false
  }
}
