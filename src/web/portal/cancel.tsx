import { redirect } from 'react-router'
import { cancelAtEnd, cancelNow, previewCancel, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { Route } from './+types/cancel.ts'
import { LinePage } from './frame.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  return read(me.shop, async (tx) => {
    const { subscription, planName } = await ownLine(tx, me, params.id)
    if (subscription.paidThrough === null || subscription.status === 'terminated') throw redirect('/account')
    const { refund, fingerprint } = await previewCancel(tx, me.shop, subscription.id, me.shop.now())
    return {
      planName,
      planned: subscription.cancelAtEnd,
      endsAt: subscription.paidThrough.toString(),
      // Without money for it nobody is offered to lose what he paid for.
      now: refund.minor > 0n ? { refund, fingerprint } : null,
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  switch (textOf(form, 'act')) {
    case 'undo':
      await undoCancel(me.shop, subscription.id)
      return redirectWith('/account', 'life.cancel.undone')
    case 'now':
      await cancelNow(me.shop, subscription.id, textOf(form, 'fingerprint'), 'canceled by the customer')
      return redirectWith('/account', 'life.cancel.ended')
    default:
      await cancelAtEnd(me.shop, subscription.id, 'canceled by the customer')
      return redirectWith('/account', 'life.cancel.planned')
  }
}

export default function Cancel({ loaderData: { planName, planned, endsAt, now } }: Route.ComponentProps) {
  const page = usePage()
  const { t } = page
  return (
    <LinePage title={t('life.cancel.title', { name: planName })} failure={useFailure()}>
      <Card title={t(planned ? 'life.cancel.undo.title' : 'life.cancel.atEnd')}>
        <form method="post" className="flex flex-col gap-4">
          <p>
            {t(planned ? 'life.cancel.undo.lead' : 'life.cancel.atEnd.lead')} <When at={endsAt} as="date" />.
          </p>
          <div className="flex flex-wrap gap-3">
            <Button look="primary" name="act" value={planned ? 'undo' : 'at_end'}>
              {t(planned ? 'life.cancel.undo' : 'life.cancel.atEnd.go')}
            </Button>
            <LinkButton to="/account">{t('life.cancel.keep')}</LinkButton>
          </div>
        </form>
      </Card>
      {now === null ? null : (
        <Card title={t('life.cancel.now.title')}>
          <form method="post" className="flex flex-col gap-4">
            <p>{t('life.cancel.now.back', { amount: moneyText(now.refund, page) })}</p>
            <input type="hidden" name="fingerprint" value={now.fingerprint} />
            <Button look="danger" name="act" value="now">
              {t('life.cancel.now.go')}
            </Button>
          </form>
        </Card>
      )}
    </LinePage>
  )
}
