import type { Catalog } from './customer-texts.ts'
import { account } from './fr/account.ts'
import { life } from './fr/life.ts'
import { portal } from './fr/portal.ts'
import { said } from './fr/said.ts'
import { storefront } from './fr/storefront.ts'
import { ui } from './fr/ui.ts'

// Marked pure, as in English: no browser is sent what it does not show.
export const fr: Catalog = /* @__PURE__ */ (() => ({ ...ui, ...storefront, ...portal, ...account, ...life, ...said }))()
