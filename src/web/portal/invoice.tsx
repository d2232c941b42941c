import { useParams } from 'react-router'
import { invoicePage, payInvoiceForm } from '../storefront/invoice.server.ts'
import { InvoiceProgress } from '../storefront/invoice-block.tsx'
import { Paper } from '../storefront/paper.tsx'
import { formOf, read } from '../storefront/shop.server.ts'
import { LinkButton } from '../ui/button.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/invoice.ts'
import { creditNotesFor } from './credit-notes.server.ts'
import { CreditNotes } from './credit-notes.tsx'
import { Column, Portal } from './frame.tsx'
import { meOf, ownInvoice } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const { id, customerId } = await read(me.shop, (tx) => ownInvoice(tx, me, params.id))
  const notes = await read(me.shop, (tx) => creditNotesFor(tx, { customerId, invoiceId: id }))
  return { ...(await invoicePage(me.web, me.shop, request, id, { customerId })), notes }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { id, customerId } = await read(me.shop, (tx) => ownInvoice(tx, me, params.id))
  return payInvoiceForm(me.web, me.shop, form, { id, customerId, page: `/account/invoices/${id}` })
}

/** The paper, its PDF, and where its payment stands. */
export default function Invoice({ loaderData: invoice }: Route.ComponentProps) {
  const { t, basePath } = usePage()
  const { id } = useParams()
  return (
    <Portal>
      <Column>
        <PageHeader
          title={invoice.view.title}
          back={{ to: '/account/invoices', label: t('portal.nav.invoices') }}
          actions={
            <>
              {invoice.forBusiness ? (
                <LinkButton href={`${basePath}/account/invoices/${id}/factur_x`}>
                  {t('portal.invoice.electronic')}
                </LinkButton>
              ) : null}
              <LinkButton href={`${basePath}/account/invoices/${id}/pdf`}>{t('portal.invoice.openPdf')}</LinkButton>
            </>
          }
        />
        <InvoiceProgress invoice={invoice} />
        <Paper view={invoice.view} />
        <CreditNotes notes={invoice.notes} />
      </Column>
    </Portal>
  )
}
