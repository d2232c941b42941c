/** The actions of the reseller API that lines need. Expiry, connections, outputs and bouquets come from the package. */
import type { Kit } from '../../kit.ts'
import type { Actions, Reply } from '../xtream-family/access-code.ts'
import { boxActions, type Device, hidden, type Kind, shownBox, strangerOf, tables } from '../xtream-family/boxes.ts'
import { blankLine, died, type LineRow, randomText } from '../xtream-family/line.ts'
import { connectionRow, listedRow, type Panel } from '../xtream-family/panel.ts'
import type { Params } from '../xtream-family/params.ts'
import { packages as seeded } from '../xtream-family/seed.ts'
import { columnsOf, findLines, pageOf, shownLines } from '../xtream-family/tables.ts'
import { type Account, reseller, type Settings } from './account.ts'
import { afterTerm, goTogether, type Package } from './terms.ts'

type What = 'line' | Kind
/** Which column of a package says that it is sold for it. */
const servingFlags = { line: 'is_line', mag: 'is_mag', enigma: 'is_e2' } as const

const success = (data: unknown) => ({ status: 'STATUS_SUCCESS', data })
const failure = { status: 'STATUS_FAILURE' }
const refused = (status: string, params: Params) => ({ status, data: params.echo() })

export function resellerActions(kit: Kit, panel: Panel, account: Account, settings: Settings): Actions {
  const packages: Package[] = seeded.map((each) => ({
    ...each,
    check_compatible: Number(settings.check_compatible),
    ...(settings.lines_only.split(',').includes(String(each.id)) ? { is_mag: 0, is_e2: 0 } : {}),
  }))
  const isOn = (
    name: 'allow_change_username' | 'allow_change_password' | 'allow_change_bouquets' | 'allow_restrictions',
  ) => settings[name] === '1'
  const now = () => panel.unix()
  const ownLines = () => [...panel.lines.values()].filter((line) => line.member_id === reseller.id)

  /** Older builds do not ask whose line it is. */
  const reachable = (params: Params): LineRow | undefined => {
    const line = panel.lines.get(params.int('id', 0))
    return line && (settings.ownership === 'unchecked' || line.member_id === reseller.id) ? line : undefined
  }

  /** What the package gives, and what the caller may say beside it; null where PHP dies over missing bouquets. */
  function fromPackage(row: LineRow, chosen: Package, params: Params): LineRow | null {
    const picked = params.list('bouquets_selected')
    if (isOn('allow_change_bouquets') && picked === undefined) return null
    const all = JSON.parse(chosen.bouquets) as number[]
    const kept = isOn('allow_change_bouquets') ? all.filter((id) => picked?.map(Number).includes(id)) : all
    return {
      ...row,
      bouquet: JSON.stringify(kept),
      max_connections: chosen.max_connections,
      allowed_outputs: chosen.output_formats,
      is_restreamer: chosen.is_restreamer,
      package_id: chosen.id,
    }
  }

  /** What is not sent is emptied. */
  const withWords = (row: LineRow, params: Params): LineRow => ({
    ...row,
    reseller_notes: params.get('reseller_notes') ?? '',
    contact: params.get('contact') ?? '',
    ...(isOn('allow_restrictions')
      ? {
          allowed_ips: JSON.stringify(params.list('allowed_ips') ?? []),
          allowed_ua: JSON.stringify(params.list('allowed_ua') ?? []),
          bypass_ua: params.has('bypass_ua') ? 1 : 0,
          is_isplock: params.has('is_isplock') ? 1 : 0,
        }
      : {}),
  })

  function withLogin(row: LineRow, params: Params): LineRow | string {
    const username = (isOn('allow_change_username') && params.get('username')) || row.username || randomText()
    const password = (isOn('allow_change_password') && params.get('password')) || row.password || randomText()
    if (username.length < Number(settings.minimum_username_length)) return 'STATUS_INVALID_USERNAME'
    if (password.length < Number(settings.minimum_password_length)) return 'STATUS_INVALID_PASSWORD'
    if (panel.named(username).some((other) => other.id !== row.id)) return 'STATUS_EXISTS_USERNAME'
    return { ...row, username, password }
  }

  /** A box: the login behind it is the panel's, its address what was sent. An edit asks only about the address that it had: any other is taken. */
  function withAddress(row: LineRow, params: Params, kind: Kind, old: Device | null): LineRow | string {
    const mac = params.get('mac') ?? ''
    if (!/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(mac)) return 'STATUS_INVALID_MAC'
    if (old === null && [...panel.devices[kind].values()].some((each) => each.mac === mac)) return 'STATUS_EXISTS_MAC'
    const login = { username: row.username || hidden(), password: row.password || hidden() }
    return { ...row, ...login, pair_id: params.int('pair_id', 0) || null, [tables[kind].flag]: 1 }
  }

  const nameOf = (what: What, row: LineRow, params: Params, old: Device | null) =>
    what === 'line' ? withLogin(row, params) : withAddress(row, params, what, old)

  /** The row, and the box in front of it; what of a box is not sent is emptied. */
  function saved(what: What, row: LineRow, params: Params, old: Device | null, locks: number): LineRow {
    if (what !== 'line') {
      const device = { id: old?.id ?? kit.store.next(what, tables[what].first), user_id: row.id, lock_device: locks }
      panel.devices[what].put(device.id, { ...device, mac: params.get('mac') ?? '', sn: params.get('sn') ?? '' })
    }
    return panel.save(row)
  }

  function answered(what: What, line: LineRow): Reply {
    const device = what === 'line' ? undefined : panel.devices.behind(line)
    if (what === 'line' || device === undefined) return success(line)
    return success(what === 'mag' ? shownBox(panel, what, device, line) : strangerOf(panel, device.id))
  }

  const isOut = (action: string, price: number) => kit.faults.strikes('credits_out', action) || !account.covers(price)

  const create =
    (what: What) =>
    async (params: Params): Promise<Reply> => {
      const action = `create_${what}`
      if (what !== 'line' && settings.create_boxes === '0') return { status: 'STATUS_NO_PERMISSIONS' }
      const chosen = packages.find((each) => each.id === params.int('package', 0))
      if (!params.has('package') || kit.faults.strikes('package_gone', action))
        return refused('STATUS_INVALID_PACKAGE', params)
      if (!chosen || chosen[servingFlags[what]] === 0) return refused('STATUS_INVALID_TYPE', params)
      const trial = params.int('trial', 0) !== 0
      if (trial ? chosen.is_trial === 0 : chosen.is_official === 0) return refused('STATUS_INVALID_PACKAGE', params)
      if (trial && account.trialsLeft() <= 0) return refused('STATUS_NO_TRIALS', params)
      const price = trial ? chosen.trial_credits : chosen.official_credits
      if (isOut(action, price)) return refused('STATUS_INSUFFICIENT_CREDITS', params)

      const based = fromPackage(
        { ...blankLine(kit.now()), member_id: reseller.id, is_trial: trial ? 1 : 0 },
        chosen,
        params,
      )
      if (!based) return died
      const named = nameOf(what, withWords(based, params), params, null)
      if (typeof named === 'string') return refused(named, params)
      const row = { ...named, id: panel.nextLineId(), exp_date: afterTerm(now(), chosen, trial, settings.time_zone) }
      if (kit.faults.strikes('forget_line', action)) return success(row)
      const line = saved(what, row, params, null, chosen.lock_device)
      if (kit.faults.strikes('duplicate_rows', action)) panel.save({ ...line, id: panel.nextLineId() })
      kit.did(action, { id: line.id, username: line.username })
      if (trial) account.spendTrial()
      if (price > 0) await account.charge(action, line.id, chosen.id, price)
      return answered(what, line)
    }

  const edit =
    (what: What) =>
    async (params: Params): Promise<Reply> => {
      const old = what === 'line' ? null : (panel.devices[what].get(params.int('id', 0)) ?? null)
      const line = what === 'line' ? reachable(params) : old && behind(old)
      if (!line) return failure
      const named = nameOf(what, withWords(line, params), params, old)
      if (typeof named === 'string') return refused(named, params)
      return params.has('package') ? extend(what, named, line, params, old) : change(what, named, line, params, old)
    }

  const behind = (device: Device): LineRow | undefined => {
    const line = panel.lines.get(device.user_id)
    return line?.member_id === reseller.id ? line : undefined
  }

  async function extend(what: What, named: LineRow, line: LineRow, params: Params, old: Device | null): Promise<Reply> {
    const action = `edit_${what}`
    const chosen = packages.find((each) => each.id === params.int('package', 0))
    if (!chosen || kit.faults.strikes('package_gone', action)) return refused('STATUS_INVALID_PACKAGE', params)
    if (chosen[servingFlags[what]] === 0) return refused('STATUS_INVALID_TYPE', params)
    if (kit.faults.strikes('send_again', action))
      return { ...failure, error: 'Another extension is running, send again.' }
    if (isOut(action, chosen.official_credits)) return refused('STATUS_INSUFFICIENT_CREDITS', params)
    if (kit.faults.strikes('charge_only', action)) {
      await account.charge(action, line.id, chosen.id, chosen.official_credits)
      return died
    }
    const based = fromPackage(named, chosen, params)
    if (!based) return died
    const present = packages.find((each) => each.id === line.package_id)
    const keepsTime = line.exp_date !== null && line.exp_date > now() && goTogether(present, chosen)
    const from = keepsTime ? (line.exp_date ?? now()) : now()
    const row = { ...based, is_trial: 0, exp_date: afterTerm(from, chosen, false, settings.time_zone) }
    if (kit.faults.strikes('forget_line', action)) return success(row)
    const after = saved(what, row, params, old, chosen.lock_device)
    kit.did(`extend_${what}`, { id: line.id, username: line.username, package: chosen.id })
    await account.charge(action, line.id, chosen.id, chosen.official_credits)
    return answered(what, after)
  }

  /** A line with a package loses bouquets that were picked for it, unless they are sent. */
  function change(what: What, named: LineRow, line: LineRow, params: Params, old: Device | null): Reply {
    const present = packages.find((each) => each.id === line.package_id)
    const picked = isOn('allow_change_bouquets') ? params.list('bouquets_selected') : undefined
    const bouquet = picked ? JSON.stringify(picked.map(Number)) : (present?.bouquets ?? line.bouquet)
    const row = { ...named, bouquet }
    if (kit.faults.strikes('forget_line', `edit_${what}`)) return success(row)
    const after = saved(what, row, params, old, old?.lock_device ?? 0)
    kit.did(`edit_${what}`, { id: line.id, username: after.username })
    return answered(what, after)
  }

  const switchTo = (action: string, enabled: number) => (params: Params) => {
    const line = reachable(params)
    if (!line) return failure
    if (kit.faults.strikes('forget_line', action)) return { status: 'STATUS_SUCCESS' }
    panel.save({ ...line, enabled })
    kit.did(action, { id: line.id, username: line.username })
    return { status: 'STATUS_SUCCESS' }
  }

  return {
    ...boxActions(kit, panel, Math.min(Number(settings.page_cap) || 1000, 1000), {
      lists: (line) => line.member_id === reseller.id,
      switches: (line) => settings.ownership === 'unchecked' || line.member_id === reseller.id,
    }),
    create_mag: create('mag'),
    edit_mag: edit('mag'),
    create_enigma: create('enigma'),
    edit_enigma: edit('enigma'),
    user_info: () => ({
      ...success({
        ...reseller,
        email: 'r@example.com',
        credits: account.written(),
        status: 1,
        override_packages: '{}',
        timezone: settings.time_zone,
        api_key: settings.api_key, // The panel hands out the whole row.
      }),
      permissions: {
        create_line: 1,
        create_mag: Number(settings.create_boxes),
        create_enigma: Number(settings.create_boxes),
        allow_change_username: Number(isOn('allow_change_username')),
        allow_change_password: Number(isOn('allow_change_password')),
        allow_change_bouquets: Number(isOn('allow_change_bouquets')),
        allow_restrictions: Number(isOn('allow_restrictions')),
        minimum_username_length: Number(settings.minimum_username_length),
        minimum_password_length: Number(settings.minimum_password_length),
        total_allowed_gen_trials: Number(settings.trials),
        total_allowed_gen_in: 'day',
      },
    }),
    packages: () => success(packages),
    get_lines(params) {
      const found = shownLines(kit.faults, findLines(ownLines(), params, settings.time_zone, kit.now()), params)
      const page = pageOf(found, panel.lines.size, params, Math.min(Number(settings.page_cap) || 1000, 1000))
      const repeat = kit.faults.strikes('duplicate_rows', 'get_lines') ? 2 : 1
      const rows = page.rows.flatMap((line) => {
        const row = columnsOf(listedRow(line, panel.watching(line)), params)
        return Array.from({ length: repeat }, () => row)
      })
      return { ...success(rows), recordsTotal: page.total, recordsFiltered: page.filtered }
    },
    get_line(params) {
      const line = reachable(params)
      return line ? success(line) : failure
    },
    create_line: create('line'),
    edit_line: edit('line'),
    delete_line(params) {
      const line = reachable(params)
      if (!line) return failure
      if (kit.faults.strikes('forget_line', 'delete_line')) return { status: 'STATUS_SUCCESS' }
      panel.remove(line) // What it cost is not given back.
      kit.did('delete_line', { id: line.id, username: line.username })
      return { status: 'STATUS_SUCCESS' }
    },
    enable_line: switchTo('enable_line', 1),
    disable_line: switchTo('disable_line', 0),
    live_connections(params) {
      const found = [...panel.connections.values()].filter(
        (each) => panel.lines.get(each.user_id)?.member_id === reseller.id,
      )
      const page = pageOf(found, panel.connections.size, params, 1000)
      const rows = page.rows.map((each) => connectionRow(each, panel.lines.get(each.user_id), panel.unix()))
      return { ...success(rows), recordsTotal: page.total, recordsFiltered: page.filtered }
    },
  }
}
