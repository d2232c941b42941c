/** What an SMTP failure means for the message: whether it may have been taken decides whether it may be sent again. */
import type { Delivery } from './transport.ts'

/** `handedOver`: the last byte of the message was given to the connection, so a lost answer may have been a yes. */
export type Progress = { readonly handedOver: boolean; handOver(): void }

type Failed = Exclude<Delivery, { outcome: 'accepted' }>
type SmtpFailure = { code?: string; responseCode?: number; response?: string; command?: string; message?: string }

/** A clear answer of the server wins; without one, what was handed over is `ambiguous` and the rest surely was not taken. */
export function deliveryOf(cause: unknown, progress: Progress): Failed {
  const failure: SmtpFailure = typeof cause === 'object' && cause !== null ? cause : {}
  const detail = safeDetail(failure.response || failure.message || String(cause))
  const { responseCode, command = '' } = failure

  if (failure.code === 'EAUTH' || failure.code === 'ENOAUTH')
    return { outcome: isTemporary(responseCode) ? 'unavailable' : 'auth_failed', detail }
  if (responseCode !== undefined && responseCode >= 400 && command !== 'CONN')
    return { outcome: verdict(responseCode, command), detail }
  if (failure.code === 'EMESSAGE') return { outcome: 'rejected', detail } // Refused before sending: too large, empty.
  if (progress.handedOver)
    return { outcome: 'ambiguous', detail: `No answer after the message was handed over: ${detail}` }
  return { outcome: 'unavailable', detail }
}

function verdict(code: number, command: string): Failed['outcome'] {
  if (isTemporary(code) || code === 503) return 'unavailable' // 503 is about the session's order, not about the message.
  if (code === 530 || code === 534 || code === 535 || code === 538) return 'auth_failed'
  // The server does not let us send from this address: no message will pass until the settings change. 552 is about size.
  if (command === 'MAIL FROM' && code !== 552) return 'auth_failed'
  return 'rejected'
}

const isTemporary = (code: number | undefined): boolean => code !== undefined && code >= 400 && code < 500

/** One bounded line without control characters: servers echo what they were sent. */
export const safeDetail = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300)
