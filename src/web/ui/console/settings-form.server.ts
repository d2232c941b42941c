/** Between an adapter's schema of settings and a form: which controls, what they show, what was sent. */
import { z } from 'zod'
import type { SettingsField } from './settings-form.tsx'

type Described = {
  type?: string
  format?: string
  title?: string
  help?: string
  secret?: boolean
  long?: boolean
  hidden?: boolean
  default?: unknown
  enum?: unknown[]
  maxLength?: number
  anyOf?: Described[]
}

const described = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Described>
    required?: string[]
  }

/** The fields of a form. `known` comes from `shownSettings` and its kin: secrets are null there, and `secretsSet` names those stored. */
export function settingsFieldsOf(
  schema: z.ZodType,
  known: { shown: Record<string, unknown>; secretsSet: readonly string[] } = { shown: {}, secretsSet: [] },
): SettingsField[] {
  const { properties = {}, required = [] } = described(schema)
  return Object.entries(properties).map(([name, property]) => {
    const part = { ...property, ...property.anyOf?.find((each) => each.type !== 'null') }
    const kind = kindOf(part)
    const value = known.shown[name] ?? property.default ?? ''
    return {
      name,
      label: property.title ?? name.replaceAll('_', ' '),
      help: property.help ?? null,
      kind,
      required: required.includes(name) && kind !== 'switch',
      options: (part.enum ?? []).map(String),
      value: kind === 'secret' ? '' : String(value),
      stored: known.secretsSet.includes(name),
    }
  })
}

function kindOf(part: Described): SettingsField['kind'] {
  if (part.secret) return 'secret'
  if (part.enum) return 'choice'
  if (part.type === 'boolean') return 'switch'
  if (part.type === 'integer' || part.type === 'number') return 'number'
  if (part.long || (part.maxLength ?? 0) > 1_000) return 'long'
  if (part.format === 'uri') return 'url'
  return part.format === 'email' ? 'email' : 'text'
}

/**
 * What the form sent, for the room's own parse: numbers as numbers where they are some (else the text, which the schema refuses in
 * its own words), empty optional fields left out so that defaults apply.
 */
export function readSettingsForm(schema: z.ZodType, form: FormData): Record<string, unknown> {
  return Object.fromEntries(
    settingsFieldsOf(schema).flatMap(({ name, kind }): [string, unknown][] => {
      const sent = form.get(`settings.${name}`)
      if (kind === 'switch') return [[name, sent === 'true']]
      if (typeof sent !== 'string' || sent.trim() === '') return []
      const text = kind === 'secret' || kind === 'long' ? sent : sent.trim()
      return [[name, kind === 'number' && /^-?\d+$/.test(text) ? Number(text) : text]]
    }),
  )
}
