import { useParams } from 'react-router'
import { webOf } from '#web/context.ts'
import { LinkButton } from '../ui/button.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/invoice.ts'
import { Narrow, Store } from './frame.tsx'
import { invoicePage } from './invoice.server.ts'
import { Paper } from './paper.tsx'
import { linked, shopOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const { view } = await invoicePage(web, shop, request, linked(shop, 'invoice', params.token), { payable: false })
  return { view }
}

/** The link shows this one paper; paying needs a link of its own. */
export default function Invoice({ loaderData: { view } }: Route.ComponentProps) {
  const { t, basePath } = usePage()
  const { token } = useParams()
  return (
    <Store>
      <Narrow>
        <PageHeader
          title={t('store.invoice.title')}
          actions={<LinkButton href={`${basePath}/invoice/${token}/pdf`}>{t('store.invoice.pdf')}</LinkButton>}
        />
        <Paper view={view} />
      </Narrow>
    </Store>
  )
}
