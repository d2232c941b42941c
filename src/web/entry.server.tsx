import { PassThrough } from 'node:stream'
import { createReadableStreamFromReadable } from '@react-router/node'
import { renderToPipeableStream } from 'react-dom/server'
import { type EntryContext, type HandleErrorFunction, type RouterContextProvider, ServerRouter } from 'react-router'
import { webContext } from '#web/context.ts'
import { NonceContext } from './ui/page-context.tsx'

/** After this long, data that a loader still owes is given up, in milliseconds. */
export const streamTimeout = 5_000

/**
 * Renders a page whole: headers are known, scripts of plain pages need not be there to put parts in place, and an error
 * in a component becomes the error page instead of half a page.
 */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  routerContext: EntryContext,
  loadContext: RouterContextProvider,
): Promise<Response> {
  const { nonce } = loadContext.get(webContext)
  headers.set('content-type', 'text/html; charset=utf-8')

  return new Promise((resolve, reject) => {
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext value={nonce}>
        <ServerRouter context={routerContext} url={request.url} nonce={nonce} />
      </NonceContext>,
      {
        nonce,
        onAllReady() {
          clearTimeout(giveUp)
          const body = new PassThrough()
          pipe(body)
          resolve(new Response(createReadableStreamFromReadable(body), { status, headers }))
        },
        onShellError: reject,
        onError: reject,
      },
    )
    const giveUp = setTimeout(() => abort(), streamTimeout + 1_000)
  })
}

/** The handler already logged what a loader or action threw, with the request's id; a component's error is told here. */
export const handleError: HandleErrorFunction = (error, { context, request }) => {
  if (request.signal.aborted || isAnswer(error)) return
  const { app, requestId } = context.get(webContext)
  app.log.error('page_failed', { requestId, path: new URL(request.url).pathname, error })
}

const isAnswer = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'status' in error && 'data' in error
