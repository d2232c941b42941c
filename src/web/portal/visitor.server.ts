/** Who is at the portal. Every loader and action behind the sign-in begins here; both end at the sign-in page, or `not_found`. */
import { type RouterContextProvider, redirect } from 'react-router'
import type { Shop } from '#app.ts'
import { findInvoice, type Invoice } from '#modules/billing/queries.ts'
import { type Standing, standingOf } from '#modules/billing/standing.ts'
import { findLine } from '#modules/lines/queries.ts'
import type { Line } from '#modules/lines/rules.ts'
import { linkCustomer } from '#modules/people/sign-in/link-customer.ts'
import type { Session } from '#modules/people/sign-in/sessions.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, type WebContext, webOf } from '#web/context.ts'
import { asCustomer, read, shopOf } from '../storefront/shop.server.ts'

type Context = Readonly<RouterContextProvider>

export type Visitor = {
  web: WebContext
  shop: Shop
  session: Session
  /** Null: signed in, and no customer of this business. */
  customerId: string | null
}
export type Me = Visitor & { customerId: string }

/** Somebody who is signed in; his customer record of this business is joined at his first visit. */
export async function visitorOf(context: Context, request: Request): Promise<Visitor> {
  const web = webOf(context)
  const shop = await shopOf(web)
  const session = await doorOf(web).signIn.sessionOf(request)
  if (session === null) throw redirect(signInPath(web, request))
  const customerId = await read(shop, (tx) => linkCustomer(tx, session))
  return { web, shop: customerId === null ? shop : asCustomer(shop, customerId), session, customerId }
}

/** The customer at the page: nobody else's records are found through him. Who is none yet is shown the start page, which says so. */
export async function meOf(context: Context, request: Request): Promise<Me> {
  const { customerId, ...visitor } = await visitorOf(context, request)
  if (customerId === null && request.method === 'GET') throw redirect('/account')
  if (customerId === null) throw new Refusal('not_found', 'There is no such page in your account.')
  return { ...visitor, customerId }
}

export type OwnLine = Standing & { line: Line }

/** A line of this customer; anybody else's is `not_found`, as if there were none. */
export async function ownLine(tx: Tx, me: Pick<Me, 'customerId' | 'shop'>, lineId: string): Promise<OwnLine> {
  const line = await findLine(tx, lineId)
  const standing = line?.customerId === me.customerId ? await standingOf(tx, me.shop, line.subscriptionId) : null
  if (line === null || standing === null) throw new Refusal('not_found', 'There is no such line in your account.')
  return { ...standing, line }
}

/** An issued invoice of this customer; what was never issued is an order that was not finished. */
export async function ownInvoice(tx: Tx, me: Pick<Me, 'customerId'>, id: string): Promise<Invoice> {
  const invoice = await findInvoice(tx, id)
  if (invoice === null || invoice.customerId !== me.customerId || invoice.number === null)
    throw new Refusal('not_found', 'There is no such invoice in your account.')
  return invoice
}

const signInPath = (web: WebContext, request: Request): string => {
  const { pathname, search } = new URL(request.url)
  return `/sign-in?to=${encodeURIComponent(pathname.slice(web.basePath.length) + search)}`
}

/** The page to come back to, of this portal only: a link that somebody sent must not lead away. */
export function portalPath(to: string | null | undefined): string {
  const url = URL.parse(to ?? '', 'http://here.invalid')
  if (url?.origin !== 'http://here.invalid' || !/^\/account(\/|\?|$)/.test(to ?? '')) return '/account'
  return url.pathname + url.search
}

export const returnPath = (request: Request): string => portalPath(new URL(request.url).searchParams.get('to'))
