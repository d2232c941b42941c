import { data, redirect, useActionData } from 'react-router'
import { soldAs } from '#modules/billing/rules.ts'
import { findPlan, findProduct, isForBox, termOf } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrderByCart } from '#modules/checkout/queries.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { weighVoucher } from '#modules/vouchers/take-voucher.ts'
import { sha256 } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { valuesOf } from '#web/failure.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MacInput } from '../ui/special-inputs.tsx'
import { UnusualMac } from '../ui/unusual-mac.tsx'
import type { Route } from './+types/redeem.ts'
import { newCartKey } from './checkout.server.ts'
import { Store } from './frame.tsx'
import { formOf, languageOfBuyer, read, shopOf, textOf } from './shop.server.ts'

export const handle = { plain: true }

export async function loader({ context }: Route.LoaderArgs) {
  const shop = await shopOf(webOf(context))
  if (!shop.open) throw new Refusal('not_sellable', 'This shop is not open yet.')
  return { cart: newCartKey() }
}

type Known = { plan: string; box: boolean; chooses: 'generated' | 'chosen' | 'hybrid' }

/** First the code, which is counted against guessing; then who redeems it, which is an order that is paid already. */
export async function action({ context, request }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  await doorOf(web).limits.count('coupon', { network: web.address })
  const [typed, email] = [textOf(form, 'voucher'), textOf(form, 'email')]
  const redeems = form.get('act') === 'redeem'
  const cartKey = cartOf(form, typed, email)
  const placed = redeems ? await read(shop, (tx) => findOrderByCart(tx, cartKey)) : null
  if (placed !== null) return redirect(`/orders/${orderToken(shop, placed.id)}`, 303)
  const { plan, product } = await read(shop, async (tx) => {
    const voucher = await weighVoucher(tx, typed, shop.now())
    const found = await findPlan(tx, voucher.planId)
    return { plan: found, product: found && (await findProduct(tx, found.productId)) }
  })
  if (plan === null || product === null) throw new Refusal('not_found', 'There is no such plan.')
  const box = isForBox(product)
  const known: Known = { plan: soldAs(plan.name, termOf(plan)), box, chooses: product.usernameStrategy }
  if (!redeems) return data({ known, values: valuesOf(form) })
  await doorOf(web).limits.count('checkout', { account: email.toLowerCase(), network: web.address })
  const order = await placeOrder(shop, {
    cartKey,
    voucher: typed,
    email,
    source: 'storefront',
    language: languageOfBuyer(web),
    mac: box ? textOf(form, 'mac') : undefined,
    acceptUnusualMac: form.get('accept_unusual_mac') === 'yes',
    device: box ? 'mag' : undefined,
    username: product.usernameStrategy === 'generated' ? undefined : textOf(form, 'username') || undefined,
    address: web.address,
  })
  return redirect(`/orders/${orderToken(shop, order.id)}`, 303)
}

/** The same code and address again is the same order: a second press, or Back. */
function cartOf(form: FormData, typed: string, email: string): string {
  const key = textOf(form, 'cart')
  if (!/^[A-Za-z0-9_-]{20,64}$/.test(key))
    throw new Refusal('bad_request', 'Please open this page again: it was not complete.')
  const asked = sha256(JSON.stringify([typed, email])).toString('base64url')
  return `web/${key}/${asked.slice(0, 22)}`
}

/** A voucher becomes a line: the code, then an address for the login. */
export default function Redeem({ loaderData }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const answer: unknown = useActionData()
  const values: Record<string, string> = failed?.values ?? (isKnown(answer) ? answer.values : {})
  const known = isKnown(answer) ? answer.known : null
  // Refused with the address typed: the code was good, so its fields stay.
  const asks = known !== null || (failed !== null && values.email !== undefined)
  return (
    <Store>
      <form method="post" className="mx-auto flex max-w-xl flex-col gap-6">
        <PageHeader title={t('store.redeem.title')} description={t('store.redeem.lead')} />
        <FormErrors failure={failed} />
        <input type="hidden" name="cart" value={values.cart ?? loaderData.cart} />
        <Card>
          <Field label={t('store.redeem.code')} hint={t('store.redeem.code.hint')} error={failed?.errors.voucher}>
            {(tied) => (
              <Input
                {...tied}
                code
                name="voucher"
                required
                maxLength={40}
                autoComplete="off"
                defaultValue={values.voucher ?? ''}
              />
            )}
          </Field>
        </Card>
        {asks ? (
          <Card title={known === null ? t('store.checkout.you') : t('store.redeem.good', { plan: known.plan })}>
            <div className="flex flex-col gap-5">
              <Field
                label={t('store.checkout.email')}
                hint={t('store.checkout.email.hint')}
                error={failed?.errors.email}
              >
                {(tied) => (
                  <Input
                    {...tied}
                    type="email"
                    name="email"
                    required
                    maxLength={254}
                    autoComplete="email"
                    defaultValue={values.email ?? ''}
                  />
                )}
              </Field>
              {known?.box || values.mac !== undefined ? (
                <>
                  <Field label={t('store.checkout.mac')} hint={t('ui.mac.hint')} error={failed?.errors.mac}>
                    {(tied) => <MacInput {...tied} name="mac" required defaultValue={values.mac ?? ''} />}
                  </Field>
                  <UnusualMac errors={failed?.errors ?? {}} values={values} />
                </>
              ) : null}
              {(known !== null && known.chooses !== 'generated') || values.username !== undefined ? (
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
                      defaultValue={values.username ?? ''}
                    />
                  )}
                </Field>
              ) : null}
            </div>
          </Card>
        ) : null}
        <div className="flex flex-wrap items-center gap-3">
          <Button look="primary" name="act" value={asks ? 'redeem' : 'look'}>
            {t(asks ? 'store.redeem.go' : 'store.redeem.look')}
          </Button>
          <LinkButton look="quiet" to="/account/redeem">
            {t('store.redeem.account')}
          </LinkButton>
        </div>
      </form>
    </Store>
  )
}

const isKnown = (answer: unknown): answer is { known: Known; values: Record<string, string> } =>
  typeof answer === 'object' && answer !== null && 'known' in answer
