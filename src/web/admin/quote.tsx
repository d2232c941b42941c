import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { quoteUrl, readQuote, withdrawQuote } from '#modules/checkout/quotes.ts'
import { assert } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { quoteView } from '#web/quote-view.ts'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { QuoteSums } from '../ui/quote-sums.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/quote.ts'
import { ActDialog } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

/** A quote: its link, and what became of it. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:see')
  return transaction(shop, 'read-quote-page', async (tx) => {
    const quote = await readQuote(tx, params.id)
    const plan = await findPlan(tx, quote.planId)
    assert(plan !== null, 'plans are not deleted')
    const view = quoteView(quote, plan, shop.now())
    const { email, name, note, orderId } = quote
    return {
      ...{ email, name, note, orderId, view },
      acceptedAt: quote.acceptedAt?.toString() ?? null,
      link: view.state === 'open' ? quoteUrl(shop, quote) : null,
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop } = await actAs(context, request, 'orders:change')
  await withdrawQuote(shop, params.id)
  return redirectWith(`/admin/quotes/${params.id}`, 'console.quotes.withdrawn')
}

export default function QuotePage({ loaderData }: Route.ComponentProps) {
  const { email, name, note, orderId, view, acceptedAt, link } = loaderData
  const t = useText()
  const may = useMay()
  return (
    <>
      <PageHeader
        title={t('console.quotes.of', { email })}
        badge={<StateBadge of="quote" state={view.state} />}
        back={{ to: '/admin/quotes', label: t('console.quotes.title') }}
        actions={
          view.state === 'open' && may('orders:change') ? (
            <ActDialog
              act="withdraw"
              danger
              trigger={t('console.quotes.withdraw')}
              title={t('console.quotes.withdraw.title')}
              confirm={t('console.quotes.withdraw')}
              keep={t('ui.cancel')}
            />
          ) : null
        }
      />
      <div className="flex max-w-2xl flex-col gap-6">
        {link === null ? null : (
          <Card>
            <CopyField label={t('console.quotes.link')} value={link} clip />
            <p className="mt-2 text-sm text-muted">{t('console.quotes.link.hint')}</p>
          </Card>
        )}
        <Card>
          <QuoteSums
            of={view}
            last={[
              { label: t('console.quotes.name'), value: name === '' ? null : name },
              { label: t('console.quotes.note'), value: note === '' ? null : note },
              {
                label: t('console.quotes.accepted'),
                value:
                  acceptedAt === null || orderId === null ? null : (
                    <Link to={`/admin/orders/${orderId}`} className="text-brand hover:underline">
                      <When at={acceptedAt} as="exact" />
                    </Link>
                  ),
              },
            ]}
          />
        </Card>
      </div>
    </>
  )
}
