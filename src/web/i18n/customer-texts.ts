/**
 * Which texts customers can meet: these, and no others, are in the catalogue of every language. A key that is new in English is demanded
 * by the compiler of each (`Catalog`), until it is translated or named below as a text for staff.
 */
import type { console as consoleTexts } from './en/console.ts'
import type { consoleExchange } from './en/console-exchange.ts'
import type { life } from './en/life.ts'
import type { methods } from './en/methods.ts'
import type { moneyTexts } from './en/money.ts'
import type { papers } from './en/papers.ts'
import type { portal } from './en/portal.ts'
import type { quoteTexts } from './en/quotes.ts'
import type { said } from './en/said.ts'
import type { security } from './en/security.ts'
import type { states } from './en/states.ts'
import type { storefront } from './en/storefront.ts'
import type { ui } from './en/ui.ts'

type OfCustomers = keyof (typeof storefront & typeof portal & typeof said & typeof quoteTexts)

/** Shared with the console, where some are for staff only. */
type Shared =
  | Exclude<keyof typeof ui, `ui.${'search' | 'mode' | 'diff' | 'chart' | 'stat'}${string}`>
  | Exclude<keyof typeof security, `portal.passkey.${string}`>
  | Exclude<keyof typeof life, `life.settings.${string}` | StaffOfLife>
  | Exclude<keyof typeof methods, `method.${'charge' | 'plan' | 'ask'}${string}`>
  | Extract<keyof typeof moneyTexts, `money.open.${string}` | `money.voucher.${'done' | 'line' | 'anyway'}`>
  | Extract<keyof typeof papers, `papers.${'statement' | 'credits'}${string}`>
  | Extract<keyof typeof states, `state.${'order' | 'subscription' | 'invoice'}.${string}`>
  | Extract<keyof typeof consoleTexts, `status.${string}` | 'store.nav.status'>
  | Extract<keyof typeof consoleExchange, `exchange.${'from' | 'locked' | 'converted' | 'whose'}${string}`>

type StaffOfLife =
  | `life.cancel.${'now.link' | 'now.lead' | 'refund' | 'policy' | 'paidThrough' | 'rest'}${'' | `.${string}`}`
  | `life.household.${'title.staff' | 'others_one' | 'others_other'}`

type CustomerKey = OfCustomers | Shared

type StemOf<K> = K extends `${infer Stem}_other` ? Stem : never

/** All texts of customers in one language. `Plurals`: its numbers beside one and other, such as the `few` of Arabic. */
export type Catalog<Plurals extends string = never> = {
  readonly [K in CustomerKey | `${StemOf<CustomerKey>}_${Plurals}`]: string
}
