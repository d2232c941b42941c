/** Tax at the checkout: what decides on it, and what is known of a VAT number that was typed. */
import type { Shop } from '#app.ts'
import { takesTax } from '#modules/billing/rules/tax.ts'
import { parseVatId } from '#modules/billing/rules/vat-id.ts'
import { taxRules } from '#modules/billing/tax/settings.ts'
import { vatStatus } from '#modules/billing/tax/tax-of.ts'
import type { Tx } from '#platform/db.ts'
import { dateOf } from '#platform/time.ts'
import type { WebContext } from '#web/context.ts'
import type { CheckoutTax } from './chosen-sums.ts'
import { read, textOf } from './shop.server.ts'

/** Without the numbers of the shop's registrations: the page has no use for them. Null: the shop takes no tax. */
export async function checkoutTax(tx: Tx, shop: Shop): Promise<CheckoutTax | null> {
  const rules = await taxRules(tx, shop)
  if (!takesTax(rules)) return null
  const registrations = rules.registrations.map((each) => ({ ...each, number: '' }))
  const states = registrations.some(({ region }) => region !== '')
  return { rules: { ...rules, registrations }, day: dateOf(shop.now(), shop.zone), states }
}

/** What is missing for the tax, beside its fields; and what the register said is put into the form, where the page looks for it. */
export async function readTax(shop: Shop, form: FormData, tax: CheckoutTax | null): Promise<Record<string, string>> {
  form.delete('vat_status')
  if (tax === null) return {}
  const typed = textOf(form, 'vat_id')
  const id = typed === '' ? null : parseVatId(typed)
  if (id !== null) form.set('vat_status', await read(shop, (tx) => vatStatus(tx, id.full)))
  return {
    ...(/^[A-Z]{2}$/.test(textOf(form, 'country')) ? {} : { country: 'Please choose your country.' }),
    ...(tax.states && textOf(form, 'country') === 'US' && !/^[A-Za-z]{2}$/.test(textOf(form, 'region'))
      ? { region: 'Please enter your state by its two letters, like NY.' }
      : {}),
    ...(typed !== '' && id === null ? { vat_id: 'This is no VAT number. It looks like DE136695976.' } : {}),
  }
}

/** What a proxy that we trust says of the connection. `XX` and `T1` stand for unknown. */
export function networkCountry({ app }: WebContext, headers: Headers): string | undefined {
  const told = app.config.trustProxy ? headers.get('cf-ipcountry') : null
  return told !== null && /^[A-Z]{2}$/.test(told) && told !== 'XX' ? told : undefined
}
