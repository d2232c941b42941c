/**
 * Who is at the console, for which business, and what he may do there. Every loader of the console calls `staffOf`, every
 * action `actAs`; both hold the request against the table of rules (`rules.server.ts`) before anything is read or changed.
 */
import { type RouterContextProvider, redirect } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { type Acting, actingRights } from '#modules/people/acting.ts'
import { openShop } from '#modules/people/business.ts'
import { businessesOfUser, type Membership, membershipFor } from '#modules/people/memberships.ts'
import { may, type Permission, type Rights } from '#modules/people/permissions.ts'
import { securitySetting } from '#modules/people/security-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { recentSignIn, type Session } from '#modules/people/sign-in/sessions.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { doorOf, type WebContext, webOf } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { actingGone, actingOf } from './acting.server.ts'
import { asksFor, ruleOf } from './rules.server.ts'

export type Staff = {
  /** Of the business that was chosen, its actor is `staff:mem_…`; or of the reseller that he acts as, its actor is `staff:act_…`. */
  shop: Shop
  /** The business that was chosen, whomever he acts as. */
  home: Shop
  /** He works in the console of a reseller below. */
  acting: Acting | null
  member: Membership
  rights: Rights
  session: Session
  /** Signed in within the last minutes, as sensitive acts ask. */
  recent: boolean
  /** The business asks everybody who works there for a second factor. */
  secondFactorRequired: boolean
  /** It does, and this person has none: until then he sees nothing but the page where he sets it up. */
  mustSetUp: boolean
}

type Context = Readonly<RouterContextProvider>

// The layout and the page ask in the same request: it is answered once.
const known = new WeakMap<WebContext, Promise<Staff>>()

/**
 * The member of staff behind a request. Nobody signed in: the sign-in page, which returns here. Several businesses and none
 * chosen: the choice. Without `right`: `forbidden`.
 */
export async function staffOf(context: Context, request: Request, right?: Permission): Promise<Staff> {
  const found = await frameOf(context, request)
  const rule = ruleOf(pathOf(request).replace(/\?.*$/, ''))
  assert(rule !== null, `${request.url} has a rule`)
  const asked = isReading(request) ? rule.see : rule.act
  if (asked !== 'staff' && !asked.some((each) => may(found.rights, each))) throw notIncluded()
  if (right !== undefined) requireRight(found, right)
  return found
}

/** As `staffOf`, for the frame around the pages, which everybody who works here sees. */
export async function frameOf(context: Context, request: Request): Promise<Staff> {
  const web = webOf(context)
  const staff = known.get(web) ?? findStaff(web, request)
  known.set(web, staff)
  return staff
}

const isReading = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

export function requireRight({ rights }: Pick<Staff, 'rights'>, right: Permission): void {
  if (!may(rights, right)) throw notIncluded()
}

const notIncluded = () => new Refusal('forbidden', 'Your role does not include this.')

/** For pages and acts that ask for a fresh sign-in: leads there and comes back to `to`, by default the page that was asked for. */
export function requireRecent({ recent }: Pick<Staff, 'recent'>, request: Request, to = pathOf(request)): void {
  if (!recent) throw redirect(`/admin/confirm?to=${encodeURIComponent(to)}`)
}

/**
 * What every action begins with: the form comes from our own page, the person is staff and holds the right. With `recent` the
 * sign-in must be fresh, else the page asks for it and is opened again.
 */
export async function actAs(
  context: Context,
  request: Request,
  right?: Permission,
  { recent = false }: { recent?: boolean } = {},
): Promise<Staff & { form: FormData }> {
  refuseForeign(context, request)
  const staff = await staffOf(context, request, right)
  const form = await request.formData()
  // What this act asks for beyond its page is in the table, too: a page that forgot to ask opens nothing.
  const rule = ruleOf(pathOf(request).replace(/\?.*$/, ''))
  for (const each of rule === null ? [] : asksFor(rule, String(form.get('act') ?? ''))) requireRight(staff, each)
  if (recent) requireRecent(staff, request)
  return { ...staff, form }
}

