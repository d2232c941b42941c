import { redirect } from 'react-router'
import { findPlan, findProduct, isForBox } from '#modules/catalog/plans.ts'
import { acceptQuote } from '#modules/checkout/accept-quote.ts'
import { readQuote } from '#modules/checkout/quotes.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { extraConnections } from '#modules/subscriptions/rules/add-on.ts'
import { Refusal } from '#platform/errors.ts'
import { webOf } from '#web/context.ts'
import { quoteView } from '#web/quote-view.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { QuoteSums } from '../ui/quote-sums.tsx'
import { MacInput } from '../ui/special-inputs.tsx'
import { UnusualMac } from '../ui/unusual-mac.tsx'
import type { Route } from './+types/quote.ts'
import { Store } from './frame.tsx'
import { formOf, languageOfBuyer, linked, read, shopOf, textOf } from './shop.server.ts'
import { checkoutTax } from './tax.server.ts'

export const handle = { plain: true }

/** What staff offer one buyer: what it costs today and at each renewal, until when, and the button that makes it an order. */
export async function loader({ context, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const id = linked(shop, 'quote', params.token)
  const { quote, plan, product, tax } = await read(shop, async (tx) => {
    const found = await readQuote(tx, id)
    const sold = await findPlan(tx, found.planId)
    const of = sold && (await findProduct(tx, sold.productId))
    return { quote: found, plan: sold, product: of, tax: await checkoutTax(tx, shop) }
  })
  if (plan === null || product === null) throw new Refusal('not_found', 'There is no such offer.')
  if (quote.orderId !== null) throw redirect(`${web.basePath}/orders/${orderToken(shop, quote.orderId)}`)
  return {
    view: quoteView(quote, plan, shop.now()),
    connections: product.connections + extraConnections(quote.addOns),
    box: isForBox(product),
    asksName: product.usernameStrategy !== 'generated',
    ...{ note: quote.note, email: quote.email },
    /** How much it is, is known with the order. */
    tax: tax?.rules.prices ?? null,
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  const order = await acceptQuote(shop, linked(shop, 'quote', params.token), {
    mac: textOf(form, 'mac') || undefined,
    acceptUnusualMac: form.get('accept_unusual_mac') === 'yes',
    username: textOf(form, 'username') || undefined,
    address: web.address,
    source: 'storefront',
    language: languageOfBuyer(web),
  })
  return redirect(`/orders/${orderToken(shop, order.id)}`, 303)
}

export default function QuotePage({ loaderData }: Route.ComponentProps) {
  const { view, connections, box, asksName, note, email, tax } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <Store>
      <div className="mx-auto flex max-w-xl flex-col gap-6">
        <PageHeader title={t('store.quote.title')} description={view.plan} />
        <FormErrors failure={failed} />
        {note === '' ? null : <p className="whitespace-pre-line">{note}</p>}
        <Card>
          <QuoteSums
            of={view}
            last={[
              { label: t('store.quote.screens'), value: t('store.plan.connections', { count: connections }) },
              { label: t('store.quote.for'), value: <bdi className="break-all">{email}</bdi> },
            ]}
          />
          {tax === null ? null : (
            <p className="mt-4 text-sm text-muted">
              {t(tax === 'inclusive' ? 'store.summary.tax.included' : 'store.summary.tax.added')}
            </p>
          )}
        </Card>
        {view.state === 'open' ? (
          <form method="post" className="flex flex-col gap-5">
            {box ? (
              <>
                <Field label={t('store.checkout.mac')} hint={t('ui.mac.hint')} error={failed?.errors.mac}>
                  {(tied) => <MacInput {...tied} name="mac" required defaultValue={failed?.values.mac ?? ''} />}
                </Field>
                <UnusualMac errors={failed?.errors ?? {}} values={failed?.values ?? {}} />
              </>
            ) : null}
            {asksName ? (
              <Field
                label={t('store.checkout.username')}
                hint={t('store.checkout.username.hint')}
                error={failed?.errors.username}
                optional
              >
                {(tied) => (
                  <Input
                    {...tied}
                    code
                    name="username"
                    maxLength={24}
                    autoComplete="off"
                    defaultValue={failed?.values.username ?? ''}
                  />
                )}
              </Field>
            ) : null}
            <div>
              <Button look="primary">{t('store.quote.accept')}</Button>
            </div>
          </form>
        ) : (
          <Alert
            title={t(view.state === 'expired' ? 'store.quote.expired' : 'store.quote.withdrawn')}
            actions={<LinkButton to="/plans">{t('store.nav.plans')}</LinkButton>}
          />
        )}
      </div>
    </Store>
  )
}
