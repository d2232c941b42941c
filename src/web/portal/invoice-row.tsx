import { Link } from 'react-router'
import { LinkButton } from '../ui/button.tsx'
import { dateText, moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { InvoiceView } from './invoice-view.ts'

/** An open invoice on the first page: what it is, and its button. */
export function InvoiceRow({ invoice: { id, number, state, open, dueAt } }: { invoice: InvoiceView }) {
  const page = usePage()
  const { t } = page
  const due =
    dueAt === null
      ? null
      : t(state === 'overdue' ? 'portal.invoice.wasDue' : 'portal.invoice.due', { date: dateText(dueAt, page) })
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-3">
      <div className="min-w-0">
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link to={`/account/invoices/${id}`} className="inline-flex min-h-6 items-center font-medium underline">
            {number}
          </Link>
          <StateBadge of="invoice" state={state} reason={due} />
        </span>
        {due === null ? null : <span className="text-sm text-muted">{due}</span>}
      </div>
      <LinkButton to={`/account/invoices/${id}`}>{t('portal.act.pay', { amount: moneyText(open, page) })}</LinkButton>
    </li>
  )
}
