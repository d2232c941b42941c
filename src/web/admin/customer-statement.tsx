import '../i18n/areas/papers.ts'
import { Download } from 'lucide-react'
import { transaction } from '#app.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { statementPage } from '#web/statement.server.ts'
import { LinkButton } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StatementSheet } from '../ui/statement-sheet.tsx'
import type { Route } from './+types/customer-statement.ts'
import { staffOf } from './guard.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const customer = await transaction(shop, 'read-customer', (tx) => findCustomer(tx, params.id))
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  const { id, name, email } = customer
  const statement = await statementPage((work) => transaction(shop, 'read-statement', work), shop, id, request.url)
  return { customer: { id, name: name || email }, ...statement }
}

export default function CustomerStatement({ loaderData: { customer, view, query, ...asked } }: Route.ComponentProps) {
  const t = useText()
  const base = `/admin/customers/${customer.id}`
  return (
    <>
      <PageHeader
        title={t('papers.statement')}
        description={t('papers.statement.lead')}
        back={{ to: base, label: customer.name }}
        actions={
          view === null ? null : (
            <LinkButton
              href={`${base}/statement.pdf?${query}`}
              icon={<Download aria-hidden="true" className="size-4" />}
            >
              {t('papers.statement.pdf')}
            </LinkButton>
          )
        }
      />
      <StatementSheet
        asked={asked}
        view={view}
        papers={({ kind, id }) => (kind === 'invoice' ? `/admin/invoices/${id}` : `/admin/credit-notes/${id}/pdf`)}
      />
    </>
  )
}
