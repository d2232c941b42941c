import type { Catalog } from './customer-texts.ts'
import { account } from './es/account.ts'
import { life } from './es/life.ts'
import { portal } from './es/portal.ts'
import { said } from './es/said.ts'
import { storefront } from './es/storefront.ts'
import { ui } from './es/ui.ts'

// Marked pure, as in English: no browser is sent what it does not show.
export const es: Catalog = /* @__PURE__ */ (() => ({ ...ui, ...storefront, ...portal, ...account, ...life, ...said }))()
