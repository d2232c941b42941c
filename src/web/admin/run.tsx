import '../i18n/areas/ahead.ts'
import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { decideRun, droppedHoldDays } from '#modules/dunning/decide-run.ts'
import { listRuns, stepsOfRun } from '#modules/dunning/parked.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/run.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

/** More are decided as a whole; the figures above the list count all. */
const shown = 500

/** A run that would reach too many at once: the list before the person, then his word. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  return transaction(shop, 'read-run', async (tx) => {
    const [run] = await listRuns(tx, { id: params.id })
    if (run === undefined) throw new Refusal('not_found', 'There is no such run.')
    const steps = await stepsOfRun(tx, run.id, shown)
    const names = await customersById(
      tx,
      steps.map(({ customerId }) => customerId),
    )
    return {
      droppedHold: droppedHoldDays,
      run: { ...run, openedAt: run.openedAt.toString(), closedAt: run.closedAt?.toString() ?? null },
      steps: steps.map((step) => ({
        id: step.subscriptionId,
        customer: names.get(step.customerId)?.name || names.get(step.customerId)?.email || '',
        because: step.because,
        amount: money(step.amountMinor, step.currency),
        periodEnd: step.periodEnd.toString(),
      })),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const [act, reason] = [form.get('act'), String(form.get('reason') ?? '').trim()]
  const only = form.getAll('ids').map(String)
  if (reason === '' || reason.length > 200) return failure({ reason: 'Please say why, in up to 200 characters.' }, form)
  if (act === 'only' && only.length === 0) return failure({ ids: 'Please choose at least one of the list.' }, form)
  await decideRun(shop, params.id, {
    what: act === 'drop' ? 'drop' : 'go',
    only: act === 'only' ? only : undefined,
    reason,
  })
  return redirectWith(`/admin/runs/${params.id}`, act === 'drop' ? 'console.run.dropped' : 'console.run.letGo')
}

export default function RunPage({ loaderData: { run, steps, droppedHold } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader title={t(`console.run.title.${run.kind}`)} description={t('console.run.lead', { most: run.most })} />
      <Form method="post" className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        <p className="text-muted">
          <When at={run.openedAt} as="exact" /> · {t('console.run.waiting')} <Count value={run.waiting} />
          {run.sums.map((sum) => (
            <span key={sum.currency}>
              {' · '}
              <Money value={sum} />
            </span>
          ))}
        </p>
        {run.waiting > 0 && may('lines:change') ? (
          <Card>
            <div className="flex flex-col gap-4">
              {run.kind === 'suspend' ? (
                <Alert tone="info" title={t('console.run.dropHolds', { count: droppedHold })} />
              ) : null}
              <Field label={t('console.act.reason')} error={failed?.errors.reason}>
                {(tied) => (
                  <Input {...tied} name="reason" required maxLength={200} defaultValue={failed?.values.reason} />
                )}
              </Field>
              <div className="flex flex-wrap gap-2">
                <Button look="primary" name="act" value="go">
                  {t('console.run.go')}
                </Button>
                <Button name="act" value="only">
                  {t('console.run.only')}
                </Button>
                <Button look="danger" name="act" value="drop">
                  {t('console.run.drop')}
                </Button>
              </div>
            </div>
          </Card>
        ) : null}
        <Card flush title={t('console.run.list')}>
          <DataTable
            caption={t('console.run.list')}
            selectable={run.waiting > 0}
            rows={steps}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'customer',
                header: t('console.customers.customer'),
                cell: (row) => (
                  <Link to={`/admin/subscriptions/${row.id}`} className="hover:underline">
                    <bdi className="break-words">{row.customer}</bdi>
                  </Link>
                ),
              },
              { id: 'why', header: t('console.rehearsal.outcome'), cell: (row) => row.because },
              { id: 'end', header: t('console.run.periodEnd'), cell: (row) => <When at={row.periodEnd} as="exact" /> },
              {
                id: 'amount',
                header: t('console.rehearsal.amount'),
                align: 'end',
                cell: (row) => <Money value={row.amount} />,
              },
            ]}
            empty={<EmptyState title={t('console.run.none')} />}
          />
        </Card>
      </Form>
    </>
  )
}
