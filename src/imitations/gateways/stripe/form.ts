/** The form-encoded bodies of the Stripe API: `metadata[order]=7`, `line_items[0][price_data][currency]=eur`, `expand[]=x`. */
import { missing, refuse } from './errors.ts'

export type Form = { [name: string]: string | Form }

/** Adds a route to the API: what the handler answers is sent as JSON. The path may hold one `:id`. */
export type Add = (path: string, handler: (form: Form, id: string) => object) => unknown

export function readForm(text: string): Form {
  const form: Form = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const path = [...name.matchAll(/[^[\]]+|\[\]/g)].map(([part]) => part)
    place(form, path, value)
  }
  return form
}

function place(form: Form, path: string[], value: string): void {
  const [first = '', ...rest] = path
  const name = first === '[]' ? String(Object.keys(form).length) : first
  if (name === '__proto__') return
  if (rest.length === 0) {
    form[name] = value
    return
  }
  const inner = form[name]
  const next: Form = typeof inner === 'object' ? inner : {}
  form[name] = next
  place(next, rest, value)
}

/** Stripe refuses a parameter it does not know, and this imitation refuses what it would otherwise ignore silently. */
export function allow(form: Form, names: readonly string[], inside = ''): void {
  const unknown = Object.keys(form).find((name) => name !== 'expand' && !names.includes(name))
  if (unknown === undefined) return
  const param = inside ? `${inside}[${unknown}]` : unknown
  refuse(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param })
}

/** Null when absent or empty: an empty value means "unset" to Stripe. */
export function text(form: Form, name: string): string | null {
  const value = form[name]
  if (typeof value === 'object') return refuse(`Invalid string: ${name}`, { param: name })
  return value === undefined || value === '' ? null : value
}

export const needed = (form: Form, name: string, param = name): string => text(form, name) ?? missing(param)

export function integer(form: Form, name: string, param = name): number | null {
  const value = text(form, name)
  if (value === null) return null
  if (!/^-?\d{1,15}$/.test(value)) {
    return refuse(`Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param })
  }
  return Number(value)
}

export function flag(form: Form, name: string): boolean {
  const value = text(form, name)
  if (value !== null && value !== 'true' && value !== 'false') refuse(`Invalid boolean: ${value}`, { param: name })
  return value === 'true'
}

export function section(form: Form, name: string): Form {
  const value = form[name]
  if (typeof value === 'string' && value !== '') return refuse('Invalid object', { param: name })
  return typeof value === 'object' ? value : {}
}

/** The items of `name[0]…`, `name[1]…` in their order. */
export function items(form: Form, name: string): (string | Form)[] {
  const given = section(form, name)
  return Object.keys(given)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => given[key] ?? '')
}

export const words = (form: Form, name: string): string[] =>
  items(form, name).filter((each) => typeof each === 'string')

export function oneOf<T extends string>(form: Form, name: string, allowed: readonly T[]): T | null {
  const value = text(form, name)
  if (value === null) return null
  return (
    allowed.find((each) => each === value) ??
    refuse(`Invalid ${name}: must be one of ${allowed.join(', ')}`, { param: name })
  )
}

export type Metadata = Record<string, string>

/** What is sent is laid over what was there; an empty value removes its key. At most 50 keys of 40, values of 500 characters. */
export function metadata(form: Form, before: Metadata = {}, param = 'metadata'): Metadata {
  const after = { ...before }
  for (const [key, value] of Object.entries(section(form, 'metadata'))) {
    if (typeof value === 'object') return refuse('Metadata values must be strings', { param: `${param}[${key}]` })
    if (key.length > 40) refuse(`Metadata keys can be at most 40 characters: ${key}`, { param })
    if (value.length > 500) refuse(`Metadata values can be at most 500 characters`, { param: `${param}[${key}]` })
    if (value === '') delete after[key]
    else after[key] = value
  }
  if (Object.keys(after).length > 50) refuse('Metadata can have at most 50 keys', { param })
  return after
}

export function url(form: Form, name: string): string | null {
  const value = text(form, name)
  // The template holds braces, which a strict parser would escape; only the shape matters here.
  if (value !== null && !(URL.canParse(value) && /^https?:/i.test(value))) {
    refuse('Not a valid URL', { code: 'url_invalid', param: name })
  }
  return value
}
