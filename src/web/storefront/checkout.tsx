import { data, useActionData } from 'react-router'
import { convertedInRow } from '#modules/catalog/rules/exchange.ts'
import { readOffer } from '#modules/checkout/offers.ts'
import { devicesIn } from '#modules/messages/guides.ts'
import { readBusiness } from '#modules/people/business.ts'
import { Refusal } from '#platform/errors.ts'
import { isZero, plus } from '#platform/money.ts'
import { webOf } from '#web/context.ts'
import { valuesOf } from '#web/failure.ts'
import { countriesOf } from '#web/i18n/countries.ts'
import { translator } from '#web/i18n/translate.ts'
import { referralOf } from '#web/referral.server.ts'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/checkout.ts'
import { addOnsOffered } from './add-ons.server.ts'
import { answerUsername, newCartKey, order, sumUp } from './checkout.server.ts'
import { CheckoutFields } from './checkout-fields.tsx'
import { Summary, SummaryBar } from './checkout-summary.tsx'
import { appliedField, chosenSums, couponField } from './chosen-sums.ts'
import { weighTyped } from './coupon.server.ts'
import { Store } from './frame.tsx'
import { payMethods } from './paying.server.ts'
import { formOf, read, shopOf, textOf } from './shop.server.ts'
import { checkoutTax } from './tax.server.ts'
import { usernameText } from './username-text.ts'

export const handle = { plain: true }

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  if (!shop.open) throw new Refusal('not_sellable', 'This shop is not open yet.')
  const query = new URL(request.url).searchParams
  const { offer, business, addOns, tax } = await read(shop, async (tx) => {
    const found = await readOffer(tx, shop, params.plan, query.get('currency'))
    const beside = { addOns: await addOnsOffered(tx, shop, found), tax: await checkoutTax(tx, shop) }
    return { offer: found, business: await readBusiness(tx), ...beside }
  })
  const { plan, product, price, setup, term, converted } = offer
  /** `alone`: nobody types a login; `beside`: both are set up, and the guide is for what the buyer watches with besides. */
  const box = product.lineKind !== 'line' ? ('alone' as const) : product.box === null ? null : ('beside' as const)
  const base = plus(price, setup)
  const asked: Record<string, string> = Object.fromEntries([...query].filter(([name]) => name.startsWith('add_ons.')))
  const code = query.get(couponField) ?? ''
  const { extra } = chosenSums({ base, price, plan: product, addOns, tax: null }, asked)
  const coupon = await weighTyped(web, shop, offer, { code, extraMinor: extra })
  return {
    cart: newCartKey(),
    referral: referralOf(request),
    checkAt: `${web.basePath}/checkout/${plan.id}/username`,
    plan: {
      name: plan.name,
      trial: plan.trial,
      renewable: plan.renewable && !plan.trial,
      connections: product.connections,
    },
    ...{ price, setup, term, base, box, addOns, tax },
    converted: convertedInRow(converted.price),
    countries: tax === null ? [] : countriesOf(web.locale),
    /** A link may come with a choice: `?add_ons.0.quantity=1&coupon=SPRING`. */
    asked: { ...asked, coupon: code, [appliedField]: coupon.applied },
    couponError: coupon.error,
    refundPolicy: business.legal.refundPolicy ?? null,
    devices: devicesIn(web.locale).filter(({ device }) => (device === 'mag') === (box === 'alone')),
    username: product.usernameStrategy,
    password: product.passwordStrategy === 'chosen',
    methods: isZero(base) && addOns.length === 0 ? [] : await payMethods(web, shop, price.currency),
  }
}

/** With what was chosen beside the plan, and the sum of it. */
export type CheckoutData = Awaited<ReturnType<typeof loader>> & ReturnType<typeof chosenSums>

export async function action({ context, request, params }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  if (form.get('act') === 'sum') return sumUp(web, shop, params.plan, form)
  if (form.get('act') !== 'check') return order(web, shop, params.plan, form, request)
  const answer = await answerUsername(web, shop, params.plan, textOf(form, 'username'))
  const checked = { verdict: answer.verdict, text: usernameText(translator(web.locale), answer) }
  return data({ checked, values: valuesOf(form) })
}

type Checked = {
  checked: { verdict: 'free' | 'taken' | 'invalid'; text: string } | null
  values: Record<string, string>
}

/** One page from plan to payment: address, device, login, way to pay; the sum is always in view. */
export default function Checkout({ loaderData }: Route.ComponentProps) {
  const t = useText()
  const failure = useFailure()
  const answer: unknown = useActionData()
  const check = isChecked(answer) ? answer : null
  // The same cart after a refusal: a form that is sent again is still the same order.
  const told = failure ?? check
  const values: Record<string, string> = told?.values ?? loaderData.asked
  const asked = told === null && loaderData.couponError !== null ? { coupon: loaderData.couponError } : {}
  const offer: CheckoutData = { ...loaderData, ...chosenSums(loaderData, values) }
  return (
    <Store>
      <PageHeader title={t('store.checkout.title')} back={{ to: '/plans', label: t('store.checkout.back') }} />
      <SummaryBar offer={offer} />
      <form method="post" className="flex flex-col gap-8 lg:flex-row lg:items-start">
        <div className="flex min-w-0 flex-1 flex-col gap-6">
          <FormErrors failure={failure} />
          <CheckoutFields
            offer={offer}
            values={{ cart: loaderData.cart, ref: loaderData.referral, ...values }}
            errors={failure?.errors ?? asked}
            checked={check?.checked ?? null}
          />
        </div>
        <Summary offer={offer} />
      </form>
    </Store>
  )
}

const isChecked = (answer: unknown): answer is Checked =>
  typeof answer === 'object' && answer !== null && 'checked' in answer
