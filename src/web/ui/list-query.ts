/**
 * The state of a list lives in its address: `?q=ana&state=grace&sort=-expires&after=<cursor>`. A loader reads it with
 * `readList`, the table and the filters write links with `listHref`, and Back works.
 */
export type ListQuery = {
  q: string
  sort: { by: string; descending: boolean }
  /** Name of filter → chosen value; filters that are not set are absent. */
  filters: Record<string, string>
  /** Opaque; at most one of both. */
  after: string | null
  before: string | null
}

export type ListRules = {
  sorts: readonly string[]
  defaultSort: string
  filters?: Record<string, readonly string[] | 'any'>
}

/** Reads and checks: what is not in `rules` is ignored, since addresses are typed and shared by people. `-name` sorts descending. */
export function readList(url: URL | string, rules: ListRules): ListQuery {
  const params = new URL(url).searchParams
  const asked = params.get('sort') ?? rules.defaultSort
  const sort = rules.sorts.includes(asked.replace(/^-/, '')) ? asked : rules.defaultSort
  const filters = Object.entries(rules.filters ?? {}).flatMap(([name, allowed]) => {
    const value = params.get(name)
    return value && (allowed === 'any' || allowed.includes(value)) ? [[name, value]] : []
  })
  return {
    q: (params.get('q') ?? '').trim().slice(0, 200),
    sort: { by: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
    filters: Object.fromEntries(filters),
    after: params.get('after'),
    before: params.get('after') ? null : params.get('before'),
  }
}

/** The same list with some of its address changed; null takes a part away. Changing anything but the page starts at the first page. */
export function listHref(search: string, changes: Record<string, string | null>): string {
  const params = new URLSearchParams(search)
  if (!('after' in changes) && !('before' in changes)) {
    params.delete('after')
    params.delete('before')
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') params.delete(name)
    else params.set(name, value)
  }
  const text = params.toString()
  return text ? `?${text}` : '?'
}

/** Something narrows the list, so that none is "nothing matches" and not "nothing yet". */
export const isNarrowed = ({ q, filters }: Pick<ListQuery, 'q' | 'filters'>): boolean =>
  q !== '' || Object.keys(filters).length > 0
