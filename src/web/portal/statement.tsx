import { statementPage } from '#web/statement.server.ts'
import { read } from '../storefront/shop.server.ts'
import { LinkButton } from '../ui/button.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StatementSheet } from '../ui/statement-sheet.tsx'
import type { Route } from './+types/statement.ts'
import { Portal } from './frame.tsx'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, customerId } = await meOf(context, request)
  return statementPage((work) => read(shop, work), shop, customerId, request.url)
}

export default function Statement({ loaderData: { view, query, ...asked } }: Route.ComponentProps) {
  const { t, basePath } = usePage()
  return (
    <Portal>
      <PageHeader
        title={t('papers.statement')}
        description={t('papers.statement.lead')}
        back={{ to: '/account/invoices', label: t('portal.nav.invoices') }}
        actions={
          view === null ? null : (
            <LinkButton href={`${basePath}/account/statement.pdf?${query}`}>{t('papers.statement.pdf')}</LinkButton>
          )
        }
      />
      <StatementSheet
        asked={asked}
        view={view}
        papers={({ kind, id }) =>
          kind === 'invoice' ? `/account/invoices/${id}` : `${basePath}/account/credit-notes/${id}/pdf`
        }
      />
    </Portal>
  )
}
