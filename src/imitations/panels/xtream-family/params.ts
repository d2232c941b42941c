/** Parameters as PHP sees them: query and form body merged, the body wins; `a[]` repeats. */
import type { Context } from 'hono'

export type Params = {
  /** The last value of a plain name, `undefined` when it was not sent at all: several rules depend on that difference. */
  get(name: string): string | undefined
  has(name: string): boolean
  /** `name[]`, `name[0]`, … in order; `undefined` when none was sent. */
  list(name: string): string[] | undefined
  /** `name[key]` by key. */
  map(name: string): Record<string, string>
  /** PHP's `intval`: whatever does not begin with a number is 0. */
  int(name: string, missing: number): number
  /** As a failed call echoes them: everything sent, passwords included. */
  echo(): Record<string, string | string[]>
}

/** Reads the query, and the body of a POST when it is a form. */
export async function readParams(c: Context): Promise<{ query: Params; all: Params }> {
  const query = [...new URL(c.req.url).searchParams]
  return { query: paramsOf(query), all: paramsOf([...query, ...(await formOf(c))]) }
}

async function formOf(c: Context): Promise<[string, string][]> {
  if (c.req.method !== 'POST') return []
  const type = c.req.header('content-type') ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) return [...new URLSearchParams(await c.req.text())]
  if (!type.startsWith('multipart/form-data')) return []
  return [...(await c.req.formData())].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
}

export function paramsOf(pairs: readonly [string, string][]): Params {
  const plain = new Map<string, string>()
  const lists = new Map<string, string[]>()
  const maps = new Map<string, Record<string, string>>()
  for (const [name, value] of pairs) {
    const [, base = '', key = ''] = /^([^[\]]+)\[(.*)\]$/.exec(name) ?? []
    if (base !== '' && /^\d*$/.test(key)) {
      lists.set(base, [...(lists.get(base) ?? []), value])
      continue
    }
    plain.set(name, value)
    if (base !== '') maps.set(base, { ...maps.get(base), [key]: value })
  }
  return {
    get: (name) => plain.get(name),
    has: (name) => plain.has(name) || lists.has(name),
    list: (name) => lists.get(name),
    map: (name) => maps.get(name) ?? {},
    int(name, missing) {
      const value = plain.get(name)
      return value === undefined ? missing : intval(value)
    },
    echo() {
      const { api_key: _key, action: _action, ...rest } = { ...Object.fromEntries(plain), ...Object.fromEntries(lists) }
      return rest
    },
  }
}

export function intval(text: string): number {
  return Number.parseInt(text, 10) || 0
}
