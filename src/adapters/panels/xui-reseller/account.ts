/** The reseller's account: what it may do, what it has, and what it can buy. */
import { ProviderError } from '#platform/errors.ts'
import type { Package } from '../by-package/package.ts'
import { keeping, openShelf, servedWords } from '../by-package/shelf.ts'
import { plainCredits, toCredits, toFlag, toInt, toText } from '../normalize.ts'
import type { DeviceKind, PanelCheck } from '../panel.ts'
import { type Call, refusal } from '../xtream-family/call.ts'
import { isRow, type Row, rowsOf } from '../xtream-family/row.ts'
import { packageOf } from './packages.ts'

export type Account = ReturnType<typeof openAccount>

export function openAccount(call: Call, now: () => Temporal.Instant) {
  async function userInfo(): Promise<{ user: Row; may: Row }> {
    const verdict = await call('user_info', { writes: false })
    if (!verdict.success)
      throw call.trouble.unusable(
        `user_info: the panel answered ${verdict.word}; the API key must belong to an enabled reseller`,
      )
    return { user: isRow(verdict.data) ? verdict.data : {}, may: isRow(verdict.permissions) ? verdict.permissions : {} }
  }

  async function readPackages(): Promise<Package[]> {
    const verdict = await call('packages', { writes: false, list: true })
    if (!verdict.success) throw refusal(call, 'packages', verdict)
    const rows = rowsOf(verdict.data)
    if (!rows) throw call.trouble.unreadable('packages: a success without its list')
    return rows.flatMap((row) => packageOf(row) ?? [])
  }

  /** Credits with four decimals. A balance that cannot be read is not 0. */
  async function balance(): Promise<string> {
    const { user } = await userInfo()
    const credits = toCredits(user.credits)
    if (credits === undefined) throw call.trouble.unreadable('user_info: the balance cannot be read')
    return credits
  }

  const shelf = openShelf(readPackages, call.trouble, now)
  const permissions = keeping(now)(async () => (await userInfo()).may)

  /** Where the group may not choose them, the panel makes up logins of its own: a lost answer could never be found again. Boxes sign in by their address. */
  async function mayCreate(what: 'line' | DeviceKind = 'line'): Promise<void> {
    const may = await permissions()
    const fault = what === 'line' ? faultOf(may) : boxFaultOf(may, what)
    if (fault !== null) throw call.trouble.refused('no_permission', `user_info: ${fault}`)
  }

  async function check(): Promise<PanelCheck> {
    const { user, may } = await userInfoToBegin()
    const fault = faultOf(may)
    if (fault !== null) throw call.trouble.unusable(`user_info: ${fault}`, 'no_permission')
    const found = await onTheWay(readPackages)
    await onTheWay(async () => {
      const fields = [
        ['start', '0'],
        ['limit', '1'],
      ] as const // Without lists no line can be looked up.
      const verdict = await call('get_lines', { fields, writes: false, list: true })
      if (!verdict.success) throw refusal(call, 'get_lines', verdict)
      if (!rowsOf(verdict.data)) throw call.trouble.unreadable('get_lines: a success without its list')
    })
    const name = toText(user.username)
    const credits = toCredits(user.credits)
    return {
      detail: `Signed in${name ? ` as ${name}` : ''}${credits ? `, with ${plainCredits(credits)} credits` : ''}; ${found.length} packages to sell.`,
      version: null,
      notes: notesOn(may),
    }
  }

  /** What answers with a page, or with something that is no answer at all, is not the API. */
  async function userInfoToBegin() {
    try {
      return await userInfo()
    } catch (error) {
      if (error instanceof ProviderError && ['answer_html', 'answer_unreadable'].includes(error.code))
        throw call.trouble.unusable(
          'user_info: no API answers there; the access code must be of type Reseller API',
          'misconfigured',
        )
      throw error
    }
  }

  async function onTheWay<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind === 'auth_failed') throw error
      if (error.kind !== 'rejected' && !error.code.startsWith('answer_')) throw error
      throw call.trouble.unusable(`${error.message}; without it nothing can be sold safely`, error.code)
    }
  }

  return { ...shelf, check, balance, permissions, mayCreate }
}

function faultOf(may: Row): string | null {
  if (toFlag(may.create_line) === false) return 'this account may not make lines'
  const chooses = ['allow_change_username', 'allow_change_password'].every((name) => toFlag(may[name]) !== false)
  return chooses
    ? null
    : 'this account may not choose user names and passwords; whoever runs the panel must allow its group both'
}

const boxFaultOf = (may: Row, kind: DeviceKind): string | null =>
  toFlag(may[`create_${kind}`]) === false ? `this account may not make ${servedWords[kind]}` : null

const notesOn = (may: Row): string[] =>
  (
    [
      ['user names', toInt(may.minimum_username_length)],
      ['passwords', toInt(may.minimum_password_length)],
    ] as const
  ).flatMap(([what, least]) =>
    least !== undefined && least > 8 ? [`The panel wants ${what} of at least ${least} characters.`] : [],
  )
