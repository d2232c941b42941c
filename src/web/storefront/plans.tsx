import { Link } from 'react-router'
import { moneyOf } from '#modules/catalog/rules/exchange.ts'
import { listOffers, type Offer } from '#modules/checkout/offers.ts'
import { readBusiness } from '#modules/people/business.ts'
import { webOf } from '#web/context.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { usePage } from '../ui/page-context.tsx'
import { Title } from '../ui/title.tsx'
import type { Route } from './+types/plans.ts'
import { Store } from './frame.tsx'
import { PlanCard } from './plan-card.tsx'
import { Questions } from './questions.tsx'
import { read, shopOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const query = new URL(request.url).searchParams
  const wanted = query.get('currency')
  const { offers, currency, currencies, business } = await read(shop, async (tx) => ({
    ...(await listOffers(tx, shop, wanted)),
    business: await readBusiness(tx),
  }))
  return {
    open: shop.open,
    /** Of a link that was shared: it waits at the checkout. */
    coupon: query.get('coupon')?.slice(0, 60) || null,
    tagline: business.brand.tagline ?? null,
    refundPolicy: business.legal.refundPolicy ?? null,
    currency,
    currencies,
    offers: shop.open ? offers.map(shown) : [],
  }
}

const shown = ({ plan, product, term, price, setup, monthly, converted }: Offer) => ({
  id: plan.id,
  name: plan.name,
  description: plan.description || product.description,
  bestValue: plan.bestValue,
  trial: plan.trial,
  renewable: plan.renewable && !plan.trial,
  box: product.lineKind !== 'line' ? ('alone' as const) : product.box === null ? null : ('beside' as const),
  connections: product.connections,
  ...{ term, price, setup, monthly },
  /** The price in the currency that it was converted from. */
  from: converted.price && moneyOf(converted.price).from,
})

export type ShownOffer = ReturnType<typeof shown>

/** The shop window. No account is needed to look or to buy. */
export default function Plans({ loaderData }: Route.ComponentProps) {
  const { open, tagline, refundPolicy, currency, currencies, offers, coupon } = loaderData
  const { t, business } = usePage()
  const name = business?.name ?? ''
  if (!open)
    return (
      <Store>
        <Title>{name}</Title>
        <h1 className="sr-only">{name}</h1>
        <EmptyState title={t('store.closed.title', { name })}>{t('store.closed.lead')}</EmptyState>
      </Store>
    )
  return (
    <Store>
      <Title>{t('store.plans.title')}</Title>
      <header className="mb-8 flex flex-col gap-3 sm:mb-10 sm:items-center sm:text-center">
        <h1 className="max-w-2xl text-3xl font-semibold sm:text-4xl">{tagline ?? t('store.plans.head', { name })}</h1>
        <p className="max-w-prose text-muted">{t('store.plans.lead')}</p>
        {currencies.length > 1 ? <Currencies current={currency} all={currencies} /> : null}
      </header>
      {offers.length === 0 ? (
        <EmptyState title={t('store.plans.none')}>{t('store.plans.none.lead')}</EmptyState>
      ) : (
        <ul className="flex flex-wrap items-stretch justify-center gap-5">
          {offers.map((offer) => (
            <li key={offer.id} className="flex w-full max-w-md sm:w-80">
              <PlanCard offer={offer} coupon={coupon} />
            </li>
          ))}
        </ul>
      )}
      <Questions refundPolicy={refundPolicy} />
    </Store>
  )
}

function Currencies({ current, all }: { current: string; all: readonly string[] }) {
  const { t } = usePage()
  return (
    <nav aria-label={t('store.plans.currency')} className="flex flex-wrap gap-1">
      {all.map((currency) => (
        <Link
          key={currency}
          to={`/plans?currency=${currency}`}
          aria-current={currency === current ? 'true' : undefined}
          className="inline-flex min-h-11 items-center rounded-control border border-line-strong px-4 font-medium hover:bg-sunken aria-[current=true]:border-brand aria-[current=true]:bg-brand-soft"
        >
          {currency}
        </Link>
      ))}
    </nav>
  )
}
