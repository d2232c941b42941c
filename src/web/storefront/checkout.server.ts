/** The checkout's form: what it offers, what it sends, and the way from there to the gateway. */
import { data, redirect } from 'react-router'
import type { Shop } from '#app.ts'
import { isForBox } from '#modules/catalog/plans.ts'
import { type Offer, readOffer } from '#modules/checkout/offers.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { checkUsername, type UsernameAnswer } from '#modules/lines/check-username.ts'
import { isDeviceKind } from '#modules/messages/guides.ts'
import { randomToken, sha256 } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'
import { format, isZero, plus } from '#platform/money.ts'
import { doorOf, type WebContext } from '#web/context.ts'
import { failure, valuesOf } from '#web/failure.ts'
import { translator } from '#web/i18n/translate.ts'
import { referralOf } from '#web/referral.server.ts'
import { addOnsOffered, chosenOf } from './add-ons.server.ts'
import { appliedField, couponField } from './chosen-sums.ts'
import { weighTyped } from './coupon.server.ts'
import { chosenMethod, pay, payMethods, saveConsentOf } from './paying.server.ts'
import { languageOfBuyer, read, textOf } from './shop.server.ts'
import { checkoutTax, networkCountry, readTax } from './tax.server.ts'

export const newCartKey = (): string => randomToken(18)

/** `placed` leads on; a refusal is thrown and becomes the form again. */
export async function order(web: WebContext, shop: Shop, planId: string, form: FormData, request: Request) {
  const { offer, beside, tax } = await read(shop, async (tx) => {
    const found = await readOffer(tx, shop, planId, textOf(form, 'currency') || null)
    return { offer: found, beside: await addOnsOffered(tx, shop, found), tax: await checkoutTax(tx, shop) }
  })
  const missing = await readTax(shop, form, tax)
  if (Object.keys(missing).length > 0) return failure(missing, form)
  const { extraMinor, todayWith, addOns } = chosenOf(form, offer, plus(offer.price, offer.setup), beside, tax)
  const coupon = textOf(form, couponField)
  const { applied, error } = await weighTyped(web, shop, offer, { code: coupon, extraMinor })
  form.set(appliedField, applied)
  if (error !== null) return failure({ [couponField]: error }, form)
  const today = todayWith(applied)
  const free = isZero(today)
  // Nobody pays another sum than the one that stood beside the button.
  const shown = textOf(form, 'sum')
  if (shown !== '' && shown !== String(today.minor))
    return failure({}, form, translator(web.locale)('store.checkout.sum.moved', { amount: format(today, web.locale) }))
  // Before anything is made: a form with a way to pay that is gone must not leave an order behind.
  const gatewayId = free ? null : chosenMethod(form, await payMethods(web, shop, offer.price.currency))
  const email = textOf(form, 'email')
  await doorOf(web).limits.count('checkout', { account: email.toLowerCase(), network: web.address })
  const placed = await placeOrder(shop, {
    cartKey: cartOf(form, planId),
    planId,
    email,
    currency: offer.price.currency,
    source: 'storefront',
    language: languageOfBuyer(web),
    addOns,
    ...(coupon === '' ? {} : { coupon }),
    address: web.address,
    referral: referralOf(request, form),
    ...(tax === null ? {} : placeOf(web, form, request.headers)),
    ...wishes(form, offer),
    ...(form.get('marketing') === 'yes' ? { marketingConsent: consentSentence(web, shop) } : {}),
  })
  const page = `/orders/${orderToken(shop, placed.id)}`
  if (gatewayId === null || placed.invoiceId === null || placed.status !== 'awaiting_payment')
    return redirect(page, 303)
  const saveConsent = saveConsentOf(web, shop, form)
  return pay(shop, { invoiceId: placed.invoiceId, gatewayId, description: offer.plan.name, page, saveConsent })
}

/** The sum anew, with the add-ons and the coupon that the form chose; nothing is ordered. */
export async function sumUp(web: WebContext, shop: Shop, planId: string, form: FormData) {
  const { offer, beside, tax } = await read(shop, async (tx) => {
    const found = await readOffer(tx, shop, planId, textOf(form, 'currency') || null)
    return { offer: found, beside: await addOnsOffered(tx, shop, found), tax: await checkoutTax(tx, shop) }
  })
  await readTax(shop, form, tax)
  const { extraMinor } = chosenOf(form, offer, plus(offer.price, offer.setup), beside, tax)
  const { applied, error } = await weighTyped(web, shop, offer, { code: textOf(form, couponField), extraMinor })
  form.set(appliedField, applied)
  return error === null ? data({ checked: null, values: valuesOf(form) }) : failure({ [couponField]: error }, form)
}

/** Where the buyer is: asked for only where it decides on the tax. */
const placeOf = (web: WebContext, form: FormData, headers: Headers) => ({
  country: textOf(form, 'country'),
  region: textOf(form, 'country') === 'US' ? textOf(form, 'region').toUpperCase() : undefined,
  vatId: textOf(form, 'vat_id') || undefined,
  networkCountry: networkCountry(web, headers),
})

/** Only what the product leaves to the buyer; the rest of the form is not believed. */
function wishes(form: FormData, { product }: Offer) {
  const device = textOf(form, 'device')
  return {
    device: isDeviceKind(device) ? device : undefined,
    mac: isForBox(product) ? textOf(form, 'mac') : undefined,
    acceptUnusualMac: form.get('accept_unusual_mac') === 'yes',
    username: product.usernameStrategy === 'generated' ? undefined : textOf(form, 'username') || undefined,
    password: product.passwordStrategy === 'chosen' ? textOf(form, 'password') || undefined : undefined,
  }
}

/**
 * The page's key together with what was asked: a second submit is the same order, while somebody who went back and mended his
 * address or took another plan gets what he asked for now. The way to pay and the consent are no part of it.
 */
function cartOf(form: FormData, planId: string): string {
  const key = textOf(form, 'cart')
  if (!/^[A-Za-z0-9_-]{20,64}$/.test(key))
    throw new Refusal('bad_request', 'Please open the checkout again: this page was not complete.')
  const beside = [...form.keys()].filter((name) => name.startsWith('add_ons.')).sort()
  const names = [
    'email',
    'currency',
    'country',
    'region',
    'vat_id',
    'device',
    'mac',
    'username',
    'password',
    couponField,
    ...beside,
  ]
  const asked = names.map((name) => textOf(form, name))
  return `web/${key}/${sha256(JSON.stringify([planId, ...asked]))
    .toString('base64url')
    .slice(0, 22)}`
}

/** The very sentence beside the box, in the buyer's language: it is kept with the consent. */
const consentSentence = (web: WebContext, shop: Shop): string =>
  translator(web.locale)('store.checkout.consent', { name: shop.name })

/** Asked by the script while typing and by the "Check" button; counted, since it tells which names are taken. */
export async function answerUsername(
  web: WebContext,
  shop: Shop,
  planId: string,
  typed: string,
): Promise<UsernameAnswer> {
  await doorOf(web).limits.count('username', { network: web.address })
  const { product } = await read(shop, (tx) => readOffer(tx, shop, planId, null))
  return checkUsername(shop, product.id, typed)
}
