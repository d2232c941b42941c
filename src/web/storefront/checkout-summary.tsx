import type { ReactNode } from 'react'
import { isZero } from '#platform/money.ts'
import { ConvertedNote } from '../ui/converted.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { CheckoutData } from './checkout.tsx'
import { Renewal } from './plan-card.tsx'
import { TaxRow } from './tax-fields.tsx'
import { termText } from './term.ts'

/** Beside the form on wide screens, below it on phones, where `SummaryBar` keeps the sum in view. */
export function Summary({ offer }: { offer: CheckoutData }) {
  const page = usePage()
  const { t } = page
  const { plan, price, setup, today, term, chosen, discount } = offer
  return (
    <aside
      aria-label={t('store.summary.title')}
      className="flex flex-col gap-4 rounded-card border border-line bg-surface p-5 lg:sticky lg:top-6 lg:w-80 lg:shrink-0"
    >
      <h2 className="text-lg font-semibold">{t('store.summary.title')}</h2>
      <dl className="flex flex-col gap-2">
        <Row label={plan.name} detail={termText(t, term)}>
          <Price value={price} />
        </Row>
        {chosen.map(({ id, name, quantity, each, total }) => (
          <Row
            key={id}
            label={t('life.plan.piece', { count: quantity, name })}
            {...(quantity === 1 ? {} : { detail: t('store.summary.each', { amount: moneyText(each, page) }) })}
          >
            <Price value={total} />
          </Row>
        ))}
        {isZero(setup) ? null : (
          <Row label={t('store.summary.setup')}>
            <Money value={setup} />
          </Row>
        )}
        {discount === null ? null : (
          <Row label={t('store.coupon.row', { code: discount.code })}>
            <Money value={discount.amount} />
          </Row>
        )}
        <TaxRow offer={offer} />
        <div className="mt-1 flex items-baseline justify-between gap-4 border-t border-line pt-3 text-lg font-semibold">
          <dt>{t('store.summary.today')}</dt>
          <dd>
            <Price value={today} />
          </dd>
        </div>
      </dl>
      {offer.converted === null ? null : (
        <p className="text-sm text-muted">
          <ConvertedNote of={offer.converted} /> {t('exchange.locked')}
        </p>
      )}
      <p className="text-sm text-muted">{t('store.plan.connections', { count: offer.screens })}</p>
      {discount === null ? null : (
        <p className="text-sm text-muted">
          <Lasting discount={discount} term={term} />
        </p>
      )}
      <p className="text-sm text-muted">
        <Renewal offer={{ ...plan, price: offer.renewal, term }} />
      </p>
      <p className="text-sm text-muted">{offer.refundPolicy ?? t('store.summary.refund')}</p>
    </aside>
  )
}

type Lasts = { discount: NonNullable<CheckoutData['discount']>; term: CheckoutData['term'] }

/** How long the coupon lasts, and from which day on the full price is asked. */
function Lasting({ discount: { each, periods, from }, term }: Lasts) {
  const page = usePage()
  const { t } = page
  if (periods === null) return t('store.coupon.always')
  const day = from === null ? null : <When at={from} as="date" />
  if (periods === 1)
    return (
      <>
        {t('store.coupon.once')} {day}.
      </>
    )
  return (
    <>
      {t('store.coupon.some', { count: periods, amount: moneyText(each, page), term: termText(t, term) })} {day}.
    </>
  )
}

/** A strip that stays at the top of a phone's screen: what is bought, and for how much. */
export function SummaryBar({ offer: { plan, today } }: { offer: CheckoutData }) {
  return (
    <p className="sticky top-0 z-10 -mx-5 mb-6 flex items-center justify-between gap-4 border-y border-line bg-surface px-5 py-3 lg:hidden">
      <span className="min-w-0 truncate">{plan.name}</span>
      <span className="shrink-0 font-semibold">
        <Price value={today} />
      </span>
    </p>
  )
}

function Price({ value }: { value: CheckoutData['today'] }) {
  const { t } = usePage()
  return isZero(value) ? t('store.free') : <Money value={value} />
}

const Row = ({ label, detail, children }: { label: string; detail?: string; children: ReactNode }) => (
  <div className="flex items-baseline justify-between gap-4">
    <dt className="min-w-0">
      {label}
      {detail ? <span className="block text-sm text-muted">{detail}</span> : null}
    </dt>
    <dd className="shrink-0">{children}</dd>
  </div>
)
