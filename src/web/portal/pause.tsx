import { redirect } from 'react-router'
import { pauseSubscription, pausesOf, previewPause, resumePaused } from '#modules/subscriptions/pause.ts'
import { endPause } from '#modules/subscriptions/rules/pause.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/pause.ts'
import { LinePage } from './frame.tsx'
import { dayToCome } from './pause.server.ts'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const now = me.shop.now()
  return read(me.shop, async (tx) => {
    const { subscription, planName } = await ownLine(tx, me, params.id)
    if (subscription.status !== 'active' && subscription.status !== 'paused') throw redirect('/account')
    const offer = await previewPause(tx, me.shop, subscription, now)
    const open = (await pausesOf(tx, subscription.id)).find(({ ends }) => ends === null)
    return {
      planName,
      resting:
        open === undefined
          ? null
          : {
              resumesAt: open.resumesAt.toString(),
              endsAt: endPause(subscription, now).next.paidThrough?.toString() ?? '',
            },
      offer: offer.possible
        ? { latest: offer.latest.toString(), days: offer.daysLeft, keptDays: Math.floor(offer.keptSeconds / 86_400) }
        : null,
      because: offer.possible ? null : offer.because,
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  if (textOf(form, 'act') === 'go_on') {
    await resumePaused(me.shop, subscription.id)
    return redirectWith('/account', 'life.pause.over')
  }
  await pauseSubscription(me.shop, subscription.id, { until: dayToCome(form, me.shop), reason: '' })
  return redirectWith('/account', 'life.pause.done')
}

export default function Pause({ loaderData: { planName, resting, offer, because } }: Route.ComponentProps) {
  const { t } = usePage()
  const failure = useFailure()
  return (
    <LinePage title={t(resting ? 'life.pause.goOn.title' : 'life.pause.title', { name: planName })} failure={failure}>
      {resting ? (
        <Card>
          <form method="post" className="flex flex-col gap-5">
            <p>{t('life.pause.goOn.lead')}</p>
            <DescriptionList
              items={[
                { label: t('life.pause.newEnd'), value: <When at={resting.endsAt} as="exact" /> },
                { label: t('life.pause.byItself'), value: <When at={resting.resumesAt} as="exact" /> },
              ]}
            />
            <div className="flex flex-wrap gap-3">
              <Button look="primary" name="act" value="go_on">
                {t('life.pause.goOn')}
              </Button>
              <LinkButton to="/account">{t('life.pause.stay')}</LinkButton>
            </div>
          </form>
        </Card>
      ) : offer ? (
        <Card>
          <form method="post" className="flex flex-col gap-5">
            <p>{t('life.pause.lead', { count: offer.keptDays })}</p>
            <DescriptionList
              items={[
                { label: t('life.pause.latest'), value: <When at={offer.latest} as="date" /> },
                { label: t('life.pause.daysLeft'), value: t('life.term.day', { count: offer.days }) },
              ]}
            />
            <Field
              label={t('life.pause.until')}
              hint={t('life.pause.until.hint')}
              error={failure?.errors.until}
              optional
            >
              {(tied) => <DateInput {...tied} name="until" defaultValue={failure?.values.until} />}
            </Field>
            <div className="flex flex-wrap gap-3">
              <Button look="primary">{t('life.pause.go')}</Button>
              <LinkButton to="/account">{t('life.pause.keep')}</LinkButton>
            </div>
          </form>
        </Card>
      ) : (
        <Alert>{t(`life.pause.not.${because ?? 'state'}`)}</Alert>
      )}
    </LinePage>
  )
}
