import '../i18n/areas/exchange.ts'
import '../i18n/areas/tax.ts'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { dayText, Money, moneyText, When } from '../ui/format.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import type { Route } from './+types/invoice.ts'

const formats = ['ubl', 'cii', 'xrechnung', 'factur_x'] as const

type Data = Route.ComponentProps['loaderData']

/** How its tax was decided, what was taken back of it, and both as files for machines. */
export function InvoicePapers({
  invoice,
  tax,
  taxIn,
  creditNotes,
}: Pick<Data, 'invoice' | 'tax' | 'taxIn' | 'creditNotes'>) {
  const t = useText()
  if (tax === null && creditNotes.length === 0) return null
  return (
    <>
      {tax === null ? null : (
        <Card title={t('console.tax.title')}>
          <div className="flex flex-col gap-5">
            <DescriptionList
              items={[
                { label: t('console.tax.treatment'), value: t(`console.tax.treatment.${tax.treatment}`) },
                {
                  label: t('console.tax.scheme'),
                  value: tax.scheme === null ? null : t(`console.tax.scheme.${tax.scheme}`),
                },
                { label: t('console.tax.where'), value: [tax.country, tax.region].filter(Boolean).join('-') },
                { label: t('console.tax.percent'), value: `${tax.rate} %` },
                { label: t('console.tax.point'), value: tax.point },
                {
                  label: t('console.tax.in', { currency: taxIn?.currency ?? '' }),
                  value: taxIn === null ? null : <TaxInText of={taxIn} />,
                },
                {
                  label: t('console.customer.vatId'),
                  value:
                    tax.buyerVatId === null
                      ? null
                      : `${tax.buyerVatId} (${t(`console.tax.vat.${tax.vatStatus ?? 'unchecked'}`)})`,
                },
                {
                  label: t('console.tax.evidence'),
                  value:
                    (tax.evidence ?? [])
                      .map((each) => `${t(`console.tax.evidence.${each.kind}`)}: ${each.country}`)
                      .join(', ') || null,
                },
              ]}
            />
            {invoice.number === null ? null : <Files base={`/admin/invoices/${invoice.id}`} />}
          </div>
        </Card>
      )}
      {creditNotes.length === 0 ? null : (
        <Card title={t('console.credits.title')}>
          <ul className="flex flex-col gap-5">
            {creditNotes.map((note) => (
              <li key={note.id} className="flex flex-col gap-1">
                <span className="flex flex-wrap items-baseline justify-between gap-x-4">
                  <a className="underline" href={`/admin/credit-notes/${note.id}/pdf`}>
                    {note.number}
                  </a>
                  <Money value={note.total} />
                </span>
                <span className="break-words text-sm text-muted">
                  <When at={note.issuedAt} as="date" /> · {note.reason}
                </span>
                {tax === null ? null : <Files base={`/admin/credit-notes/${note.id}`} />}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

function Files({ base }: { base: string }) {
  const t = useText()
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <span className="text-muted">{t('console.tax.files')}</span>
      {formats.map((format) => (
        <a key={format} className="underline" href={`${base}/${format}`}>
          {t(`console.tax.file.${format}`)}
        </a>
      ))}
    </p>
  )
}

/** What it comes to in the money of the state, and how that was reckoned. */
function TaxInText({ of: { stated } }: { of: NonNullable<Data['taxIn']> }) {
  const page = usePage()
  const { t } = page
  if (stated === null) return t('console.tax.in.waits')
  const { tax, net, rate, source, day } = stated
  return t('console.tax.in.stated', {
    tax: moneyText(tax, page),
    net: moneyText(net, page),
    source: t(`exchange.whose.${source}`),
    rate,
    day: dayText(day, page),
  })
}
