import { useText } from '../page-context.tsx'

/** Before and after, or wanted and found, field by field; equal fields are left out. */
export function Diff({
  caption,
  rows,
  before,
  after,
}: {
  caption: string
  rows: readonly { field: string; before: string | null; after: string | null }[]
  before?: string
  after?: string
}) {
  const t = useText()
  const different = rows.filter((row) => row.before !== row.after)
  if (different.length === 0) return <p className="text-muted">{t('ui.diff.none')}</p>
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-start">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-line text-sm text-muted">
          <tr>
            {[t('ui.diff.field'), before ?? t('ui.diff.before'), after ?? t('ui.diff.after')].map((text) => (
              <th key={text} scope="col" className="py-2 pe-4 text-start font-medium">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {different.map((row) => (
            <tr key={row.field} className="border-b border-line last:border-b-0">
              <th scope="row" className="py-2 pe-4 text-start font-medium">
                {row.field}
              </th>
              <td className="py-2 pe-4">
                <Value text={row.before} empty={t('ui.diff.empty')} className="bg-bad-soft text-bad" />
              </td>
              <td className="py-2">
                <Value text={row.after} empty={t('ui.diff.empty')} className="bg-good-soft text-good" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Value({ text, empty, className }: { text: string | null; empty: string; className: string }) {
  if (text === null || text === '') return <span className="text-muted italic">{empty}</span>
  return <bdi className={`code rounded-control px-1.5 py-0.5 text-sm ${className}`}>{text}</bdi>
}
