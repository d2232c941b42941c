/** Whether a user name could be had, before anything is ordered. An answer, not a promise: the name is chosen again when it is paid. */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { readSetting } from '../people/settings.ts'
import { type LoginSettings, loginSetting } from './login-settings.ts'
import { nameOnPanel } from './name-on-panel.ts'
import { isUsernameFree } from './queries.ts'
import { choosePanel } from './route-line.ts'
import { isUsername, nextUsername, normalizeUsername } from './rules.ts'

/** `username` is the name as it would be used: lower case, or the next free one. */
export type UsernameAnswer = {
  verdict: 'free' | 'taken' | 'invalid'
  asked: string
  username: string
  rule: LoginSettings['when_taken']
}

/** So many names that only the panel has are passed by; a name beyond is settled when the line is made. */
const mostAsked = 4

type Where = { businessId: string; id: string }

export async function checkUsername(shop: Shop, productId: string, typed: string): Promise<UsernameAnswer> {
  const asked = normalizeUsername(typed)
  const { username, rule, onPanel } = await nextFree(shop, productId, asked)
  const verdict = !isUsername(asked) ? 'invalid' : username === asked && onPanel.length === 0 ? 'free' : 'taken'
  return { verdict, asked, username, rule }
}

/** Names that the panel of a product has, of those that an order for `typed` would take one after the other. */
export async function namesOnPanel(shop: Shop, productId: string, typed: string): Promise<readonly string[]> {
  return (await nextFree(shop, productId, normalizeUsername(typed))).onPanel
}

async function nextFree(shop: Shop, productId: string, asked: string) {
  const now = shop.now()
  const { panel, settings } = await transaction(shop, 'read-where', async (tx) => ({
    settings: await readSetting(tx, shop, loginSetting),
    panel: isUsername(asked) ? await choosePanel(tx, { productId, country: null }, now) : null,
  }))
  const rule = settings.when_taken
  const onPanel: string[] = []
  if (panel === null) return { username: asked, rule, onPanel }
  const ours = (from: string) => transaction(shop, 'read-names', (tx) => freeOfOurs(tx, panel, asked, from))
  let username = await ours(asked)
  while (settings.asks_panel && onPanel.length < mostAsked && (await nameOnPanel(shop, panel, username)) === 'taken') {
    onPanel.push(username)
    username = await ours(nextUsername(asked, username))
  }
  return { username, rule, onPanel }
}

/** `from`, or the next name that none of our lines has. */
async function freeOfOurs(tx: Tx, panel: Where, base: string, from: string): Promise<string> {
  let username = from
  while (!(await isUsernameFree(tx, panel, username))) username = nextUsername(base, username)
  return username
}
