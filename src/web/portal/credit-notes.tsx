import '../i18n/areas/papers.ts'
import type { Money as Sum } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Money, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'

export type CreditNoteView = {
  id: string
  number: string
  /** The number of the invoice that it corrects. */
  invoice: string
  issuedAt: string
  total: Sum
  reason: string
  /** To be had for machines, too. */
  electronic: boolean
}

/** What was taken back, with its papers; nothing where there is none. */
export function CreditNotes({ notes }: { notes: readonly CreditNoteView[] }) {
  const { t, basePath } = usePage()
  if (notes.length === 0) return null
  const file = (id: string, format: string) => `${basePath}/account/credit-notes/${id}/${format}`
  const columns: readonly Column<CreditNoteView>[] = [
    {
      id: 'number',
      header: t('papers.credits.number'),
      cell: ({ number, reason }) => (
        <>
          <span className="font-medium">{number}</span>
          <span className="block break-words text-sm text-muted">{reason}</span>
        </>
      ),
    },
    { id: 'of', header: t('papers.credits.of'), cell: ({ invoice }) => invoice },
    { id: 'date', header: t('papers.credits.date'), cell: ({ issuedAt }) => <When at={issuedAt} as="date" /> },
    { id: 'sum', header: t('papers.credits.sum'), align: 'end', cell: ({ total }) => <Money value={total} /> },
    {
      id: 'pdf',
      header: t('papers.credits.pdf'),
      align: 'end',
      cell: ({ id, number, electronic }) => (
        <span className="inline-flex flex-wrap justify-end gap-2">
          {electronic ? (
            <LinkButton dense href={file(id, 'factur_x')}>
              {t('papers.credits.electronic')}
              <span className="sr-only"> {number}</span>
            </LinkButton>
          ) : null}
          <LinkButton dense href={file(id, 'pdf')}>
            {t('papers.credits.pdf')}
            <span className="sr-only"> {number}</span>
          </LinkButton>
        </span>
      ),
    },
  ]
  return (
    <section className="mt-6">
      <Card title={t('papers.credits')} flush>
        <DataTable caption={t('papers.credits')} columns={columns} rows={notes} rowKey={({ id }) => id} />
      </Card>
    </section>
  )
}
