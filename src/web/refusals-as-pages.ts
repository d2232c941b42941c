import { type ActionFunction, data, isRouteErrorResponse, type LoaderFunction, type ServerBuild } from 'react-router'
import { ProviderError, Refusal, refusals } from '#platform/errors.ts'
import { webOf } from './context.ts'
import { failureOf, type PageError } from './failure.ts'

/**
 * Wraps every loader and action of the build, so that pages just throw: a `Refusal` becomes the error page with its own
 * status and code (or, in an action, the form again with its errors), another machine's failure 502 or 503, and a bug 500
 * with nothing but the request's id, under which the log has the rest.
 */
export function refusalsAsPages(build: ServerBuild): ServerBuild {
  const routes = Object.entries(build.routes).map(([id, route]) => {
    if (!route) return [id, route]
    const { loader, action } = route.module
    const module = {
      ...route.module,
      ...(loader && { loader: asPage(loader) }),
      ...(action && { action: asForm(action) }),
    }
    return [id, { ...route, module }]
  })
  return { ...build, routes: Object.fromEntries(routes) }
}

const asPage =
  (loader: LoaderFunction): LoaderFunction =>
  async (args) => {
    try {
      return await loader(args)
    } catch (error) {
      throw pageError(error, args)
    }
  }

const asForm =
  (action: ActionFunction): ActionFunction =>
  async (args) => {
    const copy = args.request.clone()
    try {
      return await action(args)
    } catch (error) {
      const again = error instanceof Refusal ? failureOf(error, await formOf(copy)) : null
      if (again) return again
      throw pageError(error, args)
    }
  }

function pageError(error: unknown, { request, context }: Parameters<LoaderFunction>[0]): unknown {
  if (error instanceof Response || isRouteErrorResponse(error) || isData(error)) return error
  const { app, requestId } = webOf(context)
  const told = { requestId, method: request.method, path: new URL(request.url).pathname, error }
  const page = (code: string, message: string | null, status: number) =>
    data<PageError>({ code, message, requestId }, { status })

  if (error instanceof Refusal) return page(error.code, error.message, refusals[error.code].status)
  if (error instanceof ProviderError) {
    app.log.warn('page_provider_failed', told)
    return error.kind === 'unavailable' ? page('unavailable', null, 503) : page('gateway_failed', null, 502)
  }
  app.log.error('page_failed', told)
  return page('internal', null, 500)
}

/** What `data()` makes: an answer on purpose. */
const isData = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'type' in error && error.type === 'DataWithResponseInit'

async function formOf(request: Request): Promise<FormData | null> {
  try {
    return await request.formData()
  } catch {
    return null
  }
}
