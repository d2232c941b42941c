import type { Catalog } from './customer-texts.ts'
import { account } from './pt/account.ts'
import { life } from './pt/life.ts'
import { portal } from './pt/portal.ts'
import { said } from './pt/said.ts'
import { storefront } from './pt/storefront.ts'
import { ui } from './pt/ui.ts'

// Marked pure, as in English: no browser is sent what it does not show.
export const pt: Catalog = /* @__PURE__ */ (() => ({ ...ui, ...storefront, ...portal, ...account, ...life, ...said }))()
