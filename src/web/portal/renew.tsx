import { payRenewal, renewalPage } from '../storefront/renewal.server.ts'
import { RenewalCard } from '../storefront/renewal-card.tsx'
import { formOf, read } from '../storefront/shop.server.ts'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/renew.ts'
import { LinePage } from './frame.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  return renewalPage(me.web, me.shop, subscription.id)
}

/** The invoice's own page shows how the payment goes. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  return payRenewal(me.web, me.shop, subscription.id, form, (invoiceId) => `/account/invoices/${invoiceId}`)
}

export default function Renew({ loaderData: renewal }: Route.ComponentProps) {
  const t = useText()
  return (
    <LinePage title={t('portal.renew.title', { name: renewal.planName })}>
      <RenewalCard renewal={renewal} />
    </LinePage>
  )
}
