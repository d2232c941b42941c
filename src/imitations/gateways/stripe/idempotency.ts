/**
 * `Idempotency-Key`: the first answer is kept and given again, errors included; another request under the same key is refused.
 * Nothing is kept when a request was not even valid, so that it may be mended and sent again.
 */
import { createHash } from 'node:crypto'
import type { Account } from './account.ts'
import { ApiError, refuse } from './errors.ts'

export type StoredReply = { key: string; at: number; request: string; status: number; body: string; requestId: string }

export type Reply = { status: number; body: string; replayed: boolean; requestId: string }

export function once(account: Account, key: string | null, request: string, answer: () => object): Reply {
  const requestId = account.newId('req', 14)
  account.cause = { id: requestId, idempotency_key: key }
  if (key === null) return { ...run(answer), replayed: false, requestId }
  if (key.length > 255) refuse('Idempotency keys can be at most 255 characters.')

  forgetOld(account)
  const fingerprint = createHash('sha256').update(request).digest('base64')
  const before = account.replies.get(key)
  if (before && before.request !== fingerprint) {
    throw new ApiError(
      400,
      {
        type: 'idempotency_error',
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      },
      true,
    )
  }
  if (before) return { status: before.status, body: before.body, replayed: true, requestId: before.requestId }

  const { status, body } = run(answer)
  account.replies.put(key, { key, at: account.now(), request: fingerprint, status, body, requestId })
  return { status, body, replayed: false, requestId }
}

/** An answer that may be kept. What was not valid is thrown on. */
function run(answer: () => object): { status: number; body: string } {
  try {
    return { status: 200, body: JSON.stringify(answer(), null, 2) }
  } catch (error) {
    if (!(error instanceof ApiError) || error.validation) throw error
    return { status: error.status, body: JSON.stringify({ error: error.body }, null, 2) }
  }
}

/** Replies are in the order of their birth: the old ones come first. */
function forgetOld(account: Account): void {
  for (const { key, at } of account.replies.values()) {
    if (at + account.settings.keepKeysSeconds > account.now()) return
    account.replies.delete(key)
  }
}
