/**
 * Liquid, cut down to what a message needs: placeholders, conditions, loops over a short list. No other file, no raw
 * output, no way from a value to its prototype. What it puts out are marks, not values: Markdown sees a plain word where
 * the value will stand, so a customer's name can be neither markup nor a link nor a script.
 */
import { randomBytes } from 'node:crypto'
import { Liquid, LiquidError, type Template } from 'liquidjs'
import { remember } from './remember.ts'
import { type Fault, limits, TemplateError, type Variables } from './types.ts'

const tags = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', '#']
const filters = [
  ...['append', 'capitalize', 'default', 'downcase', 'prepend', 'remove', 'replace', 'strip', 'upcase', 'url_encode'],
  ...['truncate', 'truncatewords', 'first', 'last', 'join', 'size', 'plus', 'minus', 'times', 'at_least', 'at_most'],
]

/** A mark cannot be guessed, so no value and no template can contain one by design. */
const nonce = randomBytes(8).toString('hex')
const marks = new RegExp(`lk${nonce}x(\\d+)z`, 'g')

/** What Liquid made of a template: text with marks, and the value behind each mark. */
export type Filled = { readonly text: string; readonly values: readonly string[] }

/** Puts the values where their marks are; `as` escapes for the place. One pass: a value is never searched for marks. */
export function unmark(
  text: string,
  values: readonly string[],
  as: (value: string) => string = (value) => value,
): string {
  return text.replace(marks, (_, index) => as(values[Number(index)] ?? ''))
}

/** Fills in a template. Throws {@link TemplateError}. */
export function fill(text: string, variables: Variables): Filled {
  const values: string[] = []
  collector = values
  try {
    return { text: liquid.renderSync(parse(text), scope(variables)) as string, values }
  } catch (error) {
    throw new TemplateError(faultOf(error))
  }
}

/** Faults that can be known without rendering: syntax, and names that are not among `names`. */
export function inspect(text: string, names: readonly string[]): Fault[] {
  let parsed: Template[]
  try {
    parsed = parse(text)
  } catch (error) {
    return [error instanceof TemplateError ? error.fault : faultOf(error)]
  }
  const known = new Set(names)
  return Object.values(liquid.analyzeSync(parsed, { partials: false }).globals)
    .flat()
    .filter((variable) => !(known.has(String(variable.segments[0])) && variable.segments.length === 1))
    .map((variable) => unknownVariable(variable.toString(), variable.location.row, variable.location.col))
}

const liquid = new Liquid({
  templates: {}, // Lookups go to this empty map, never to a disk.
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  memoryLimit: limits.liquidMemory,
  outputEscape: mark,
})
for (const name of Object.keys(liquid.tags)) if (!tags.includes(name)) delete liquid.tags[name]
for (const name of Object.keys(liquid.filters)) if (!filters.includes(name)) delete liquid.filters[name]

let collector: string[] = []

function mark(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : value === null || value === undefined ? '' : String(value)
  if (text === '') return ''
  return `lk${nonce}x${collector.push(clean(text)) - 1}z`
}

/** Control characters, and those that turn the direction of the text around them, have no place in a value. */
function clean(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', ' ')
    .replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, '')
}

const scope = (variables: Variables): object => Object.assign(Object.create(null), variables)

const parse = remember((text: string): Template[] => {
  if (text.length > limits.templateLength) throw new TemplateError(tooLong(text.length))
  return liquid.parse(swallowTagLines(text))
})

/**
 * A tag alone on its line leaves no empty line behind, which would end a Markdown table or list. The line break moves
 * into the tag, so that the line numbers of faults stay right.
 */
function swallowTagLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/^[ \t]*\{%-?([^%\n]*?)-?%\}[ \t]*\n/gm, '{%$1\n%}')
}

function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  const { line, column } = placeOf(error)
  const place = { ...(line && { line }), ...(column && { column }) }
  const variable = /undefined variable: ([^,]+)/.exec(message)?.[1]
  if (variable) return unknownVariable(variable, line, column)
  const filter = /undefined filter: ([^,]+)/.exec(message)?.[1]
  if (filter)
    return { code: 'unknown_filter', message: `There is no filter called "${filter}".`, name: filter, ...place }
  const tag = /tag "([^"]+)" not found/.exec(message)?.[1]
  if (tag) return { code: 'unknown_tag', message: `"${tag}" cannot be used in a message.`, name: tag, ...place }
  if (/limit exceeded/.test(message)) return tooLarge
  return { code: 'syntax', message: sentence(message.replace(/, line:\d+, col:\d+$/, '')), ...place }
}

function placeOf(error: unknown): { line?: number; column?: number } {
  if (!LiquidError.is(error)) return {}
  const [line, column] =
    /line:(\d+), col:(\d+)/
      .exec((error as Error).message)
      ?.slice(1)
      .map(Number) ?? []
  return { ...(line && { line }), ...(column && { column }) }
}

export const tooLarge: Fault = { code: 'too_large', message: 'The message gets too large. Remove loops or shorten it.' }

const tooLong = (length: number): Fault => ({
  code: 'too_long',
  message: `The template has ${length} characters; ${limits.templateLength} are allowed.`,
})

const unknownVariable = (name: string, line?: number, column?: number): Fault => ({
  code: 'unknown_variable',
  message: `There is no variable called "${name}" in this message.`,
  name,
  ...(line && { line }),
  ...(column && { column }),
})

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
