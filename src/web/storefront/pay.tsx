import { webOf } from '#web/context.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/pay.ts'
import { Narrow, Store } from './frame.tsx'
import { invoicePage, payInvoiceForm } from './invoice.server.ts'
import { InvoiceProgress } from './invoice-block.tsx'
import { Paper } from './paper.tsx'
import { formOf, linked, shopOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  return invoicePage(web, shop, request, linked(shop, 'pay', params.token))
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  return payInvoiceForm(web, shop, form, { id: linked(shop, 'pay', params.token), page: `/pay/${params.token}` })
}

/** One invoice, to be paid without a sign-in; afterwards it says what the payment did. */
export default function Pay({ loaderData: invoice }: Route.ComponentProps) {
  const t = useText()
  return (
    <Store>
      <Narrow>
        <PageHeader title={t(invoice.progress === 'open' ? 'store.invoice.pay' : 'store.invoice.title')} />
        <InvoiceProgress invoice={invoice} />
        <Paper view={invoice.view} />
      </Narrow>
    </Store>
  )
}
