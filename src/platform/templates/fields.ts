/**
 * Addresses and bodies with named fields in them, as operators write them for their own machines: `{{ username }}` and filters, no tags, so
 * nothing loops and nothing needs a guard. What a field holds can never become more than a value where it stands.
 */
import { Liquid, type Template } from 'liquidjs'

/** `url`: percent-encoded. `json`: a JSON value with its quotes. `plain`: as it is, on one line. */
export type FieldStyle = 'url' | 'json' | 'plain'
export type Fields = Readonly<Record<string, string | number | boolean | null | readonly number[]>>
export type FieldText = (values: Fields) => string

/** What is wrong with the text, as the end of a sentence; null when it can be used. `names` are the fields it may have. */
export function faultOfFields(text: string, names: readonly string[], style: FieldStyle): string | null {
  try {
    const engine = engines[style]
    const unknown = engine.globalVariablesSync(engine.parse(text)).find((name) => !names.includes(name))
    return unknown === undefined
      ? null
      : `has a field "${unknown.slice(0, 40)}" that is not known; known: ${names.join(', ')}`
  } catch (error) {
    return `cannot be read: ${(error as Error).message.split('\n')[0]?.slice(0, 120)}`
  }
}

/** Throws for a text that `faultOfFields` complains about. */
export function fieldText(text: string, style: FieldStyle): FieldText {
  const parsed: Template[] = engines[style].parse(text)
  return (values) => String(engines[style].renderSync(parsed, values))
}

/** Also what `encodeURIComponent` leaves: mail programs break links at quotes and brackets. */
const percentEncoded = (value: unknown): string =>
  encodeURIComponent(String(value)).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

const written: Record<FieldStyle, (value: unknown) => string> = {
  url: percentEncoded,
  json: (value) => JSON.stringify(value ?? null),
  plain: (value) => String(value ?? '').replace(/[\r\n\0]/g, ' '),
}

const engines: Record<FieldStyle, Liquid> = { url: engineOf('url'), json: engineOf('json'), plain: engineOf('plain') }

function engineOf(style: FieldStyle, strict = true): Liquid {
  const engine = new Liquid({
    strictVariables: strict,
    strictFilters: true,
    ownPropertyOnly: true,
    outputEscape: (value) => written[style](value),
    parseLimit: 20_000,
    renderLimit: 200,
    memoryLimit: 1_000_000,
  })
  for (const tag of Object.keys(engine.tags)) delete engine.tags[tag]
  delete engine.filters.raw // What a field holds stays a value.
  return engine
}

/** What is wrong with an expression (`data | where: "username", username | first`), as the end of a sentence; null when it can be used. */
export function faultOfExpression(text: string): string | null {
  try {
    readExpression(text)
    return null
  } catch (error) {
    return `cannot be read: ${(error as Error).message.split('\n')[0]?.slice(0, 120)}`
  }
}

/** Finds something in an answer: names with points, comparisons and filters, no tags. What is not there is undefined. */
export function readExpression(text: string): (values: Readonly<Record<string, unknown>>) => unknown {
  const [parsed] = reader.parse(`{{ ${text} }}`)
  if (parsed === undefined || /[{}]|%/.test(text)) throw new Error('this is no expression')
  return (values) => reader.evalValueSync(text, { ...values })
}

const reader = engineOf('plain', false)
