import '../i18n/areas/ahead.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { readBusiness } from '#modules/people/business.ts'
import { confirmCatchUp } from '#modules/people/standstill.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/catch-up.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

/** A business that stands still: why, what would be caught up at once, and the word that lets it. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const business = await transaction(shop, 'read-business', readBusiness)
  const { summary, mailWorks } = await rehearse(shop, { days: 0 })
  return {
    because: business.standsBecause,
    detail: business.standsDetail,
    mailWorks,
    mails: summary.mails,
    waits: summary.waits,
    skipped: summary.skipped,
    totals: summary.totals.map(({ action, count, sums }) => ({ action, count, sums })),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop } = await actAs(context, request, 'settings:change')
  await confirmCatchUp(shop)
  return redirectWith('/admin', 'console.catchUp.confirmed')
}

export default function CatchUpPage({ loaderData }: Route.ComponentProps) {
  const { because, detail, totals, mails, waits, skipped } = loaderData
  const t = useText()
  const may = useMay()
  if (because === null)
    return (
      <>
        <PageHeader title={t('console.catchUp.title')} />
        <Card>
          <EmptyState title={t('console.catchUp.none')} />
        </Card>
      </>
    )
  return (
    <>
      <PageHeader title={t('console.catchUp.title')} description={t('console.catchUp.lead')} />
      <div className="flex flex-col gap-6">
        <Alert tone="bad" title={t(`console.catchUp.because.${because}`)}>
          {detail}
        </Alert>
        <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
          {totals.map(({ action, count, sums }) => (
            <Stat
              key={action}
              label={t(`console.rehearsal.action.${action}`)}
              value={<Count value={count} />}
              hint={sums.map((sum) => <Money key={sum.currency} value={sum} />)}
            />
          ))}
          <Stat label={t('console.rehearsal.mails')} value={<Count value={mails} />} />
          <Stat label={t('console.rehearsal.waits')} value={<Count value={waits} />} />
          <Stat label={t('console.catchUp.skipped')} value={<Count value={skipped} />} />
        </div>
        <div className="flex flex-wrap gap-2">
          <LinkButton to="/admin/rehearsal?days=0">{t('console.catchUp.rows')}</LinkButton>
          {may('settings:change') ? (
            <Form method="post">
              <Button look="primary">{t('console.catchUp.confirm')}</Button>
            </Form>
          ) : null}
        </div>
      </div>
    </>
  )
}
