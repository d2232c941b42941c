/** The OpenAPI document, made from the schemas that validate. `openapi.json` beside this file is its committed copy. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { type RefusalCode, refusals } from '#platform/errors.ts'
import type { Route } from './route.ts'
import { z } from './schemas.ts'

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(refusals) as [RefusalCode, ...RefusalCode[]]),
    detail: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })),
    request_id: z.string(),
  })
  .openapi('Problem')

type RouteConfig = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0]

const documents = new WeakMap<readonly Route[], object>()

export function openApiDocument(table: readonly Route[]): object {
  const known = documents.get(table) ?? make(table)
  documents.set(table, known)
  return known
}

function make(table: readonly Route[]): object {
  const hono = new OpenAPIHono()
  hono.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `lk_live_…` or `lk_test_…`.',
  })
  for (const each of table) hono.openAPIRegistry.registerPath(pathOf(each))
  return hono.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Linekeeper', version: '1', description, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }],
  })
}

const description = `Send a key as \`Authorization: Bearer lk_…\`; a \`lk_test_\` key opens a sandbox, and every answer says \`livemode\`.

Amounts are minor units with their currency, times RFC 3339 in UTC. Refusals are problem documents: decide by \`code\`, see
[the page of the codes](/api/docs/errors). \`Idempotency-Key\` is taken by everything that changes something and needed where
money, credits or lines change: a repeat with the same key has the same answer. Lists take \`limit\` and \`cursor\`.`

const keyHeader = (needed: boolean) =>
  z.object({
    'idempotency-key': (needed ? z.string().min(1).max(255) : z.string().min(1).max(255).optional()).openapi({
      description: 'A random value, new for each act and the same for its repeats. Kept for 24 hours.',
    }),
  })

function pathOf(route: Route): RouteConfig {
  const { method, path, params, query, body, answer, status = 200 } = route
  const tag = path.split('/')[1] ?? ''
  return {
    method,
    path,
    tags: [tag],
    operationId: operationOf(route),
    summary: route.summary,
    description: `${route.description ?? ''}\n\nScope: \`${route.scope}\`.`.trim(),
    request: {
      params,
      query,
      ...(method === 'get' ? {} : { headers: keyHeader(route.needsKey ?? false) }),
      ...(body === null || Object.keys(body.shape).length === 0
        ? {}
        : { body: { content: { 'application/json': { schema: body } }, required: true } }),
    },
    responses: {
      [status]: {
        description: 'Done.',
        content:
          answer === null
            ? { [route.media ?? 'application/pdf']: { schema: z.string().openapi({ format: 'binary' }) } }
            : { 'application/json': { schema: answer } },
      },
      ...refusalsOf(route),
    },
  }
}

/** `post_orders_id_cancel`: stable, since generated clients name their functions after it. */
const operationOf = ({ method, path }: Route): string =>
  `${method}${path.replaceAll(/[/{}.-]+/g, '_').replace(/_$/, '')}`

const always: readonly RefusalCode[] = ['unauthenticated', 'forbidden', 'rate_limited', 'internal', 'unavailable']

function refusalsOf(route: Route) {
  const codes = new Set<RefusalCode>([...always, ...(route.refuses ?? [])])
  if (Object.keys(route.params.shape).length > 0) codes.add('not_found')
  if (Object.keys(route.query.shape).length > 0) codes.add('bad_request').add('invalid_input')
  if (route.method !== 'get')
    for (const each of [
      'bad_request',
      'payload_too_large',
      'unsupported_media_type',
      'invalid_input',
      'idempotency_mismatch',
      'in_progress',
    ] as const)
      codes.add(each)
  if (route.needsKey) codes.add('idempotency_key_required')
  const byStatus = Map.groupBy(codes, (code) => refusals[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, each]) => [
      status,
      {
        description: each.map((code) => `\`${code}\`: ${refusals[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  )
}
