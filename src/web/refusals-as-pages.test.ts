import {
  type ActionFunction,
  createRequestHandler,
  type LoaderFunction,
  RouterContextProvider,
  redirect,
  type ServerBuild,
} from 'react-router'
import { expect, test } from 'vitest'
import type { App } from '#app.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { type Log, silentLog } from '#platform/log.ts'
import { webContext, webContextOf } from './context.ts'
import type { Failure } from './failure.ts'
import { refusalsAsPages } from './refusals-as-pages.ts'

type Answer = { status: number; data: unknown; told: unknown[][] }

/** One route that does as told, asked through the router itself; the page answers with what it was given. */
async function ask(
  module: { loader?: LoaderFunction; action?: ActionFunction },
  form?: Record<string, string>,
): Promise<Answer> {
  let shown: unknown = null
  const build = {
    routes: { root: { id: 'root', path: '/', module: { default: () => null, ...module } } },
    entry: {
      module: {
        default: (
          _request: Request,
          status: number,
          headers: Headers,
          entry: { staticHandlerContext: { errors: object | null; actionData: object | null } },
        ) => {
          const { errors, actionData } = entry.staticHandlerContext
          const [answer] = Object.values(errors ?? actionData ?? {})
          shown = errors ? (answer as { data: unknown }).data : answer
          return new Response(null, { status, headers })
        },
        handleError: () => {},
      },
    },
    assets: { routes: {}, entry: { module: '', imports: [] }, url: '', version: '1' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: {},
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  } as unknown as ServerBuild

  const told: unknown[][] = []
  const note = (...line: unknown[]) => void told.push(line)
  const log: Log = { ...silentLog, warn: note, error: note }
  const request = new Request('http://shop.example/', form ? { method: 'POST', body: new URLSearchParams(form) } : {})
  const context = new RouterContextProvider()
  const now = Temporal.Instant.from('2026-11-21T12:00:00Z')
  context.set(webContext, webContextOf(request, { app: { log } as App, now, requestId: 'req_7' }))
  const response = await createRequestHandler(refusalsAsPages(build), 'production')(request, context)
  return { status: response.status, data: shown, told }
}

const throws = (error: unknown) => async () => {
  throw error
}

test.each([
  [
    new Refusal('not_found', 'There is no such invoice.'),
    404,
    { code: 'not_found', message: 'There is no such invoice.', requestId: 'req_7' },
  ],
  [
    new Refusal('forbidden', 'Only owners see this.'),
    403,
    { code: 'forbidden', message: 'Only owners see this.', requestId: 'req_7' },
  ],
  [
    new ProviderError('xui', 'unavailable', 'time-out with key=s3cret'),
    503,
    { code: 'unavailable', message: null, requestId: 'req_7' },
  ],
  [
    new ProviderError('xui', 'ambiguous', 'no answer'),
    502,
    { code: 'gateway_failed', message: null, requestId: 'req_7' },
  ],
  [new TypeError('x of undefined'), 500, { code: 'internal', message: null, requestId: 'req_7' }],
])('what a loader throws becomes a page: %s', async (error, status, data) => {
  expect(await ask({ loader: throws(error) })).toMatchObject({ status, data })
})

test('a bug is logged under the id that the page shows; a refusal is not', async () => {
  const bug = new TypeError('x of undefined')
  expect((await ask({ loader: throws(bug) })).told).toEqual([
    ['page_failed', { requestId: 'req_7', method: 'GET', path: '/', error: bug }],
  ])
  expect((await ask({ loader: throws(new Refusal('not_found', 'Gone.')) })).told).toEqual([])
})

test('a refused form comes back with its errors beside the fields and all values but secrets', async () => {
  const refusal = new Refusal('invalid_input', 'One field needs another look', [
    { pointer: '/email', code: 'format', detail: 'This is no e-mail address.' },
  ])
  const { status, data } = await ask({ action: throws(refusal) }, { email: 'ana', tv_password: 'k7fw', api_key: 'k' })
  expect(status).toBe(422)
  expect(data).toEqual({
    failed: true,
    code: 'invalid_input',
    message: 'One field needs another look',
    errors: { email: 'This is no e-mail address.' },
    values: { email: 'ana' },
  } satisfies Failure)
})

test('a refusal that the form can mend stays on its page with its own status', async () => {
  const { status, data } = await ask(
    { action: throws(new Refusal('insufficient_credits', 'This takes 3 credits; 1 is left.')) },
    { months: '3' },
  )
  expect(status).toBe(409)
  expect(data).toMatchObject({ code: 'insufficient_credits', values: { months: '3' } })
})

test('an action that read its form may still be refused: the values are read again', async () => {
  const action: ActionFunction = async ({ request }) => {
    await request.formData()
    throw new Refusal('username_taken', 'ana84 is taken.')
  }
  expect((await ask({ action }, { username: 'ana84' })).data).toMatchObject({ values: { username: 'ana84' } })
})

test('a form that may not be sent at all is an error page; a redirect passes', async () => {
  expect(await ask({ action: throws(new Refusal('forbidden', 'No.')) }, { a: '1' })).toMatchObject({
    status: 403,
    data: { code: 'forbidden' },
  })
  expect((await ask({ action: throws(redirect('/done')) }, { a: '1' })).status).toBe(302)
})
