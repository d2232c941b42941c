/** Schemas that several resources share. They validate, and the OpenAPI document is made from them. */
import { z } from '@hono/zod-openapi'
import { paperLanguages } from '#modules/billing/document/labels.ts'
import { languages as messageLanguages } from '#modules/messages/render/default-templates.ts'
import { type IdPrefix, isId } from '#platform/ids.ts'
import { isCurrency, type Money, toJson } from '#platform/money.ts'
import { isZone } from '#platform/time.ts'

export { z }

/** `cus_01k…`. In a path a malformed id is answered like an absent one; in a body it is a fault of the field. */
export const id = (prefix: IdPrefix) =>
  z
    .string()
    .refine((text) => isId(prefix, text), 'This is not an id of that kind.')
    .openapi({ pattern: `^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`, example: `${prefix}_01kb3v8s1c9m4t7x2q6z5w0r8d` })

/** No control characters and nothing that turns the direction of writing: such text can pose as another. */
const isPlain = (written: string) => /^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u.test(written)
const isPlainLines = (written: string) => isPlain(written.replaceAll(/[\n\r\t]/g, ''))

export const text = (most: number) => z.string().trim().max(most).refine(isPlain, 'Control characters are not taken.')
export const words = (most: number) =>
  z.string().trim().min(1).max(most).refine(isPlain, 'Control characters are not taken.')
export const lines = (most: number, least = 0) =>
  z.string().min(least).max(most).refine(isPlainLines, 'Control characters are not taken.')
export const email = z.email().max(254)
/** Of a customer and of a business: what is printed in it. */
export const paperLanguageText = `Of pages and mails: ${Object.keys(messageLanguages).join(', ')}; in another they are in the language of the business, mails in your own texts where you wrote some. Of papers also: ${paperLanguages.filter((each) => !Object.hasOwn(messageLanguages, each)).join(', ')}.`
export const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/, 'A language tag, like en or pt-BR.')
export const country = z.string().regex(/^[A-Z]{2}$/, 'A country of ISO 3166, like DE.')
export const currency = z.string().refine(isCurrency, 'A currency of ISO 4217, like EUR.').openapi({ example: 'EUR' })
export const zone = z
  .string()
  .max(64)
  .refine(isZone, 'A zone of IANA, like Europe/Berlin.')
  .openapi({ example: 'Europe/Berlin' })
export const webAddress = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .openapi({ example: 'https://shop.example/thanks' })
export const position = z.int().min(0).max(100_000)

/** Answers: RFC 3339, UTC. */
export const time = z.iso.datetime({ offset: true }).openapi({ example: '2026-03-31T12:00:00Z' })
/** Requests: RFC 3339 with an offset, within 1970 to 2100. */
export const instantIn = z.iso
  .datetime({ offset: true })
  .refine((text) => /^(19[7-9]\d|20\d\d)/.test(text), 'A time between 1970 and 2100.')
  .transform((text) => Temporal.Instant.from(text))

/** Minor units: 1099 is 10.99 EUR. */
export const amount = z.int().min(0).max(100_000_000_000)
export const money = z.strictObject({ amount: z.int(), currency: z.string() }).openapi('Money', {
  description: 'An amount in minor units: 1099 EUR is 10.99 €.',
  example: { amount: 1099, currency: 'EUR' },
})
export const moneyIn = z.strictObject({ amount: amount.min(1), currency })

/** `true`, `false` in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A resource as it is answered: exactly these fields, and whether it is of the real business or of its sandbox. */
export const resource = <S extends z.ZodRawShape>(name: string, shape: S) =>
  z.strictObject({ ...shape, livemode: z.boolean() }).openapi(name)

export const list = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    data: z.array(item),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
    livemode: z.boolean(),
  })

export const listQuery = <S extends z.ZodRawShape>(filters: S) =>
  z.strictObject({
    ...filters,
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().min(1).max(400).optional().openapi({ description: '`next_cursor` of the page before.' }),
  })

export const byId = (prefix: IdPrefix) => z.strictObject({ id: id(prefix) })

export const minor = (minorUnits: bigint, code: string): { amount: number; currency: string } =>
  toJson({ minor: minorUnits, currency: code })
export const moneyOf = ({ amount, currency }: { amount: number; currency: string }): Money => ({
  minor: BigInt(amount),
  currency,
})
export const at = (instant: Temporal.Instant): string => instant.toString()
export const atOr = (instant: Temporal.Instant | null): string | null => instant?.toString() ?? null

/** Only the fields that were sent: a PATCH leaves the others as they are. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
