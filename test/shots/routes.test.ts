import { matchRoutes, type RouteObject } from 'react-router'
import { expect, test } from 'vitest'
import routes from '#web/routes.ts'
import { nameOf, screens } from './screens.ts'

type Entry = { id?: string; path?: string; index?: boolean; file: string; children?: Entry[] }

const withIds = (entries: readonly Entry[], within = ''): RouteObject[] =>
  entries.map(({ path, index, file, children }) => {
    const address = [within, path].filter(Boolean).join('/')
    return (
      index
        ? { index: true, id: `${address}/ (${file})` }
        : { path, id: `${address} (${file})`, ...(children ? { children: withIds(children, address) } : {}) }
    ) as RouteObject
  })

const table = withIds(routes as Entry[])
const ids = (all: RouteObject[]): string[] =>
  all.flatMap((each) => (each.children ? ids(each.children) : [each.id ?? '']))

/** Pages only: a route of a plain `.ts` file answers with a document, a redirect or data. The kit's gallery exists in development only. */
const pages = ids(table).filter((id) => id.endsWith('.tsx)') && !id.startsWith('kit'))

test('every page has its picture', () => {
  const seen = new Set(
    Object.values(screens)
      .flat()
      .map((screen) => matchRoutes(table, screen.replace(/[?#].*$/, ''))?.at(-1)?.route.id),
  )
  expect(pages.length).toBeGreaterThan(60)
  expect(pages.filter((id) => !seen.has(id))).toEqual([])
})

test('no picture replaces another', () => {
  for (const [group, all] of Object.entries(screens)) expect(new Set(all.map(nameOf)).size, group).toBe(all.length)
})
