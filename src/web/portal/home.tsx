import { Link } from 'react-router'
import { mayRecommend } from '#modules/affiliates/programme.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { standingsOf } from '#modules/billing/standing.ts'
import { troublesOfCustomer } from '#modules/lines/incidents.ts'
import { readSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { read } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/home.ts'
import { Portal } from './frame.tsx'
import { InvoiceRow } from './invoice-row.tsx'
import { invoiceView } from './invoice-view.ts'
import { LineCard } from './line-card.tsx'
import { isRunning, lineView } from './line-view.ts'
import { visitorOf } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, session, customerId } = await visitorOf(context, request)
  const now = shop.now()
  if (customerId === null) return { email: session.email, lines: [], invoices: [], troubles: [], recommends: false }
  const { standings, open, troubles, households, recommends } = await read(shop, async (tx) => ({
    standings: await standingsOf(tx, shop, customerId),
    households: (await readSetting(tx, shop, lifeSetting)).households,
    troubles: await troublesOfCustomer(tx, customerId, now),
    recommends: await mayRecommend(tx, shop, customerId),
    open: await listInvoices(tx, { customerId, status: 'open' }, { limit: 20 }),
  }))
  const mayGroup = households === 'customers' && standings.filter(isRunning).length > 1
  const lines = standings.flatMap((standing) => lineView(standing, now, mayGroup) ?? [])
  // What has ended comes last; among the others the order in which they were bought.
  lines.sort((a, b) => Number(a.state === 'terminated') - Number(b.state === 'terminated'))
  return {
    email: session.email,
    recommends,
    lines,
    invoices: open.map((invoice) => invoiceView(invoice, now)),
    troubles: troubles.map(({ id, sentence, starts }) => ({ id, sentence, starts: starts.toString() })),
  }
}

export default function Home({ loaderData: { email, lines, invoices, troubles, recommends } }: Route.ComponentProps) {
  const { t, business } = usePage()
  const plans = (
    <LinkButton look="primary" to="/plans">
      {t('portal.act.plans')}
    </LinkButton>
  )
  return (
    <Portal>
      <PageHeader title={t('portal.home.title')} description={t('portal.home.signedIn', { email })} />
      <div className="flex flex-col gap-6">
        {troubles.map(({ id, sentence, starts }) => (
          <Alert key={id} tone="warn" title={sentence}>
            {t('status.since')} <When at={starts} as="exact" />. {t('status.keptYou')}{' '}
            <Link to="/status" className="underline">
              {t('status.link')}
            </Link>
          </Alert>
        ))}
        {invoices.length > 0 ? (
          <Card title={t('portal.home.open', { count: invoices.length })} flush>
            <ul className="divide-y divide-line">
              {invoices.map((invoice) => (
                <InvoiceRow key={invoice.id} invoice={invoice} />
              ))}
            </ul>
          </Card>
        ) : null}
        {lines.length === 0 ? (
          <Card>
            <EmptyState title={t('portal.home.none')} actions={plans}>
              {t('portal.home.none.lead', { email, business: business?.name ?? '' })}
            </EmptyState>
          </Card>
        ) : (
          <ul className="flex flex-col gap-5">
            {lines.map((line) => (
              <li key={line.id}>
                <LineCard line={line} />
              </li>
            ))}
          </ul>
        )}
        {lines.length > 0 ? (
          <p className="text-muted">
            {t('portal.home.more')}{' '}
            <Link to="/plans" className="text-brand underline">
              {t('portal.act.plans')}
            </Link>
          </p>
        ) : null}
        {recommends ? (
          <p className="text-muted">
            {t('portal.affiliate.more')}{' '}
            <Link to="/account/affiliate" className="text-brand underline">
              {t('portal.affiliate.title')}
            </Link>
          </p>
        ) : null}
      </div>
    </Portal>
  )
}
