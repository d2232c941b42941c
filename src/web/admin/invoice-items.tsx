import '../i18n/areas/odd-money.ts'
import { Link } from 'react-router'
import type { StoredConverted } from '#modules/catalog/rules/exchange.ts'
import { isZero, type Money as MoneyValue } from '#platform/money.ts'
import { ConvertedNote } from '../ui/converted.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

type Item = {
  id: string
  description: string
  quantity: number
  /** Of one, where there are several. */
  each: MoneyValue | null
  subscriptionId: string | null
  total: MoneyValue
  converted: StoredConverted | null
  fulfilledAt: string | null
}

/** What is owed, row by row, what of it was given, and the sums below. */
export function InvoiceItems({
  invoice,
  items,
}: {
  invoice: { net: MoneyValue; tax: MoneyValue; total: MoneyValue; paid: MoneyValue; forgiven: MoneyValue }
  items: readonly Item[]
}) {
  const t = useText()
  const sums: [string, MoneyValue, boolean][] = [
    ...(isZero(invoice.tax)
      ? []
      : ([
          [t('console.invoice.net'), invoice.net, false],
          [t('console.invoice.tax'), invoice.tax, false],
        ] satisfies [string, MoneyValue, boolean][])),
    [t('console.invoices.total'), invoice.total, true],
    [t('console.invoice.paid'), invoice.paid, false],
    ...(isZero(invoice.forgiven)
      ? []
      : [[t('oddMoney.forgivenOfIt'), invoice.forgiven, false] satisfies [string, MoneyValue, boolean]]),
  ]
  return (
    <>
      <ul>
        {items.map((item) => (
          <li key={item.id} className="flex justify-between gap-6 border-b border-line px-5 py-3">
            <span className="min-w-0">
              <span className="block break-words">
                {item.quantity === 1 ? '' : `${item.quantity} × `}
                {item.description}
                {item.each === null ? null : (
                  <span className="text-muted">
                    {' · '}
                    <Money value={item.each} /> {t('console.invoice.each')}
                  </span>
                )}
              </span>
              {item.converted === null ? null : (
                <span className="block text-sm text-muted">
                  <ConvertedNote of={item.converted} />
                </span>
              )}
              <span className="text-sm text-muted">
                {item.fulfilledAt ? (
                  <>
                    {t('console.invoice.given')} <When at={item.fulfilledAt} />
                  </>
                ) : (
                  t('console.invoice.notGiven')
                )}
                {item.subscriptionId ? (
                  <>
                    {' · '}
                    <Link to={`/admin/subscriptions/${item.subscriptionId}`} className="text-brand hover:underline">
                      {t('console.invoice.subscription')}
                    </Link>
                  </>
                ) : null}
              </span>
            </span>
            <Money value={item.total} />
          </li>
        ))}
      </ul>
      <dl className="ms-auto grid w-fit grid-cols-[auto_auto] gap-x-8 gap-y-1 px-5 py-4 text-end">
        {sums.map(([label, amount, strong]) => (
          <div key={label} className={strong ? 'contents font-semibold' : 'contents'}>
            <dt className={strong ? '' : 'text-muted'}>{label}</dt>
            <dd>
              <Money value={amount} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}
