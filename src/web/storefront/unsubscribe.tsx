import { transaction } from '#app.ts'
import { findCustomer, withdrawConsent } from '#modules/people/customers.ts'
import { webOf } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/unsubscribe.ts'
import { Narrow, Store } from './frame.tsx'
import { asCustomer, linked, read, shopOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context, params }: Route.LoaderArgs) {
  const shop = await shopOf(webOf(context))
  const customer = await read(shop, (tx) => findCustomer(tx, linked(shop, 'unsubscribe', params.token)))
  return { subscribed: customer?.marketingConsentAt != null }
}

/**
 * Mail programs post here themselves (RFC 8058: `List-Unsubscribe=One-Click`, without cookie or origin) and want a plain 200; people
 * press the button of the page.
 */
export async function action({ context, request, params }: Route.ActionArgs) {
  refuseForeign(context, request)
  const shop = await shopOf(webOf(context))
  const customerId = linked(shop, 'unsubscribe', params.token)
  const own = asCustomer(shop, customerId)
  await transaction(own, 'unsubscribe', (tx) => withdrawConsent(tx, own, customerId, own.now()))
  const form = await request.formData()
  if (form.get('List-Unsubscribe') === 'One-Click') return null
  return redirectWith(`/unsubscribe/${params.token}`, 'store.unsubscribe.done')
}

export default function Unsubscribe({ loaderData: { subscribed } }: Route.ComponentProps) {
  const t = useText()
  return (
    <Store>
      <Narrow>
        <PageHeader title={t('store.unsubscribe.title')} />
        <Card>
          <form method="post" className="flex flex-col items-start gap-4">
            <p>{t(subscribed ? 'store.unsubscribe.ask' : 'store.unsubscribe.none')}</p>
            {subscribed ? <Button look="primary">{t('store.unsubscribe.button')}</Button> : null}
            <p className="text-sm text-muted">{t('store.unsubscribe.service')}</p>
          </form>
        </Card>
      </Narrow>
    </Store>
  )
}
