/**
 * Storefront, portal and console. Which business a page shows follows from its host name, else from `/s/<slug>`, else it is the
 * operator's own; the console works for several and finds its business by the membership of who signed in.
 */
import type { Context } from 'hono'
import type { Env } from '#api/env.ts'
import type { App } from '#app.ts'
import { type Business, businessByHost, businessBySlug, findBusiness, rootBusiness } from '#modules/people/business.ts'
import { inTransaction } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { WebBusiness } from '#web/context.ts'
import { webContextOf } from '#web/context.ts'
import type { ServerParts } from '../server.ts'

export function pages(app: App, parts: ServerParts): (c: Context<Env>) => Promise<Response> {
  const { web, signIn, limits, demo } = parts
  const businessOf = remembered(app)
  return async (c) => {
    if (web === null) throw new Refusal('not_found', 'There is no such page.')
    const url = new URL(c.req.url)
    const { business, basePath, clock, perMinute } = isPlain(url.pathname) ? nobody : await businessOf(url)
    if (business !== null && perMinute !== null) await limits.countBusiness(business.id, perMinute)
    // Nobody sells here yet: the first page is where one begins.
    if (business === null && url.pathname === '/') return c.redirect('/admin')
    const context = webContextOf(c.req.raw, {
      app,
      // A test business lives by a clock of its own: "in 3 days" counts from its today.
      now: clock.frozenAt ?? app.clock.now().add({ milliseconds: clock.offsetMs }),
      requestId: c.get('requestId'),
      address: c.get('address'),
      door: { signIn, limits },
      business,
      basePath,
      demo: demo !== undefined,
      showKit: !app.config.production,
    })
    return web(c.req.raw, context)
  }
}

type Found = {
  business: WebBusiness | null
  basePath: string
  clock: { frozenAt: Temporal.Instant | null; offsetMs: number }
  /** How many requests of it are answered. */
  perMinute: number | null
}

const nobody: Found = { business: null, basePath: '', clock: { frozenAt: null, offsetMs: 0 }, perMinute: null }

/** Files and the console ask for no business. */
const isPlain = (path: string): boolean =>
  path.startsWith('/assets/') || path === '/admin' || path.startsWith('/admin/')

const keptMilliseconds = 1_000

/** Businesses change rarely and are needed for every page: what a host or slug led to is kept for a moment. */
function remembered(app: App): (url: URL) => Promise<Found> {
  const kept = new Map<string, { found: Found; until: number }>()
  return async (url) => {
    const slug = /^\/s\/([^/]+)(?:\/|$)/.exec(url.pathname)?.[1] ?? null
    const name = slug === null ? `host ${url.hostname}` : `slug ${slug}`
    const time = app.clock.now().epochMilliseconds
    const known = kept.get(name)
    if (known !== undefined && known.until > time && known.until <= time + keptMilliseconds) return known.found
    const found = slug === null ? await byHost(app, url.hostname) : await bySlug(app, slug)
    if (kept.size >= 1_000) kept.clear()
    kept.set(name, { found, until: time + keptMilliseconds })
    return found
  }
}

const byHost = async (app: App, host: string): Promise<Found> =>
  foundAt(app, (await businessByHost(app, host)) ?? (await rootBusiness(app)), '')

/** A slug of nobody keeps its prefix in the path, so the router finds no page: 404. */
async function bySlug(app: App, slug: string): Promise<Found> {
  const id = /^[a-z0-9-]{1,40}$/.test(slug) ? await businessBySlug(app, slug) : null
  return id === null ? nobody : foundAt(app, id, `/s/${slug}`)
}

async function foundAt(app: App, id: string | null, basePath: string): Promise<Found> {
  if (id === null) return { ...nobody, basePath }
  const business = await inTransaction(app.db, { role: 'app', businessId: id }, 'read-web-business', findBusiness)
  if (business === null) return { ...nobody, basePath }
  const clock = { frozenAt: business.clockFrozenAt, offsetMs: Number(business.clockOffsetMs) }
  return { business: shown(business), basePath, clock, perMinute: business.limits.requests_per_minute ?? null }
}

const shown = (business: Business): WebBusiness => ({
  id: business.id,
  slug: business.slug,
  name: business.name,
  brandColor: business.brand.color ?? null,
  logoUrl: business.brand.logo ?? null,
  timeZone: business.zone,
  currency: business.currency,
  language: business.language,
  followsVisitors: business.followsVisitors,
  supportEmail: business.supportEmail,
  abuseContact: business.abuseEmail,
  mode: business.mode,
})
