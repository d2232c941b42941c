import { redirect } from 'react-router'
import { changeAddOn, undoAddOn } from '#modules/billing/change-add-ons.ts'
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
import type { Route } from './+types/add-ons.ts'
import { addOnPage, chosenAddOn, confirmedAddOn } from './add-on.server.ts'
import { AddOnChoice, AddOnFacts, ConfirmedAddOn } from './add-on-parts.tsx'
import { LinePage } from './frame.tsx'
import { OpenChange } from './open-change.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const chosen = chosenAddOn(new URL(request.url).searchParams)
  const page = await read(me.shop, async (tx) => {
    const { subscription } = await ownLine(tx, me, params.id)
    // A trial, or a line that rests or has ended: the first page says how it stands.
    if (!['active', 'grace', 'suspended'].includes(subscription.status)) throw redirect('/account')
    return addOnPage(tx, me.shop, subscription.id, chosen)
  })
  const due = page.preview?.due
  return { ...page, methods: due && due.minor > 0n ? await payMethods(me.web, me.shop, due.currency) : [] }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, params.id))
  if (textOf(form, 'act') === 'undo') {
    await undoAddOn(me.shop, subscription.id)
    return redirectWith('/account', 'life.addOns.undone')
  }
  const { fingerprint, ...wish } = confirmedAddOn(form)
  const { invoiceId } = await changeAddOn(me.shop, subscription.id, wish, fingerprint)
  if (invoiceId === null) return redirectWith('/account', 'life.addOns.done')
  return payInvoice(me, form, invoiceId)
}

export default function AddOns({ loaderData }: Route.ComponentProps) {
  const { planName, preview, refused, open, methods } = loaderData
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  const pays = preview !== null && preview.due.minor > 0n
  return (
    <LinePage title={t('life.addOns.title', { name: planName })} failure={failure}>
      {open === null ? null : (
        <Alert
          title={t('life.addOns.open', { name: open.name, count: open.quantity })}
          actions={<OpenChange invoiceId={open.invoiceId} />}
        />
      )}
      {refused === null ? null : <Alert tone="warn" title={refused} />}
      {preview === null ? null : (
        <Card title={preview.name}>
          <form method="post" className="flex flex-col gap-5">
            <AddOnFacts preview={preview} />
            <ConfirmedAddOn preview={preview} />
            {pays ? <MethodChoice methods={methods} error={failure?.errors.gateway} /> : null}
            <div className="flex flex-wrap gap-3">
              <Button look="primary" disabled={pays && methods.length === 0}>
                {pays ? t('life.plan.pay', { amount: moneyText(preview.due, page) }) : t('life.addOns.confirm')}
              </Button>
              <LinkButton to="/account">{t('life.addOns.back')}</LinkButton>
            </div>
          </form>
        </Card>
      )}
      <AddOnChoice {...loaderData} />
    </LinePage>
  )
}
