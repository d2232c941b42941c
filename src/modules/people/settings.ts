/** Settings: what an operator changes in the console. Stored, typed, encrypted where secret. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { seal, unseal } from '#platform/crypto.ts'
import { json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

/** A setting has a schema whose parse of `{}` gives the default, and fields marked `.meta({ secret: true })` are sealed. */
export type Setting<T extends Record<string, unknown>> = { key: string; schema: z.ZodType<T> }

export const defineSetting = <T extends Record<string, unknown>>(key: string, schema: z.ZodType<T>): Setting<T> => ({
  key,
  schema,
})

export async function readSetting<T extends Record<string, unknown>>(
  tx: Tx,
  shop: Shop,
  setting: Setting<T>,
): Promise<T> {
  const stored = await maybe(
    tx,
    sql<{
      value: Record<string, unknown>
    }>`select value from settings where business_id = current_business() and key = ${setting.key}`,
  )
  return setting.schema.parse(openSecrets(shop, setting.key, setting.schema, stored?.value ?? {}))
}

export async function saveSetting<T extends Record<string, unknown>>(
  tx: Tx,
  shop: Shop,
  setting: Setting<T>,
  value: T,
): Promise<void> {
  const stored = sealSecrets(shop, setting.key, setting.schema, value)
  await tellChange(tx, shop, setting, value)
  await run(
    tx,
    sql`insert into settings (business_id, key, value, updated_at, updated_by)
      values (${shop.businessId}, ${setting.key}, ${json(stored)}, ${shop.now()}, ${shop.actor})
      on conflict (business_id, key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
  )
}

/** What staff or a program set otherwise, before and after; of a secret only that it was set. Notes of the house's own are none. */
async function tellChange<T extends Record<string, unknown>>(
  tx: Tx,
  shop: Shop,
  setting: Setting<T>,
  value: T,
): Promise<void> {
  if (!/^(staff|key):/.test(shop.actor)) return
  const before: Record<string, unknown> = await readSetting(tx, shop, setting)
  const secrets = secretsOf(setting.schema)
  const changed = Object.keys(value).filter((name) => !isDeepStrictEqual(before[name], value[name]))
  if (changed.length === 0) return
  const shown = (of: Record<string, unknown>) =>
    Object.fromEntries(changed.map((name) => [name, secrets.includes(name) ? '(secret)' : (of[name] ?? null)]))
  await record(tx, shop, shop.now(), {
    type: 'setting.changed',
    subjectType: 'setting',
    subjectId: setting.key,
    data: { setting: setting.key, from: shown(before), to: shown(value) },
  })
}

/** Names of the secret fields of a schema, found by its `.meta({ secret: true })` marks. Unions contribute every branch's fields. */
export function secretFields(schema: z.ZodType): string[] {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const names = (part: JsonSchema): string[] => [
    ...Object.entries(part.properties ?? {}).flatMap(([name, field]) => (field.secret === true ? [name] : [])),
    ...(part.anyOf ?? part.oneOf ?? part.allOf ?? []).flatMap(names),
  ]
  return [...new Set(names(described))]
}

type JsonSchema = {
  properties?: Record<string, JsonSchema & { secret?: boolean }>
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
}

const secretNames = new WeakMap<z.ZodType, string[]>()
/** As `secretFields`, found out once for each kind. */
export const secretsOf = (schema: z.ZodType): string[] => {
  const known = secretNames.get(schema) ?? secretFields(schema)
  secretNames.set(schema, known)
  return known
}

/** Seals the secret fields of settings for storage; `place` binds them to their row. Empty secrets stay empty. */
export function sealSecrets(
  shop: Pick<Shop, 'businessId' | 'dataKey'>,
  place: string,
  schema: z.ZodType,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const sealed = { ...value }
  for (const name of secretsOf(schema)) {
    const text = sealed[name]
    if (typeof text === 'string' && text !== '')
      sealed[name] = seal(shop.dataKey, `${shop.businessId}/${place}/${name}`, text)
  }
  return sealed
}

/** The inverse of `sealSecrets`. A text that does not open stops the caller: a missing key fails closed. */
export function openSecrets(
  shop: Pick<Shop, 'businessId' | 'dataKey'>,
  place: string,
  schema: z.ZodType,
  stored: Record<string, unknown>,
): Record<string, unknown> {
  const opened = { ...stored }
  for (const name of secretsOf(schema)) {
    const text = opened[name]
    if (typeof text === 'string' && text !== '')
      opened[name] = unseal(shop.dataKey, `${shop.businessId}/${place}/${name}`, text)
  }
  return opened
}

/** What a form or an API answer may show: secrets become `null`, with a note whether one is set. */
export function hideSecrets(
  schema: z.ZodType,
  value: Record<string, unknown>,
): { shown: Record<string, unknown>; secretsSet: string[] } {
  const names = secretsOf(schema)
  const shown = Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, names.includes(name) ? null : field]),
  )
  return { shown, secretsSet: names.filter((name) => typeof value[name] === 'string' && value[name] !== '') }
}

/** Whether settings say the same. What was stored comes back with its keys in another order. */
export const sameSettings = (a: Record<string, unknown>, b: Record<string, unknown>): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))

/** Faults of a settings form as field errors under `/settings/…`. */
export function parseSettings(schema: z.ZodType, value: Record<string, unknown>): Record<string, unknown> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data as Record<string, unknown>
  throw new Refusal(
    'invalid_input',
    'Please check the settings.',
    parsed.error.issues.map((issue) => ({
      pointer: `/settings/${issue.path.join('/')}`,
      code: issue.code,
      detail: issue.message,
    })),
  )
}

/** A form never shows a secret, so an empty secret field means "as before". */
export function keepSecrets(
  schema: z.ZodType,
  next: Record<string, unknown>,
  before: Record<string, unknown>,
): Record<string, unknown> {
  const { secretsSet } = hideSecrets(schema, before)
  const kept = { ...next }
  for (const name of secretsSet)
    if (kept[name] === undefined || kept[name] === null || kept[name] === '') kept[name] = before[name]
  return kept
}
