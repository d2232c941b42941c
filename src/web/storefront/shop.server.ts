/** What every loader and action of storefront and portal begins with: the shop of the page, and a form that is our own. */
import type { RouterContextProvider } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { openShop } from '#modules/people/business.ts'
import { type LinkKind, openLink } from '#modules/people/links.ts'
import { ownOrigin } from '#modules/people/sign-in/auth.ts'
import { refuseCrossSite } from '#modules/people/sign-in/same-origin.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type WebContext, webOf } from '#web/context.ts'

type Context = Readonly<RouterContextProvider>

/** The business of the host name or slug. A server without one has nothing to show here. */
export async function shopOf(web: WebContext): Promise<Shop> {
  if (web.business === null) throw new Refusal('not_found', 'There is no shop at this address.')
  return openShop(web.app, web.business.id, 'system', web.requestId)
}

export const read = <T>(shop: Shop, work: (tx: Tx) => Promise<T>): Promise<T> => transaction(shop, 'read-page', work)

/** The same shop, for what a customer does himself: history names him. */
export const asCustomer = (shop: Shop, customerId: string): Shop => ({ ...shop, actor: `customer:${customerId}` })

/** Refuses forms that were sent by another site's page. Every action calls it, most through `formOf`. */
export function refuseForeign(context: Context, request: Request): void {
  refuseCrossSite(request, ownOrigin(request, webOf(context).app.publicUrl))
}

/** The fields of a form of ours. */
export async function formOf(context: Context, request: Request): Promise<FormData> {
  refuseForeign(context, request)
  return request.formData()
}

export const textOf = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** What a signed link opens: only its own kind, only in the shop that signed it, only in its time. */
export function linked(shop: Shop, kind: LinkKind, token: string): string {
  const link = openLink(shop.app, kind, token, shop.now())
  if (link.businessId !== shop.businessId) throw new Refusal('not_found', 'This link is not valid any more.')
  return link.id
}
