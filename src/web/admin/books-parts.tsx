import type { Money as MoneyValue } from '#platform/money.ts'
import { Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Sided } from './books.server.ts'

/** Money, or credits as a number. */
export const Amount = ({ of }: { of: MoneyValue | { credits: string } }) =>
  'credits' in of ? <span className="tabular-nums">{of.credits}</span> : <Money value={of} />

/** As books are read: an amount and the side on which it stands, never a minus. */
export function SidedAmount({ of }: { of: Sided }) {
  const t = useText()
  return (
    <>
      <Amount of={of.amount} />
      {of.side === null ? null : <span className="block text-muted">{t(`console.books.${of.side}`)}</span>}
    </>
  )
}

export function BooksTabs({ current }: { current: 'balances' | 'revenue' | 'margin' | 'payouts' | 'compared' }) {
  const t = useText()
  return (
    <Tabs
      label={t('console.books.title')}
      tabs={[
        { to: '/admin/books', label: t('console.books.balances'), current: current === 'balances' },
        { to: '/admin/books/payouts', label: t('console.books.payouts'), current: current === 'payouts' },
        { to: '/admin/books/differences', label: t('console.books.compared'), current: current === 'compared' },
        { to: '/admin/books/revenue', label: t('console.books.revenue'), current: current === 'revenue' },
        { to: '/admin/books/margin', label: t('console.margin.title'), current: current === 'margin' },
      ]}
    />
  )
}
