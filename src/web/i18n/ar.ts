import { account } from './ar/account.ts'
import { life } from './ar/life.ts'
import { portal } from './ar/portal.ts'
import { said } from './ar/said.ts'
import { storefront } from './ar/storefront.ts'
import { ui } from './ar/ui.ts'
import type { Catalog } from './customer-texts.ts'

// Marked pure, as in English: no browser is sent what it does not show.
export const ar: Catalog<'zero' | 'two' | 'few' | 'many'> = /* @__PURE__ */ (() => ({
  ...ui,
  ...storefront,
  ...portal,
  ...account,
  ...life,
  ...said,
}))()
