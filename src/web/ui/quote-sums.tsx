import '../i18n/areas/quotes.ts'
import type { ReactNode } from 'react'
import { isZero } from '#platform/money.ts'
import type { QuoteView } from '../quote-view.ts'
import { ConvertedNote } from './converted.tsx'
import { DescriptionList } from './description-list.tsx'
import { type AnyMoney, Money, moneyText, When } from './format.tsx'
import { usePage } from './page-context.tsx'

/** What a quote asks for, row by row: the same words for whoever made it and for whoever accepts it. */
export function QuoteSums({ of: quote, last }: { of: QuoteView; last: { label: string; value: ReactNode }[] }) {
  const page = usePage()
  const { t } = page
  const { discount } = quote
  return (
    <>
      <DescriptionList
        items={[
          { label: quote.plan, value: <Price value={quote.price} list={quote.list} /> },
          ...quote.addOns.map((each) => ({
            label: t('quotes.piece', { count: each.quantity, name: each.name }),
            value: (
              <>
                <Money value={each.amount} />
                <span className="block text-sm text-muted">
                  {t('quotes.each', { amount: moneyText(each.each, page) })}
                  {each.list === null ? null : (
                    <>
                      {' '}
                      <Before value={each.list} />
                    </>
                  )}
                  {each.alone === null ? null : `, ${t('quotes.alone', { amount: moneyText(each.alone, page) })}`}
                </span>
              </>
            ),
          })),
          {
            label: t('quotes.discount', { off: discount?.text ?? '' }),
            value: discount && (
              <>
                <Money value={discount.amount} />
                <span className="block text-sm text-muted">
                  {discount.periods === null
                    ? t('quotes.discount.always')
                    : t('quotes.discount.periods', { count: discount.periods })}
                </span>
              </>
            ),
          },
          { label: t('quotes.setup'), value: isZero(quote.setup) ? null : <Money value={quote.setup} /> },
          {
            label: t('quotes.today'),
            value: (
              <strong>
                <Money value={quote.today} />
              </strong>
            ),
          },
          { label: t('quotes.saved'), value: quote.saved === null ? null : <Money value={quote.saved} /> },
          { label: t('quotes.then'), value: quote.renewal && <Then quote={quote} renewal={quote.renewal} /> },
          { label: t('quotes.until'), value: <When at={quote.validUntil} as="exact" /> },
          ...last,
        ]}
      />
      {quote.converted === null ? null : (
        <p className="mt-4 text-sm text-muted">
          <ConvertedNote of={quote.converted} /> {t('quotes.locked')}
        </p>
      )}
    </>
  )
}

/** A discount that ends says what is asked for afterwards. */
function Then({ quote, renewal }: { quote: QuoteView; renewal: AnyMoney }) {
  const page = usePage()
  const { t } = page
  const { discount, full } = quote
  const later = discount !== null && discount.periods !== null && discount.periods > 1
  return (
    <>
      <Money value={renewal} />
      {later ? (
        <span className="block text-sm text-muted">{t('quotes.then.full', { amount: moneyText(full, page) })}</span>
      ) : null}
    </>
  )
}

function Price({ value, list }: { value: AnyMoney; list: AnyMoney | null }) {
  return (
    <>
      <Money value={value} /> {list === null ? null : <Before value={list} />}
    </>
  )
}

/** What the list asked for. */
function Before({ value }: { value: AnyMoney }) {
  const { t } = usePage()
  return (
    <span className="text-muted">
      <span className="sr-only">{t('quotes.instead')} </span>
      <s>
        <Money value={value} />
      </s>
    </span>
  )
}
