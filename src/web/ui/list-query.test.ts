import { expect, test } from 'vitest'
import { isNarrowed, listHref, readList } from './list-query.ts'

const rules = {
  sorts: ['due', 'number'],
  defaultSort: '-due',
  filters: { state: ['open', 'paid'], plan: 'any' as const },
}

test('the address is the state of the list', () => {
  expect(readList('http://x/?q=%20ana%20&sort=number&state=open&plan=p1&after=c9', rules)).toEqual({
    q: 'ana',
    sort: { by: 'number', descending: false },
    filters: { state: 'open', plan: 'p1' },
    after: 'c9',
    before: null,
  })
})

test('what nobody offered is ignored', () => {
  const query = readList('http://x/?sort=password&state=sleeping&evil=1&after=a&before=b', rules)
  expect(query).toEqual({ q: '', sort: { by: 'due', descending: true }, filters: {}, after: 'a', before: null })
  expect(isNarrowed(query)).toBe(false)
})

test('a change keeps the rest and starts at the first page; turning the page does not', () => {
  expect(listHref('?q=ana&after=c9', { state: 'paid' })).toBe('?q=ana&state=paid')
  expect(listHref('?q=ana&before=c1', { after: 'c9', before: null })).toBe('?q=ana&after=c9')
  expect(listHref('?q=ana', { q: null })).toBe('?')
})
