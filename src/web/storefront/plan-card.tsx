import { Check } from 'lucide-react'
import { isZero } from '#platform/money.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Money, moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { ShownOffer } from './plans.tsx'
import { termText } from './term.ts'

const placesOf = { none: 'store.plan.devices', alone: 'store.plan.boxes', beside: 'store.plan.pairs' } as const

/** One plan: what a month costs, what is paid now, what comes at the end. */
export function PlanCard({ offer, coupon }: { offer: ShownOffer; coupon: string | null }) {
  const page = usePage()
  const { t } = page
  const { id, name, description, bestValue, trial, price, setup } = offer
  return (
    <article
      className={`flex w-full flex-col gap-4 rounded-card border bg-surface p-6 ${bestValue ? 'border-brand ring-1 ring-brand' : 'border-line'}`}
    >
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-xl font-semibold">{name}</h2>
        {bestValue ? <Badge tone="brand">{t('store.plan.bestValue')}</Badge> : null}
        {trial ? <Badge tone="info">{t('store.plan.trial')}</Badge> : null}
      </header>
      <Price offer={offer} />
      {offer.from === null ? null : (
        <p className="text-sm text-muted">{t('exchange.from', { amount: moneyText(offer.from, page) })}</p>
      )}
      {description ? <p className="text-muted">{description}</p> : null}
      <ul className="flex flex-1 flex-col gap-2">
        <Point>{t('store.plan.connections', { count: offer.connections })}</Point>
        <Point>{t(placesOf[offer.box ?? 'none'])}</Point>
        {isZero(setup) ? null : <Point>{t('store.plan.setup', { amount: moneyText(setup, page) })}</Point>}
      </ul>
      <p className="text-sm text-muted">
        <Renewal offer={offer} />
      </p>
      <LinkButton
        look={bestValue ? 'primary' : 'secondary'}
        wide
        to={`/checkout/${id}?${new URLSearchParams({ currency: price.currency, ...(coupon && { coupon }) })}`}
      >
        {t('store.plan.choose', { name })}
      </LinkButton>
    </article>
  )
}

function Price({ offer: { price, monthly: perMonth, term } }: { offer: ShownOffer }) {
  const { t } = usePage()
  // Of one month it would say the same twice.
  const monthly = term.unit === 'month' && term.count === 1 ? null : perMonth
  if (isZero(price))
    return (
      <p>
        <span className="block text-3xl font-semibold">{t('store.free')}</span>
        <span className="text-muted">{t('store.plan.for', { term: termText(t, term) })}</span>
      </p>
    )
  return (
    <p>
      <span className="block text-3xl font-semibold">
        <Money value={monthly ?? price} />
        {monthly ? <span className="text-base font-normal text-muted"> {t('store.plan.perMonth')}</span> : null}
      </span>
      <span className="text-muted">
        {monthly ? (
          <>
            <Money value={price} /> {t('store.plan.paidFor', { term: termText(t, term) })}
          </>
        ) : (
          t('store.plan.for', { term: termText(t, term) })
        )}
      </span>
    </p>
  )
}

/** What happens when the time is over, in one sentence. */
export function Renewal({ offer }: { offer: Pick<ShownOffer, 'renewable' | 'trial' | 'price' | 'term'> }) {
  const page = usePage()
  const { t } = page
  if (offer.trial) return t('store.renewal.trial', { term: termText(t, offer.term) })
  if (!offer.renewable) return t('store.renewal.none', { term: termText(t, offer.term) })
  return t('store.renewal.yes', { amount: moneyText(offer.price, page), term: termText(t, offer.term) })
}

function Point({ children }: { children: string }) {
  return (
    <li className="flex gap-2">
      <Check aria-hidden="true" className="mt-1 size-4 shrink-0 text-good" />
      <span>{children}</span>
    </li>
  )
}
