import { transaction } from '#app.ts'
import { joinHousehold, leaveHousehold } from '#modules/billing/household.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { redirectWith } from '#web/flash.ts'
import { readHousehold } from '../portal/household.server.ts'
import { Household } from '../portal/household-parts.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/subscription-household.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const shown = await transaction(shop, 'read-household', async (tx) =>
    readHousehold(tx, await readSubscription(tx, params.id)),
  )
  return { id: params.id, ...shown }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const read = formReader(form)
  const here = `/admin/subscriptions/${params.id}/together`
  if (read.raw('act') === 'leave') {
    await leaveHousehold(shop, params.id)
    return redirectWith(here, 'life.household.left')
  }
  await joinHousehold(shop, params.id, read.raw('with'))
  return redirectWith(here, 'life.household.joined')
}

export default function SubscriptionHousehold({ loaderData: { id, ...shown } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const may = useMay()('lines:change')
  return (
    <>
      <PageHeader
        title={t('life.household.title.staff')}
        back={{ to: `/admin/subscriptions/${id}`, label: t('console.subscription.facts') }}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        <Household {...shown} may={may} />
      </div>
    </>
  )
}
