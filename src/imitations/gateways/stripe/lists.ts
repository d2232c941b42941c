/** Lists, search and `expand`. */
import type { Account } from './account.ts'
import { refuse, unable } from './errors.ts'
import { type Form, integer, section, text, words } from './form.ts'

type Row = { id: string; created?: number }

/** One page, newest first. `shelf` rows come oldest first. */
export function listOf(rows: Iterable<Row>, url: string, query: Form): object {
  const newest = [...rows].reverse().filter((row) => inTime(row, query))
  const limit = limitOf(query)
  const after = text(query, 'starting_after')
  const before = text(query, 'ending_before')
  if (before !== null) {
    const end = indexOf(newest, before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { object: 'list', data: newest.slice(start, end), has_more: start > 0, url }
  }
  const start = after === null ? 0 : indexOf(newest, after, 'starting_after') + 1
  return { object: 'list', data: newest.slice(start, start + limit), has_more: newest.length > start + limit, url }
}

function limitOf(query: Form): number {
  const limit = integer(query, 'limit') ?? 10
  if (limit < 1 || limit > 100)
    refuse('Invalid limit: must be between 1 and 100', { code: 'parameter_invalid_integer', param: 'limit' })
  return limit
}

function indexOf(rows: Row[], id: string, param: string): number {
  const index = rows.findIndex((row) => row.id === id)
  if (index < 0) refuse(`No such object: '${id}'`, { code: 'resource_missing', param })
  return index
}

function inTime(row: Row, query: Form): boolean {
  const bound = query.created
  if (bound === undefined) return true
  const created = row.created ?? 0
  if (typeof bound === 'string') return created === integer(query, 'created')
  const range = section(query, 'created')
  return Object.keys(range).every((name) => compare(created, operators[name] ?? name, integer(range, name) ?? 0))
}

const operators: Record<string, string> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

function compare(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '<':
      return left < right
    case '<=':
      return left <= right
    default:
      return refuse(`Invalid comparison: ${operator}`)
  }
}

/** `metadata['attempt']:'pay_1' AND status:'succeeded'`. Pages are numbered here; to a caller the word is opaque. */
export function search(rows: Iterable<Row>, url: string, query: Form): object {
  const given =
    text(query, 'query') ?? refuse('Missing required param: query.', { code: 'parameter_missing', param: 'query' })
  const any = / OR /i.test(given)
  if (any && / AND /i.test(given))
    refuse('Your search query mixes AND and OR, which is not supported.', { param: 'query' })
  const clauses = given.split(any ? / OR /i : / AND /i).map(readClause)
  const fits = (row: Row) => (any ? clauses.some((clause) => clause(row)) : clauses.every((clause) => clause(row)))

  const found = [...rows].reverse().filter(fits)
  const limit = limitOf(query)
  const page = Number(text(query, 'page') ?? '0')
  const more = found.length > (page + 1) * limit
  return {
    object: 'search_result',
    data: found.slice(page * limit, (page + 1) * limit),
    has_more: more,
    next_page: more ? String(page + 1) : null,
    url,
  }
}

function readClause(clause: string): (row: Row) => boolean {
  const match =
    /^\s*(-?)(?:metadata\[(['"])(.+?)\2\]|(\w+))\s*(:|>=|<=|>|<)\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+))\s*$/.exec(
      clause,
    )
  if (!match) return refuse(`We were unable to parse your search query: ${clause}`, { param: 'query' })
  const [, not, , key, field = '', operator = ':', single, double, digits] = match
  const wanted = (single ?? double ?? digits ?? '').replace(/\\(.)/g, '$1')
  if (key === undefined && !searchable.has(field))
    refuse(`Field \`${field}\` is an unsupported search field.`, { param: 'query' })

  return (row) => {
    const all = row as unknown as Record<string, unknown>
    const value = key === undefined ? all[field] : (all.metadata as Record<string, string>)[key]
    const holds =
      operator === ':'
        ? String(value ?? '') === wanted && value !== undefined
        : compare(Number(value), operator, Number(wanted))
    return holds !== (not === '-')
  }
}

const searchable = new Set(['amount', 'created', 'currency', 'customer', 'status'])

/**
 * Replaces ids by what they name, as `expand[]` asks; at most four levels deep, as at Stripe. It runs after the effect, so a
 * wrong path is an answer that is kept under the idempotency key, or a repetition would have the effect twice.
 */
export function expanded(account: Account, answer: object, query: Form): object {
  const paths = words(query, 'expand').map((path) => path.split('.'))
  if (paths.length === 0) return answer
  const copy = structuredClone(answer) as Record<string, unknown>
  for (const path of paths) {
    if (path.length > 4) unable('You cannot expand more than 4 levels of a property.', { param: 'expand' })
    open(account, copy, path, path.join('.'))
  }
  return copy
}

function open(account: Account, object: Record<string, unknown>, path: string[], whole: string): void {
  const [name = '', ...rest] = path
  if (object[name] === undefined) object[name] = included(account, object, name)
  if (object[name] === undefined) unable(`This property cannot be expanded (${whole}).`, { param: 'expand' })
  const value = object[name]
  if (typeof value === 'string')
    object[name] =
      structuredClone(find(account, value)) ??
      unable(`This property cannot be expanded (${whole}).`, { param: 'expand' })
  if (rest.length === 0) return
  const opened = object[name]
  for (const inner of Array.isArray(opened) ? opened : [opened]) {
    if (inner !== null) open(account, inner as Record<string, unknown>, rest, whole)
  }
}

/** Lists that an object holds only when they are asked for. */
function included(account: Account, object: Record<string, unknown>, name: string): object | undefined {
  const id = String(object.id)
  if (object.object === 'checkout.session' && name === 'line_items') {
    return {
      object: 'list',
      data: account.lineItems.get(id) ?? [],
      has_more: false,
      url: `/v1/checkout/sessions/${id}/line_items`,
    }
  }
  if (object.object === 'charge' && name === 'refunds') {
    const refunds = [...account.refunds.values()].filter((refund) => refund.charge === id).reverse()
    return { object: 'list', data: refunds, has_more: false, url: `/v1/charges/${id}/refunds` }
  }
  return undefined
}

function find(account: Account, id: string): object | undefined {
  const shelves = [
    account.intents,
    account.charges,
    account.customers,
    account.methods,
    account.setups,
    account.refunds,
    account.transactions,
    account.disputes,
    account.payouts,
  ]
  return shelves.map((shelf) => shelf.get(id)).find((row) => row !== undefined)
}

/** The parameters of every list. */
export const paging = ['limit', 'starting_after', 'ending_before', 'created']

/** The rows whose fields are as the query asks. */
export function filtered<Row extends { id: string }>(rows: Iterable<Row>, query: Form, names: string[]): Row[] {
  const asked = names.flatMap((name) => (text(query, name) === null ? [] : [[name, text(query, name)] as const]))
  return [...rows].filter((row) => asked.every(([name, value]) => (row as Record<string, unknown>)[name] === value))
}
