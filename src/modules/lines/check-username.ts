/** Whether a user name could be had, before anything is ordered. An answer, not a promise: the name is chosen again when it is paid. */
import type { Tx } from '#platform/db.ts'
import { isUsernameFree } from './queries.ts'
import { choosePanel } from './route-line.ts'
import { isUsername, nextUsername, normalizeUsername } from './rules.ts'

/** `username` is the name as it would be used: lower case, or the next free one. */
export type UsernameAnswer = { verdict: 'free' | 'taken' | 'invalid'; asked: string; username: string }

export async function checkUsername(
  tx: Tx,
  productId: string,
  typed: string,
  now: Temporal.Instant,
): Promise<UsernameAnswer> {
  const asked = normalizeUsername(typed)
  if (!isUsername(asked)) return { verdict: 'invalid', asked, username: asked }
  const panel = await choosePanel(tx, { productId, country: null }, now)
  if (panel === null) return { verdict: 'free', asked, username: asked }
  let username = asked
  while (!(await isUsernameFree(tx, panel, username))) username = nextUsername(asked, username)
  return { verdict: username === asked ? 'free' : 'taken', asked, username }
}
