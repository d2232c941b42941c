import type { Catalog } from './customer-texts.ts'
import { account } from './de/account.ts'
import { life } from './de/life.ts'
import { portal } from './de/portal.ts'
import { said } from './de/said.ts'
import { storefront } from './de/storefront.ts'
import { ui } from './de/ui.ts'

// Marked pure, as in English: no browser is sent what it does not show.
export const de: Catalog = /* @__PURE__ */ (() => ({ ...ui, ...storefront, ...portal, ...account, ...life, ...said }))()
