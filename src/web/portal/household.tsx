import { joinHousehold, leaveHousehold } from '#modules/billing/household.ts'
import { readSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { subscriptionsOf } from '#modules/subscriptions/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { useFailure } from '../ui/form-errors.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { Route } from './+types/household.ts'
import { LinePage } from './frame.tsx'
import { readHousehold } from './household.server.ts'
import { Household } from './household-parts.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  return read(me.shop, async (tx) => {
    const { subscription, planName } = await ownLine(tx, me, params.id)
    const { households } = await readSetting(tx, me.shop, lifeSetting)
    return { planName, may: households === 'customers', ...(await readHousehold(tx, subscription)) }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const [subscription, { households }] = await read(me.shop, async (tx) => [
    (await ownLine(tx, me, params.id)).subscription,
    await readSetting(tx, me.shop, lifeSetting),
  ])
  if (households !== 'customers')
    throw new Refusal('forbidden', 'Please ask us: which lines are renewed together is changed by our staff.')
  if (textOf(form, 'act') === 'leave') {
    await leaveHousehold(me.shop, subscription.id)
    return redirectWith('/account', 'life.household.left')
  }
  const other = textOf(form, 'with')
  // What is another's is answered like what is not there.
  const own = await read(me.shop, (tx) => subscriptionsOf(tx, me.customerId))
  if (!own.some(({ id }) => id === other)) throw new Refusal('not_found', 'There is no such line in your account.')
  await joinHousehold(me.shop, subscription.id, other)
  return redirectWith(`/account/lines/${params.id}/together`, 'life.household.joined')
}

export default function HouseholdPage({ loaderData: { planName, ...shown } }: Route.ComponentProps) {
  const { t } = usePage()
  const failure = useFailure()
  return (
    <LinePage title={t('life.household.title', { name: planName })} failure={failure}>
      <Household {...shown} />
    </LinePage>
  )
}
