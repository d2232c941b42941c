import '../i18n/areas/collecting.ts'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { loansToUs } from '#modules/reselling/collecting/loans.ts'
import { payoutsToUs } from '#modules/reselling/collecting/pay-reseller.ts'
import { standings, statementsToUs } from '#modules/reselling/collecting/statements.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/collected.ts'
import { Loans, PaidOut, StandingList, Statements } from './collected-parts.tsx'
import { loanShown, payoutShown, standingShown, statementShown } from './collecting.server.ts'
import { staffOf } from './guard.server.ts'

const shownMost = 50

/** What others collect for this business: the reseller's side of what his supplier lends him. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return transaction(shop, 'read-collected', async (tx) => {
    const loans = await loansToUs(tx)
    const names = new Map(
      (await listGateways(tx)).flatMap(({ lent }) => (lent === null ? [] : [[lent.lenderId, lent.lenderName]])),
    )
    const lenders = []
    for (const id of new Set(loans.map(({ lenderId }) => lenderId))) {
      const known = await standings(tx, { lenderId: id, resellerId: shop.businessId }, shop.now())
      lenders.push({ id, name: names.get(id) ?? '', standings: known.map(standingShown) })
    }
    return {
      lenders,
      loans: loans.map(loanShown),
      statements: (await statementsToUs(tx, { limit: shownMost })).map(statementShown),
      payouts: (await payoutsToUs(tx, { limit: shownMost })).map(payoutShown),
    }
  })
}

export default function CollectedPage({ loaderData }: Route.ComponentProps) {
  const { lenders, loans, statements, payouts } = loaderData
  const t = useText()
  const header = (
    <PageHeader
      title={t('console.collected.title')}
      actions={<LinkButton to="/admin/gateways">{t('console.gateways.title')}</LinkButton>}
    />
  )
  if (lenders.length === 0)
    return (
      <>
        {header}
        <Card>
          <EmptyState title={t('console.collected.none')}>{t('console.collected.none.lead')}</EmptyState>
        </Card>
      </>
    )
  return (
    <>
      {header}
      <div className="flex flex-col gap-6">
        {lenders.map((lender) => (
          <Card key={lender.id} title={t('console.collected.standing')}>
            <div className="flex flex-col gap-6">
              <p className="text-muted">{t('console.collected.lead', { name: lender.name })}</p>
              {lender.standings.map((standing) => (
                <StandingList key={standing.currency} standing={standing} />
              ))}
            </div>
          </Card>
        ))}
        <Loans rows={loans} title={t('console.gateways.title')} kept={t('console.collecting.kept.theirs')} />
        <Statements rows={statements} />
        <PaidOut rows={payouts} />
      </div>
    </>
  )
}
