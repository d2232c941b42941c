import { signLink } from '#modules/people/links.ts'
import { webOf } from '#web/context.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/renew.ts'
import { Narrow, Store } from './frame.tsx'
import { payRenewal, renewalPage } from './renewal.server.ts'
import { RenewalCard } from './renewal-card.tsx'
import { formOf, linked, shopOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  return renewalPage(web, shop, linked(shop, 'renew', params.token))
}

/** The link renews this one line; the invoice's own page shows how the payment goes. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  const token = (id: string) =>
    signLink(shop.app, { kind: 'pay', businessId: shop.businessId, id }, shop.now().add({ hours: 14 * 24 }))
  return payRenewal(web, shop, linked(shop, 'renew', params.token), form, (invoiceId) => `/pay/${token(invoiceId)}`)
}

/** Opened from a reminder, without a sign-in: two clicks to another month. */
export default function Renew({ loaderData }: Route.ComponentProps) {
  const t = useText()
  return (
    <Store>
      <Narrow>
        <PageHeader title={t('store.renew.title', { name: loaderData.planName })} />
        <RenewalCard renewal={loaderData} />
      </Narrow>
    </Store>
  )
}
