/** `accounts`, `users`, `tariffs` and `services_package` of the REST API. */
import type { Kit } from '../../kit.ts'
import type { MinistraOptions } from '../ministra.ts'
import { numbersAsText } from '../xtream-family/front.ts'
import { type Account, never, type Portal, tariffs } from './portal.ts'

export type Asked = { method: string; resource: string; ids: string; form: URLSearchParams; action: string }

/** The answer is HTTP 200 all the same. */
class Refused extends Error {}

const writable = [
  'login',
  'password',
  'full_name',
  'phone',
  'account_number',
  'tariff_plan',
  'status',
  'stb_mac',
  'comment',
  'end_date',
  'account_balance',
] as const

export function accountCalls(kit: Kit, portal: Portal, options: MinistraOptions) {
  return (asked: Asked): object => {
    try {
      return written({ status: 'OK', results: answer(asked), error: '', output: '' })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { status: 'ERROR', results: null, error: error.message }
    }
  }

  function written(reply: object): object {
    return options.numbers === 'string' ? numbersAsText(reply) : reply
  }

  function answer(asked: Asked): unknown {
    const { method, resource } = asked
    if (resource === 'tariffs' && method === 'GET') return tariffs
    if (resource === 'services_package' && method === 'GET') return tariffs.flatMap(({ packages }) => packages)
    if (resource !== 'accounts' && resource !== 'users') throw new Refused('Unknown resource')
    if (method === 'POST') return create(asked)
    const found = identified(asked)
    if (method === 'GET') return resource === 'users' ? shown(found[0]) : found.map(shown)
    if (asked.ids === '') throw new Refused('Identifier required')
    if (asked.ids.includes(',')) throw new Refused('Only one identifier allowed')
    if (kit.faults.strikes('nothing_done', asked.action)) return false
    if (method === 'DELETE') return remove(found, asked)
    if (method === 'PUT') return update(found, asked)
    throw new Refused('Unknown method')
  }

  /** What the identifiers of the address lead to: a number may lead to several accounts. */
  function identified({ resource, ids }: Asked): Account[] {
    if (ids === '') return resource === 'users' ? [] : portal.all()
    const list = ids.split(',')
    const found = list.flatMap((id) => {
      if (id.length >= 12 && id.includes(':')) return portal.withMac(id) ?? []
      return resource === 'users' ? (portal.named(id) ?? []) : portal.numbered(id)
    })
    if (list.length === 1 && found.length === 0) throw new Refused('Account not found')
    if (list.length > found.length) throw new Refused('One or more identifiers are incorrect')
    return found
  }

  function create(asked: Asked): boolean {
    const data = dataIn(asked.form)
    const mac = data.stb_mac ? normalized(data.stb_mac) : ''
    if (!data.login) throw new Refused('Login required')
    if (portal.named(data.login)) throw new Refused('Login already in use')
    if (mac !== '' && portal.withMac(mac)) throw new Refused('MAC address already in use')
    if (kit.faults.strikes('forget_account', asked.action)) return true
    const account = portal.save({
      id: kit.store.next('account'),
      account_number: '',
      login: '',
      password: '',
      full_name: '',
      phone: '',
      comment: '',
      tariff_plan: 0,
      status: 1,
      end_date: never,
      account_balance: '0',
      online: 0,
      created: portal.now(),
      ...columns(data),
      stb_mac: mac,
    })
    kit.did(asked.action, { id: account.id, username: account.login })
    return true
  }

  /** Only what is sent changes. An address is stored as it comes. */
  function update(found: readonly Account[], asked: Asked): boolean {
    const data = dataIn(asked.form)
    const other = data.login ? portal.named(data.login) : undefined
    if (other && (found.length > 1 || other.id !== found[0]?.id)) throw new Refused('Login already in use')
    if (kit.faults.strikes('forget_account', asked.action)) return true
    for (const account of found) {
      portal.save({ ...account, ...columns(data) })
      kit.did(asked.action, { id: account.id, username: account.login })
    }
    return true
  }

  function remove(found: readonly Account[], asked: Asked): boolean {
    if (kit.faults.strikes('forget_account', asked.action)) return true
    for (const account of found) {
      portal.remove(account)
      kit.did(asked.action, { id: account.id, username: account.login })
    }
    return true
  }

  function normalized(text: string): string {
    const mac = text.trim().toUpperCase().replaceAll('-', ':')
    const shape =
      options.mac_format_validation === 'on' ? /^00:1A:79(:[0-9A-F]{2}){3}$/ : /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/
    if (!shape.test(mac)) throw new Refused('Not valid mac address')
    return mac
  }

  /** As an account is shown: never its password, and its end only where the portal itself ends accounts. */
  function shown(account: Account | undefined): object {
    if (account === undefined) throw new Refused('Account not found')
    const { id: _id, password: _password, created: _created, end_date, ...row } = account
    return {
      ...row,
      ...(portal.endsAccounts ? { end_date } : {}),
      stb_sn: '',
      stb_type: account.stb_mac === '' ? '' : 'MAG250',
      ip: '',
      version: '',
      last_active: '',
      subscribed: [],
      subscribed_id: [],
    }
  }
}

type Data = Partial<Record<(typeof writable)[number], string>>

function dataIn(form: URLSearchParams): Data {
  if (form.size === 0) throw new Refused('HTTP POST data is empty')
  const data = Object.fromEntries(writable.flatMap((name) => (form.has(name) ? [[name, form.get(name) ?? '']] : [])))
  if (Object.keys(data).length === 0) throw new Refused('Insert data is empty')
  return data
}

/** Columns as stored: a tariff that nobody knows is none. */
function columns({ tariff_plan, status, end_date, ...texts }: Data): Partial<Account> {
  const known = tariffs.some((each) => each.external_id === tariff_plan)
  return {
    ...texts,
    ...(tariff_plan === undefined ? {} : { tariff_plan: known ? tariff_plan : 0 }),
    ...(status === undefined ? {} : { status: Number(status) === 1 ? 1 : 0 }),
    ...(end_date === undefined
      ? {}
      : { end_date: end_date.length === 10 ? `${end_date} 00:00:00` : end_date || never }),
  }
}
