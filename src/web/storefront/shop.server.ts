/** What every loader and action of storefront and portal begins with: the shop of the page, and a form that is our own. */
import type { RouterContextProvider } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { openShop } from '#modules/people/business.ts'
import { type LinkKind, openLink } from '#modules/people/links.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { WebContext } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'

type Context = Readonly<RouterContextProvider>

/** The business of the host name or slug. A server without one has nothing to show here. */
export async function shopOf(web: WebContext): Promise<Shop> {
  if (web.business === null) throw new Refusal('not_found', 'There is no shop at this address.')
  return openShop(web.app, web.business.id, 'system', web.requestId)
}

export const read = <T>(shop: Shop, work: (tx: Tx) => Promise<T>): Promise<T> => transaction(shop, 'read-page', work)

/** For orders: what the buyer asked for. Undefined: the shop's own language, perhaps one that only papers speak. */
export const languageOfBuyer = ({ asked }: WebContext): string | undefined =>
  asked === null || asked === 'en-XA' ? undefined : asked

/** The same shop, for what a customer does himself: history names him. */
export const asCustomer = (shop: Shop, customerId: string): Shop => ({ ...shop, actor: `customer:${customerId}` })

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
