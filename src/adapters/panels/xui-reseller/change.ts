/** Writing lines with a reseller's key: at most one charged call at a time, and each is borne out by what is read back. */
import type { Package } from '../by-package/package.ts'
import type { Quotes } from '../by-package/quotes.ts'
import { toFlag, toText, toTexts } from '../normalize.ts'
import type { FoundLine, LineRef, LineSpec } from '../panel.ts'
import { type Call, type Fields, refusal } from '../xtream-family/call.ts'
import type { Look, Read } from '../xtream-family/look.ts'
import { notesWith, type Row } from '../xtream-family/row.ts'
import { openSteps } from '../xtream-family/steps.ts'
import type { Account } from './account.ts'
import type { XuiResellerSettings } from './settings.ts'

export function openChange(settings: XuiResellerSettings, call: Call, look: Look, account: Account, quotes: Quotes) {
  const { unsure } = call.trouble
  const steps = openSteps(call, look, settings.time_zone)

  async function create(spec: LineSpec): Promise<FoundLine> {
    const wanted = await account.packageNamed(spec.package.packageId)
    await account.mayCreate()
    const fields: Fields = [
      ['package', wanted.id],
      ...(wanted.trialOnly ? [['trial', '1'] as const] : []),
      ['username', spec.username],
      ['password', spec.password],
      ['reseller_notes', spec.marker],
      ...(await bouquetFields(wanted.bouquets)),
    ]
    const verdict = await call('create_line', { fields, writes: true })
    const { ref } = (await steps.made(spec, verdict)).line
    // It was paid for, so its own word is not enough.
    const after = spec.enabled ? await steps.readBack('create_line', ref) : await steps.switched(ref, false)
    return verified('create_line', after, spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    const wanted = await account.packageNamed(spec.package.packageId)
    let current = await steps.present(ref, spec)
    // Off comes first, so that a refused edit keeps nobody watching; on comes last: an extension does not switch on.
    if (!spec.enabled && current.line.enabled) current = await steps.switched(ref, false)
    if (quotes.isDue(current.line, spec, wanted)) current = await extended(current, spec, wanted)
    else if (hasOtherLogin(current.line, spec)) current = await edited(current, spec)
    if (spec.enabled && !current.line.enabled) current = await steps.switched(ref, true)
    return verified('edit_line', current, spec)
  }

  /** Charged each time. The term is added to what the line has, so the panel's clock must have moved on. */
  async function extended(before: Read, spec: LineSpec, wanted: Package): Promise<Read> {
    const { ref } = before.line
    const fields: Fields = [
      ['id', ref],
      ['package', wanted.id],
      ...(await keptFields(before.row, spec, wanted.bouquets)),
    ]
    const verdict = await call('edit_line', { fields, writes: true })
    const after = await steps.readBack('edit_line', ref)
    const moved = (after.line.expiresAt?.epochMilliseconds ?? 0) !== (before.line.expiresAt?.epochMilliseconds ?? 0)
    if (moved || (verdict.success && after.line.packageId !== before.line.packageId)) return after
    if (!verdict.success) throw refusal(call, 'edit_line', verdict)
    throw unsure('edit_line', 'the panel said yes, and the line ends when it did before', 'not_as_asked')
  }

  async function edited({ row, line }: Read, spec: LineSpec): Promise<Read> {
    const fields: Fields = [['id', line.ref], ...(await keptFields(row, spec, line.bouquets))]
    const verdict = await call('edit_line', { fields, writes: true })
    if (!verdict.success) throw refusal(call, 'edit_line', verdict)
    return steps.readBack('edit_line', line.ref)
  }

  /** What an edit leaves out is emptied: notes and contact always, restrictions where the group may set them. */
  async function keptFields(row: Row, spec: LineSpec, bouquets: readonly number[]): Promise<Fields> {
    const restricts = toFlag((await account.permissions()).allow_restrictions) === true
    const contact = toText(row.contact)
    return [
      ['username', spec.username],
      ['password', spec.password],
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
    const wrong = [hasOtherLogin(line, spec) ? 'login' : '', line.enabled === spec.enabled ? '' : 'enabled'].filter(
      Boolean,
    )
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  return { create, update, remove: steps.remove }
}

const hasOtherLogin = (line: FoundLine, spec: LineSpec): boolean =>
  line.username !== spec.username || line.password !== spec.password

/** Flags are on when sent at all. */
const restrictions = (row: Row): Fields => [
  ...(toTexts(row.allowed_ips ?? null) ?? []).map((each) => ['allowed_ips[]', each] as const),
  ...(toTexts(row.allowed_ua ?? null) ?? []).map((each) => ['allowed_ua[]', each] as const),
  ...['bypass_ua', 'is_isplock'].flatMap((name) => (toFlag(row[name]) ? [[name, '1'] as const] : [])),
]
