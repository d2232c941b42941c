import { expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { checkRoutes, type Route } from './route.ts'
import { routes } from './routes.ts'

type Operation = {
  operationId: string
  parameters?: { name: string; in: string }[]
  responses: Record<string, object>
  summary: string
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

const document = openApiDocument(routes) as Document
const operations = Object.entries(document.paths).flatMap(([path, each]) =>
  Object.entries(each).map(([method, operation]) => ({ path, method, operation })),
)

test('the committed document is the one that the schemas make (`npx vitest run src/api/openapi.test.ts -u` writes it)', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('./openapi.json')
})

test('it is OpenAPI 3.1 and holds together: every reference leads somewhere, every parameter is declared, every answer has a schema', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(operations).toHaveLength(routes.length)
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name)
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
  for (const { path, method, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = (operation.parameters ?? []).filter((each) => each.in === 'path').map((each) => each.name)
    expect(declared, `${method} ${path}`).toEqual(inPath)
    for (const response of Object.values(operation.responses)) expect(response).toHaveProperty('content')
    for (const status of ['401', '403', '429', '500']) expect(operation.responses).toHaveProperty(status)
    expect(operation.summary).toMatch(/\.$/)
  }
})

test('a table with a fault does not start', () => {
  const [route] = routes.filter((each) => each.method === 'post' && each.retell !== undefined)
  const broken = (change: Partial<Record<keyof Route, unknown>>) => () =>
    checkRoutes([{ ...route, ...change } as Route])
  expect(broken({})).not.toThrow()
  expect(broken({ scope: undefined })).toThrow('names a scope')
  expect(broken({ scope: 'orders:read' })).toThrow('scope is one for writing')
  expect(broken({ retell: undefined })).toThrow('can be told again')
  expect(broken({ path: '/things/{other}' })).toThrow('names its parameters')
  expect(() => checkRoutes([route, route] as Route[])).toThrow('stands once')
})
