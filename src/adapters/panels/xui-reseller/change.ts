/** Writing lines and boxes with a reseller's key: at most one charged call at a time, and each is borne out by what is read back. */
import type { Package } from '../by-package/package.ts'
import type { Quotes } from '../by-package/quotes.ts'
import { toFlag, toText, toTexts } from '../normalize.ts'
import type { Device, DeviceKind, FoundLine, LineRef, LineSpec } from '../panel.ts'
import { learnedColumns, numberIn } from '../xtream-family/boxes.ts'
import { type Call, type Fields, refusal } from '../xtream-family/call.ts'
import type { Look, Read } from '../xtream-family/look.ts'
import { notesWith, type Row } from '../xtream-family/row.ts'
import { openSteps } from '../xtream-family/steps.ts'
import type { Account } from './account.ts'
import type { XuiResellerSettings } from './settings.ts'

/** `what` the panel's words are about: a line, or a box with a line behind it. */
export function openChange(
  settings: XuiResellerSettings,
  call: Call,
  look: Look,
  account: Account,
  quotes: Quotes,
  what: 'line' | DeviceKind = 'line',
) {
  const { refused, unsure } = call.trouble
  const steps = openSteps(call, look, settings.time_zone, what)

  async function create(spec: LineSpec): Promise<FoundLine> {
    const wanted = await account.packageNamed(spec.package.packageId)
    await account.mayCreate(what)
    const fields: Fields = [
      ['package', wanted.id],
      ...(wanted.trialOnly ? [['trial', '1'] as const] : []),
      ...signsInBy(spec),
      ['reseller_notes', spec.marker],
      ...(await bouquetFields(wanted.bouquets)),
    ]
    const verdict = await call(`create_${what}`, { fields, writes: true })
    const { ref } = (await steps.made(spec, verdict)).line
    // It was paid for, so its own word is not enough.
    const after = spec.enabled ? await steps.readBack(`create_${what}`, ref) : await steps.switched(ref, false)
    return verified(`create_${what}`, after, spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    const wanted = await account.packageNamed(spec.package.packageId)
    let current = await steps.present(ref, spec)
    await addressIsFree(current.line, spec)
    // Off comes first, so that a refused edit keeps nobody watching; on comes last: an extension does not switch on.
    if (!spec.enabled && current.line.enabled) current = await steps.switched(ref, false)
    if (quotes.isDue(current.line, spec, wanted)) current = await extended(current, spec, wanted)
    else if (signsInByOther(current.line, spec)) current = await edited(current, spec)
    if (spec.enabled && !current.line.enabled) current = await steps.switched(ref, true)
    return verified(`edit_${what}`, current, spec)
  }

  /** An edit would take the address of somebody else's box: older builds ask only about the one that it had. */
  async function addressIsFree(line: FoundLine, { device, marker }: LineSpec): Promise<void> {
    if (device === undefined || line.mac === device.mac) return
    const holder = await look.find(device.mac, marker)
    if (holder !== null && holder.line.ref !== line.ref)
      throw refused('mac_taken', `get_${what}s: the address ${device.mac} belongs to another box`)
  }

  /** Charged each time. The term is added to what the line has, so the panel's clock must have moved on. */
  async function extended(before: Read, spec: LineSpec, wanted: Package): Promise<Read> {
    const { ref } = before.line
    const fields: Fields = [
      ['id', numberIn(ref)],
      ['package', wanted.id],
      ...(await keptFields(before.row, spec, wanted.bouquets)),
    ]
    const verdict = await call(`edit_${what}`, { fields, writes: true })
    const after = await steps.readBack(`edit_${what}`, ref)
    const moved = (after.line.expiresAt?.epochMilliseconds ?? 0) !== (before.line.expiresAt?.epochMilliseconds ?? 0)
    if (moved || (verdict.success && after.line.packageId !== before.line.packageId)) return after
    if (!verdict.success) throw refusal(call, `edit_${what}`, verdict)
    throw unsure(`edit_${what}`, 'the panel said yes, and the line ends when it did before', 'not_as_asked')
  }

  async function edited({ row, line }: Read, spec: LineSpec): Promise<Read> {
    const fields: Fields = [['id', numberIn(line.ref)], ...(await keptFields(row, spec, line.bouquets))]
    const verdict = await call(`edit_${what}`, { fields, writes: true })
    if (!verdict.success) throw refusal(call, `edit_${what}`, verdict)
    return steps.readBack(`edit_${what}`, line.ref)
  }

  /** What an edit leaves out is emptied: notes and contact always, the line that a box is coupled with, restrictions where the group may set them. */
  async function keptFields(row: Row, spec: LineSpec, bouquets: readonly number[]): Promise<Fields> {
    const restricts = toFlag((await account.permissions()).allow_restrictions) === true
    const contact = spec.device === undefined ? toText(row.contact) : null
    return [
      ...signsInBy(spec),
      ...(spec.device === undefined ? [] : boxFields(row, spec.device)),
      ['reseller_notes', notesWith(spec.marker, toText(row.reseller_notes) ?? '')],
      ...(contact === null ? [] : [['contact', contact] as const]),
      ...(await bouquetFields(bouquets)),
      ...(restricts ? restrictions(row) : []),
    ]
  }

  /** Without them the package's own are set; with the permission some builds die when they are missing. */
  async function bouquetFields(bouquets: readonly number[]): Promise<Fields> {
    const may = toFlag((await account.permissions()).allow_change_bouquets) === true
    return may ? bouquets.map((id) => ['bouquets_selected[]', String(id)] as const) : []
  }

  /** Only what every call here can bring about: how much time there is, `quote` tells. */
  function verified(action: string, { line }: Read, spec: LineSpec): FoundLine {
    const wrong = [signsInByOther(line, spec) ? 'login' : '', line.enabled === spec.enabled ? '' : 'enabled'].filter(
      Boolean,
    )
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  return { create, update, switchOff: steps.switchOff, remove: steps.remove }
}

/** The login behind a box is the panel's own. */
const signsInBy = ({ device, username, password }: LineSpec): Fields =>
  device === undefined
    ? [
        ['username', username],
        ['password', password],
      ]
    : [['mac', device.mac]]

const signsInByOther = (line: FoundLine, { device, username, password }: LineSpec): boolean =>
  device === undefined ? line.username !== username || line.password !== password : line.mac !== device.mac

/** What the panel learned belongs to the box with that address: another one is not locked to it. */
function boxFields(row: Row, { kind, mac }: Device): Fields {
  const learned = row.mac === mac ? learnedColumns[kind] : []
  return [...learned, 'pair_id'].flatMap((name) => {
    const text = toText(row[name] ?? null)
    return text === null || text === '' ? [] : [[name, text] as const]
  })
}

/** Flags are on when sent at all. */
const restrictions = (row: Row): Fields => [
  ...(toTexts(row.allowed_ips ?? null) ?? []).map((each) => ['allowed_ips[]', each] as const),
  ...(toTexts(row.allowed_ua ?? null) ?? []).map((each) => ['allowed_ua[]', each] as const),
  ...['bypass_ua', 'is_isplock'].flatMap((name) => (toFlag(row[name]) ? [[name, '1'] as const] : [])),
]
