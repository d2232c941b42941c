/** Accounts by `accounts` (found by number or MAC address) and `users` (by login, the one name that is unique). */
import { toFlag, toText } from '../normalize.ts'
import {
  type FoundLine,
  isOurLine,
  type LineOwner,
  type LineRef,
  type LineSpec,
  type ListedLine,
  type Session,
} from '../panel.ts'
import { isRow, rowsOf } from '../xtream-family/row.ts'
import {
  type Account,
  accountOf,
  boxOf,
  commentFor,
  type Difference,
  differencesOf,
  endText,
  numberFor,
  passwordMark,
} from './account.ts'
import { type Call, type Fields, refusal, trouble } from './call.ts'
import type { MinistraSettings } from './settings.ts'

const { refused, unreadable, unsure, afterWriting } = trouble
const mostPerPage = 1_000

export function openAccounts(settings: MinistraSettings, call: Call) {
  const ends = settings.internal_billing === 'on'
  let tariffs: ReadonlySet<string> = new Set()

  const read = (row: unknown, owner?: Partial<LineOwner>): Account => {
    const account = isRow(row) ? accountOf(row, settings.time_zone, settings.password, owner) : null
    if (account === null) throw unreadable('accounts: a row that is no account')
    if (ends && account.row.end_date === undefined)
      throw trouble.unusable(
        'The portal shows no end dates: switch "Internal billing" off in these settings, or enable_internal_billing on in its custom.ini',
        'misconfigured',
      )
    return account
  }

  /** Exactly one, or null. The portal compares logins whatever their case; we do not. */
  async function named(login: string, owner: Partial<LineOwner>): Promise<Account | null> {
    const account = (await found('users', login)).map((row) => read(row, owner))[0]
    return account?.login === login ? account : null
  }

  /** A number may lead to several accounts: ours among them, if it is one of them. */
  async function numbered(number: string, owner: Partial<LineOwner>): Promise<Account | null> {
    const accounts = (await found('accounts', number)).map((row) => read(row, owner))
    return accounts.find(({ line }) => line.marker === owner.marker) ?? accounts[0] ?? null
  }

  async function found(resource: 'users' | 'accounts', id: string): Promise<unknown[]> {
    const verdict = await call('GET', resource, id)
    if (verdict.done) {
      const { results } = verdict
      return resource === 'users' ? [results] : (rowsOf(results) ?? [])
    }
    if (/not found|incorrect/i.test(verdict.error)) return []
    throw unreadable(`GET ${resource}: neither an account nor that there is none`)
  }

  const at = (ref: LineRef, owner: Partial<LineOwner>): Promise<Account | null> =>
    ref.startsWith('login:') ? named(ref.slice('login:'.length), owner) : numbered(ref, owner)

  /** By our number first: it leads to the account whatever login it has now. Then by address and by login, which may be a stranger's. */
  async function find(owner: LineOwner): Promise<Account | null> {
    const ours = await numbered(numberFor(owner.marker), owner)
    if (ours?.line.marker === owner.marker) return ours
    // A former address may be somebody else's by now: only our own account counts there, and that was found by its number.
    const holder = owner.device ? await numbered(owner.device.mac, owner) : null
    return holder ?? named(owner.username, owner)
  }

  async function create(spec: LineSpec): Promise<FoundLine> {
    await refuseUnknownTariff(spec)
    const holder = spec.box ? await numbered(spec.box.mac, spec) : null
    if (holder !== null && holder.line.marker !== spec.marker)
      throw refused('mac_taken', 'GET accounts: another account of the portal has the MAC address')
    const number = numberFor(spec.marker)
    const verdict = await call('POST', 'accounts', undefined, {
      ...decided(spec, ['username', 'password', 'mac', 'expires_at', 'package', 'enabled'], null),
      account_number: number,
    })
    const made = await afterWriting('POST accounts', () => find(spec))
    if (made === null || made.line.marker !== spec.marker)
      throw verdict.done
        ? unsure('POST accounts', 'the account is not there when read back')
        : refusal('POST accounts', verdict)
    // Refused, and ours is there: an earlier call of ours made it.
    return verdict.done ? verified('POST accounts', made, spec) : update(made.line.ref, spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    const current = await own(ref, spec)
    if (current === null) throw refused('not_found', `GET accounts: ${ref} is not on the portal`)
    const numberIsOurs = current.number === numberFor(spec.marker)
    const wrong = [...new Set([...differences(current.line, spec), ...(numberIsOurs ? [] : (['marker'] as const))])]
    if (wrong.length === 0) return current.line
    await refuseUnknownTariff(spec, current)
    let login = current.login
    // A box is told of a new status only when nothing else comes with it. Off comes first, on comes last.
    if (wrong.includes('enabled') && !spec.enabled) await put(login, { status: '0' })
    const others = wrong.filter((name) => name !== 'enabled')
    if (others.length > 0) {
      await put(login, decided(spec, others, current))
      login = spec.username
    }
    if (wrong.includes('enabled') && spec.enabled) await put(login, { status: '1' })
    const after = await afterWriting('PUT users', () => numbered(numberFor(spec.marker), spec))
    if (after === null || after.line.marker !== spec.marker) {
      const moved = await afterWriting('PUT users', () => named(spec.username, spec))
      if (moved === null) throw unsure('PUT users', 'the account is not there when read back')
      return verified('PUT users', moved, spec)
    }
    return verified('PUT users', after, spec)
  }

  /** "OK" with nothing done is no failure yet: what counts is what is read back. */
  async function put(login: string, fields: Fields): Promise<void> {
    const verdict = await call('PUT', 'users', login, fields)
    if (!verdict.done && verdict.error !== '') throw refusal('PUT users', verdict)
  }

  async function switchOff(ref: LineRef, owner: LineOwner): Promise<void> {
    const current = await own(ref, owner)
    if (current === null) throw refused('not_found', `GET accounts: ${ref} is not on the portal`)
    if (!current.line.enabled) return
    await put(current.login, { status: '0' })
    const after = await afterWriting('PUT users', () => named(current.login, owner))
    if (after?.line.enabled !== false)
      throw unsure('PUT users', 'the portal said yes, and the account is on', 'not_as_asked')
  }

  async function remove(ref: LineRef, owner?: LineOwner): Promise<void> {
    const current = owner ? await own(ref, owner) : await at(ref, {})
    if (current === null) return
    const verdict = await call('DELETE', 'users', current.login)
    const left = await afterWriting('DELETE users', () => named(current.login, {}))
    if (left === null) return
    throw verdict.done ? unsure('DELETE users', 'the account is still there') : refusal('DELETE users', verdict)
  }

  /** Null when it is gone; refuses a ref that leads to somebody else's account. */
  async function own(ref: LineRef, owner: LineOwner): Promise<Account | null> {
    const current = await at(ref, owner)
    if (current && !isOurLine(current.line, owner))
      throw refused('not_ours', `GET accounts: ${ref} is not our account any more`)
    return current
  }

  /** An unknown tariff would be taken without a word, and the account be left without any. */
  async function refuseUnknownTariff({ package: { packageId } }: LineSpec, current?: Account): Promise<void> {
    if (packageId === undefined || packageId === current?.line.packageId || tariffs.has(packageId)) return
    tariffs = new Set((await listTariffs()).map(({ id }) => id))
    if (!tariffs.has(packageId)) throw refused('package_invalid', `GET tariffs: the portal has no tariff ${packageId}`)
  }

  async function listTariffs(): Promise<{ id: string; name: string; detail: string }[]> {
    const verdict = await call('GET', 'tariffs')
    const rows = verdict.done ? rowsOf(verdict.results) : null
    if (rows === null) throw unreadable('GET tariffs: no list')
    return rows.map((row) => ({
      id: String(row.external_id ?? row.id ?? ''),
      name: String(row.name ?? ''),
      detail: (rowsOf(row.packages) ?? []).map((each) => String(each.name ?? '')).join(', '),
    }))
  }

  /** The fields that say what we decide; the comment always goes along, since it carries the mark of the password. */
  function decided(spec: LineSpec, which: readonly Difference[], current: Account | null): Fields {
    const all: Record<Difference, Fields> = {
      username: { login: spec.username },
      password: { password: spec.password },
      mac: boxOf(spec) ? { stb_mac: boxOf(spec)?.mac ?? '' } : {},
      expires_at: ends || current?.line.expiresAt ? { end_date: endText(spec, settings.time_zone) } : {},
      package: spec.package.packageId === undefined ? {} : { tariff_plan: spec.package.packageId },
      enabled: { status: spec.enabled ? '1' : '0' },
      marker: { account_number: numberFor(spec.marker) },
    }
    const writesPassword = current === null || which.includes('password')
    const mark = writesPassword ? passwordMark(settings.password, spec) : (current.passwordMark ?? '')
    return {
      ...Object.assign({}, ...which.map((name) => all[name])),
      comment: commentFor(current?.row ?? null, spec.marker, mark),
    }
  }

  const differences = (line: FoundLine, spec: LineSpec) => differencesOf(line, spec, settings.time_zone, ends)

  function verified(action: string, { line }: Account, spec: LineSpec): FoundLine {
    const wrong = differences(line, spec)
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  async function* list(): AsyncGenerator<ListedLine[]> {
    const verdict = await call('GET', 'accounts')
    const rows = verdict.done ? rowsOf(verdict.results) : null
    if (rows === null) throw unreadable('GET accounts: no list')
    for (let from = 0; from < rows.length; from += mostPerPage)
      yield rows.slice(from, from + mostPerPage).map((row) => read(row).line)
  }

  /** Which boxes and apps are on: since when, and where they are, the portal does not say. */
  async function* sessions(): AsyncGenerator<Session[]> {
    const verdict = await call('GET', 'accounts')
    const rows = verdict.done ? rowsOf(verdict.results) : null
    if (rows === null) throw unreadable('GET accounts: no list')
    const on = rows.filter((row) => toFlag(row.online) === true)
    for (let from = 0; from < on.length; from += mostPerPage)
      yield on.slice(from, from + mostPerPage).flatMap((row) => {
        const username = toText(row.login)
        const agent = toText(row.stb_type ?? null) || null
        return username === null ? [] : [{ username, startedAt: null, agent, country: null }]
      })
  }

  return { sessions, find, at, create, update, switchOff, remove, list, listTariffs, differences }
}
