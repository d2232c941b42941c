import type { Money as MoneyValue } from '#platform/money.ts'
import { Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { Tabs } from '../ui/tabs.tsx'

/** Money, or credits as a number. */
export const Amount = ({ of }: { of: MoneyValue | { credits: string } }) =>
  'credits' in of ? <span className="tabular-nums">{of.credits}</span> : <Money value={of} />

export function BooksTabs({ current }: { current: 'balances' | 'revenue' | 'payouts' }) {
  const t = useText()
  return (
    <Tabs
      label={t('console.books.title')}
      tabs={[
        { to: '/admin/books', label: t('console.books.balances'), current: current === 'balances' },
        { to: '/admin/books/payouts', label: t('console.payouts.title'), current: current === 'payouts' },
        { to: '/admin/books/revenue', label: t('console.books.revenue'), current: current === 'revenue' },
      ]}
    />
  )
}
