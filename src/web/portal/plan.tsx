import { redirect } from 'react-router'
import { changePlan, undoPlanChange } from '#modules/billing/change-plan.ts'
import { redirectWith } from '#web/flash.ts'
import { MethodChoice } from '../storefront/method-choice.tsx'
import { payInvoice, payMethods } from '../storefront/paying.server.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { Route } from './+types/plan.ts'
import { LinePage } from './frame.tsx'
import { OpenChange } from './open-change.tsx'
import { confirmedChange, planChangePage } from './plan-change.server.ts'
import { ConfirmedFields, PlanChangeFacts, PlanChoice } from './plan-change-parts.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const chosen = new URL(request.url).searchParams.get('plan')
  return read(me.shop, async (tx) => {
    const { subscription } = await ownLine(tx, me, params.id)
    // A trial or a line that rests has no plan to change: the first page says how it stands.
    if (!['active', 'grace', 'suspended', 'terminated'].includes(subscription.status)) throw redirect('/account')
    return planChangePage(tx, me.shop, subscription.id, chosen)
  }).then(async (page) => ({
    ...page,
    methods:
      page.preview !== null && page.preview.due.minor > 0n
        ? await payMethods(me.web, me.shop, page.preview.due.currency)
        : [],
  }))
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  if (textOf(form, 'act') === 'undo') {
    await undoPlanChange(me.shop, subscription.id)
    return redirectWith('/account', 'life.plan.undone')
  }
  const { planId, fingerprint } = confirmedChange(form)
  const { status, invoiceId } = await changePlan(me.shop, subscription.id, planId, fingerprint)
  if (invoiceId === null)
    return redirectWith('/account', status === 'applied' ? 'life.plan.done' : 'life.plan.scheduled')
  return payInvoice(me, form, invoiceId)
}

export default function Plan({ loaderData: { presentName, plans, preview, open, methods } }: Route.ComponentProps) {
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  return (
    <LinePage title={t('life.plan.title', { name: presentName })} failure={failure}>
      {open === null ? null : (
        <Alert
          title={t(`life.plan.open.${open.status}`, { name: open.name })}
          actions={open.status === 'paid' ? null : <OpenChange invoiceId={open.invoiceId} />}
        />
      )}
      {preview === null ? null : (
        <Card title={preview.name}>
          <form method="post" className="flex flex-col gap-5">
            <PlanChangeFacts preview={preview} />
            <ConfirmedFields preview={preview} />
            {preview.due.minor > 0n ? <MethodChoice methods={methods} error={failure?.errors.gateway} /> : null}
            <div className="flex flex-wrap gap-3">
              <Button look="primary" disabled={preview.due.minor > 0n && methods.length === 0}>
                {preview.due.minor > 0n
                  ? t('life.plan.pay', { amount: moneyText(preview.due, page) })
                  : t('life.plan.confirm')}
              </Button>
              <LinkButton to="/account">{t('life.plan.back')}</LinkButton>
            </div>
          </form>
        </Card>
      )}
      <PlanChoice plans={plans} chosen={preview?.planId ?? null} />
    </LinePage>
  )
}
