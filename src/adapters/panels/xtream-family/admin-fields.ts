/**
 * The parameters of `create_line` and `edit_line`. An edit replaces the whole row on most builds: what is left out is lost, a
 * password becomes random, a banned line is free again. So everything read is sent back, except flags that are off: to be sent
 * at all turns them on.
 */

import { toFlag, toInt, toText, toTexts } from '../normalize.ts'
import type { LineSpec } from '../panel.ts'
import { numberIn } from './boxes.ts'
import type { Fields } from './call.ts'
import { notesWith, outputIdsOf, type Row, wantedExpiry, wantedOutputs } from './row.ts'

/** How this build reads what is written in two ways; learned from read-backs, kept while the panel is open. */
export type Dialect = {
  dates: { as: 'utc' } | { as: 'zone'; timeZone: string } | { as: 'shifted'; ms: number }
  bouquets: 'json' | 'array'
}

/**
 * UTC with its Z is unambiguous where it is understood. Builds that refuse it get the API user's local time; builds that
 * ignore the Z get a time moved by what they were found to be off.
 */
export function dateText(expiresAt: Temporal.Instant, dates: Dialect['dates']): string {
  if (dates.as === 'utc') return expiresAt.toString({ smallestUnit: 'second' })
  const zone = dates.as === 'zone' ? dates.timeZone : 'UTC'
  const moved = dates.as === 'shifted' ? expiresAt.add({ milliseconds: dates.ms }) : expiresAt
  return moved.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ')
}

/** What we decide about a line, on create and on edit alike. */
function decided(spec: LineSpec, dialect: Dialect): Fields {
  const ids = spec.package.bouquets.map(String)
  const { device } = spec
  const login: Fields = device
    ? [['mac', device.mac]]
    : [
        ['username', spec.username],
        ['password', spec.password],
        ['max_connections', String(spec.maxConnections)],
      ]
  return [
    ...login,
    ['exp_date', dateText(wantedExpiry(spec), dialect.dates)],
    ...(dialect.bouquets === 'json'
      ? [['bouquets_selected', `[${ids.join(',')}]`] as const]
      : repeated('bouquets_selected', ids)),
    ...(device ? [] : repeated('access_output', outputIdsOf(wantedOutputs(spec)).map(String))),
  ]
}

export function createFields(spec: LineSpec, dialect: Dialect, memberId: number): Fields {
  return [
    ...decided(spec, dialect),
    ['enabled', spec.enabled ? '1' : '0'],
    ['reseller_notes', spec.marker],
    ...(memberId > 0 ? [['member_id', String(memberId)] as const] : []),
    ...packageId(spec),
    ...pairId(spec),
  ]
}

/** `row` is the line as just read; its own on and off stay as they are. */
export function editFields(ref: string, row: Row, spec: LineSpec, dialect: Dialect): Fields {
  const kept = keptColumns.flatMap((name) => {
    const text = toText(row[name])
    const ours =
      name === 'package_id' ? spec.package.packageId : name === 'pair_id' ? spec.device?.coupledTo : undefined
    return text === null || ours !== undefined ? [] : [[name, text] as const]
  })
  return [
    ['id', numberIn(ref)],
    ...decided(spec, dialect),
    ...['enabled', 'admin_enabled'].flatMap((name) => {
      const flag = toFlag(row[name])
      return flag === undefined ? [] : [[name, flag ? '1' : '0'] as const]
    }),
    ...(toFlag(row.lock_device) ? [['lock_device', '1'] as const] : []),
    ...presenceFlags.flatMap((name) => (toFlag(row[name]) ? [[name, '1'] as const] : [])),
    ...repeated('allowed_ips', toTexts(row.allowed_ips ?? null) ?? []),
    ...repeated('allowed_ua', toTexts(row.allowed_ua ?? null) ?? []),
    ...kept,
    ...packageId(spec),
    ...pairId(spec),
    ['reseller_notes', notesWith(spec.marker, toText(row.reseller_notes) ?? '')],
  ]
}

const presenceFlags = ['is_trial', 'is_restreamer', 'is_stalker', 'is_isplock', 'bypass_ua']
const keptColumns = [
  'admin_notes',
  'contact',
  'member_id',
  'forced_country',
  'force_server_id',
  'package_id',
  'pair_id',
]

/** Columns that an edit of ours must not change; one that did was edited by somebody else, or lost by the panel. */
export const untouched = ['admin_enabled', 'allowed_ips', 'allowed_ua', ...presenceFlags, ...keptColumns] as const

/** Compared as text where lists may come in another form. */
export function changedColumns(before: Row, after: Row): string[] {
  const plain = (value: unknown) => {
    const flag = typeof value === 'boolean' ? Number(value) : value
    return toInt(flag)?.toString() ?? (toTexts(flag ?? null) ?? []).join(',')
  }
  return untouched.filter(
    (name) => name !== 'package_id' && after[name] !== undefined && plain(before[name]) !== plain(after[name]),
  )
}

const packageId = (spec: LineSpec): Fields =>
  spec.package.packageId === undefined ? [] : [['package_id', spec.package.packageId]]

/** A box that is coupled counts among the connections of its line. */
const pairId = ({ device }: LineSpec): Fields =>
  device?.coupledTo === undefined ? [] : [['pair_id', device.coupledTo]]

/** Whether the row is coupled to the line that it should be; a build that does not show it is believed. */
export const isCoupled = (row: Row, { device }: LineSpec): boolean =>
  device?.coupledTo === undefined || row.pair_id === undefined || toText(row.pair_id) === device.coupledTo

const repeated = (name: string, values: readonly string[]): Fields =>
  values.map((value) => [`${name}[]`, value] as const)