async function findStaff(web: WebContext, request: Request): Promise<Staff> {
  const { app } = web
  const session = await doorOf(web).signIn.sessionOf(request)
  if (session === null) throw redirect(`/admin/sign-in?to=${encodeURIComponent(pathOf(request))}`)
  const now = app.clock.now()
  const membership = await chosen(app, session, request, now)
  const origin = { address: web.address, agent: request.headers.get('user-agent') ?? '' }
  const home = { ...(await openShop(app, membership.businessId, `staff:${membership.id}`, web.requestId)), origin }
  const { require_second_factor: secondFactorRequired } = await home.keep('security', () =>
    transaction(home, 'read-security', (tx) => readSetting(tx, home, securitySetting)),
  )
  const mustSetUp = secondFactorRequired && !session.secondFactor
  const path = pathOf(request).replace(/\?.*$/, '').replace(/\/+$/, '')
  if (mustSetUp && !signInPages.includes(path)) throw redirect('/admin/security')
  const recent = recentSignIn(session, now)
  const own = { home, member: membership, session, recent, secondFactorRequired, mustSetUp }
  const acting = await actingOf(app, request, membership, session.secondFactor)
  if (acting === null) return { ...own, acting, shop: home, rights: membership.rights }
  if (acting === 'over') throw overNow(web)
  if (closedWhileActing.includes(path))
    throw new Refusal('forbidden', 'This page stays closed while you act as somebody else: stop that first.')
  return {
    ...own,
    acting,
    shop: await shopFromAbove(web, home, acting, membership),
    rights: actingRights(membership.rights),
  }
}

/** His own sign-in, and what only the reseller himself may declare. */
const closedWhileActing = ['/admin/security', '/admin/security/passkey', '/admin/setup', '/admin/twin']

/** What was sent was meant for the reseller: it must not reach the business of his own. */
function overNow(web: WebContext): Response {
  const answer = redirectWith('/admin', 'console.acting.over', { tone: 'info' })
  answer.headers.append('set-cookie', actingGone(web))
  return answer
}

/** What his role lets him give away is in the currency of his own business: where another one is used, he gives no money. */
async function shopFromAbove(web: WebContext, home: Shop, acting: Acting, { limits }: Membership): Promise<Shop> {
  const shop = await openShop(web.app, acting.businessId, `staff:${acting.id}`, web.requestId)
  const refundMinor = limits.refundMinor === null || shop.currency === home.currency ? limits.refundMinor : 0n
  return { ...shop, origin: home.origin, hand: { refundMinor, freeDays: limits.freeDays } }
}

async function chosen(app: WebContext['app'], session: Session, request: Request, now: Temporal.Instant) {
  const asked = chosenBusiness(request)
  const membership = asked === null ? null : await membershipFor(app, session.userId, asked, now)
  if (membership !== null) return membership
  const workplaces = await businessesOfUser(app, session.userId, now)
  const [only] = workplaces
  const sole = workplaces.length === 1 && only ? await membershipFor(app, session.userId, only.businessId, now) : null
  if (sole === null) throw redirect(`/admin/choose?to=${encodeURIComponent(pathOf(request))}`)
  return sole
}

/** Open to those who have no second factor yet where one is asked for. */
const signInPages = ['/admin/security', '/admin/security/passkey', '/admin/confirm']

const cookieName = 'console_business'

function chosenBusiness(request: Request): string | null {
  const pairs = (request.headers.get('cookie') ?? '').split(/;\s*/).map((pair) => pair.split('='))
  return pairs.find(([name]) => name === cookieName)?.[1] ?? null
}

/** Keeps the choice of a business; it opens nothing, since the membership is read with every request. */
export const chooseCookie = (web: Pick<WebContext, 'app'>, businessId: string): string =>
  `${cookieName}=${businessId}; Path=/admin; Max-Age=31536000; SameSite=Lax; HttpOnly${web.app.publicUrl.startsWith('https:') ? '; Secure' : ''}`

/** The path to come back to, of this console only: a link that somebody sent must not lead away. */
export function returnPath(request: Request): string {
  const to = new URL(request.url).searchParams.get('to') ?? ''
  const url = URL.parse(to, 'http://here.invalid')
  if (url?.origin !== 'http://here.invalid' || !/^\/admin(\/|\?|$)/.test(to)) return '/admin'
  return url.pathname + url.search
}

/** The page a request is about: the router's own requests for data carry a suffix and parameters of theirs. */
function pathOf(request: Request): string {
  const { pathname, searchParams } = new URL(request.url)
  for (const own of ['index', '_routes']) searchParams.delete(own)
  const query = searchParams.toString()
  return pathname.replace(/(\/_)?\.data$/, '') + (query ? `?${query}` : '')
}
