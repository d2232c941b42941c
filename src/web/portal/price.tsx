import { answerPrice } from '#modules/subscriptions/answer-price.ts'
import { comesOn } from '#modules/subscriptions/rules/price-change.ts'
import { money } from '#platform/money.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { Route } from './+types/price.ts'
import { LinePage } from './frame.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  return read(me.shop, async (tx) => {
    const { subscription, planName, coming, line } = await ownLine(tx, me, params.id)
    const ended = subscription.status === 'terminated'
    return {
      planName,
      lineId: line.id,
      coming:
        coming === null || ended
          ? null
          : {
              status: coming.status,
              consent: coming.consent,
              silence: coming.silence,
              note: coming.note,
              old: money(coming.oldMinor, subscription.currency),
              new: money(coming.newMinor, subscription.currency),
              first: comesOn(subscription, coming, me.shop.now())?.toString() ?? null,
            },
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  const agrees = textOf(form, 'act') === 'accept'
  await answerPrice(me.shop, subscription.id, agrees)
  return redirectWith('/account', agrees ? 'portal.price.didAccept' : 'portal.price.didDecline')
}

/** The announced price beside the present one, and what the customer can say to it. */
export default function Price({ loaderData: { planName, lineId, coming } }: Route.ComponentProps) {
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  return (
    <LinePage title={t('portal.price.title', { name: planName })} failure={failure}>
      {coming === null ? (
        <Alert>{t('portal.price.none')}</Alert>
      ) : (
        <Card>
          <div className="flex flex-col gap-5">
            <DescriptionList
              items={[
                { label: t('portal.price.now'), value: <Money value={coming.old} /> },
                { label: t('portal.price.then'), value: <Money value={coming.new} /> },
                {
                  label: t('portal.price.first'),
                  value: coming.first === null ? null : <When at={coming.first} as="date" />,
                },
              ]}
            />
            {coming.note === '' ? null : <p className="max-w-prose whitespace-pre-line">{coming.note}</p>}
            <p className="max-w-prose">{t('portal.price.lead')}</p>
            <p className="max-w-prose">
              {coming.status === 'announced'
                ? t(coming.consent === 'notice' ? 'portal.price.notice' : `portal.price.ask.${coming.silence}`)
                : t(`portal.price.${coming.status}`)}
            </p>
            {coming.consent === 'ask' ? (
              <form method="post" className="flex flex-wrap gap-3">
                {coming.status === 'accepted' ? null : (
                  <Button look="primary" name="act" value="accept">
                    {t('portal.price.accept', { amount: moneyText(coming.new, page) })}
                  </Button>
                )}
                {coming.status === 'declined' ? null : (
                  <Button name="act" value="decline">
                    {t('portal.price.decline')}
                  </Button>
                )}
              </form>
            ) : (
              <div className="flex flex-wrap gap-3">
                <LinkButton to={`/account/lines/${lineId}/plan`}>{t('life.plan.link')}</LinkButton>
                <LinkButton to={`/account/lines/${lineId}/cancel`}>{t('portal.price.cancel')}</LinkButton>
              </div>
            )}
          </div>
        </Card>
      )}
    </LinePage>
  )
}
