import { webOf } from '#web/context.ts'
import { ConvertedNote } from '../ui/converted.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { LiveRegion } from '../ui/live-region.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/order.ts'
import { Narrow, Store } from './frame.tsx'
import { actOnOrder, orderPage } from './order.server.ts'
import { OrderStatus } from './order-status.tsx'
import { formOf, linked, shopOf } from './shop.server.ts'

export const handle = { plain: true }

/** Whoever has the link may see and pay this one order; nothing of the page is kept anywhere on the way. */
export const headers = () => ({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  return orderPage(web, shop, request, linked(shop, 'order', params.token))
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  return actOnOrder(web, shop, linked(shop, 'order', params.token), `/orders/${params.token}`, form)
}

/** From "waiting for your payment" to the TV login, in place. */
export default function Order({ loaderData: order }: Route.ComponentProps) {
  const t = useText()
  const failure = useFailure()
  const title = t(`store.order.title.${order.status}`)
  return (
    <Store>
      <Narrow>
        <FormErrors failure={failure} />
        <LiveRegion
          id="order"
          events={null}
          version={[order.status, order.payment?.status, order.nextTryAt, order.login?.length].join()}
          settled={order.status === 'ready' || order.status === 'canceled' || order.status === 'refunded'}
          reload={order.status !== 'awaiting_payment'}
          title={title}
        >
          <PageHeader
            title={title}
            badge={<StateBadge of="order" state={order.status} />}
            description={t('store.order.about', { number: order.number, plan: order.planName })}
          />
          <OrderStatus order={order} />
          {order.converted.map((each) => (
            <p key={each.fromMinor} className="mt-4 text-sm text-muted">
              <ConvertedNote of={each} />
            </p>
          ))}
        </LiveRegion>
      </Narrow>
    </Store>
  )
}
