import { createInstance } from 'i18next'
import { ar } from './ar.ts'
import type { Catalog } from './customer-texts.ts'
import { de } from './de.ts'
import { console as consoleTexts } from './en/console.ts'
import { consoleAdoption } from './en/console-adoption.ts'
import { consoleAffiliates } from './en/console-affiliates.ts'
import { consoleAhead } from './en/console-ahead.ts'
import { consoleBank } from './en/console-bank.ts'
import { consoleBusiness } from './en/console-business.ts'
import { consoleCollecting } from './en/console-collecting.ts'
import { consoleComparison } from './en/console-comparison.ts'
import { consoleExchange } from './en/console-exchange.ts'
import { consoleHost } from './en/console-host.ts'
import { consoleLogins } from './en/console-logins.ts'
import { consoleOddMoney } from './en/console-odd-money.ts'
import type { consoleOrphans } from './en/console-orphans.ts'
import { consolePanelHealth } from './en/console-panel-health.ts'
import { consolePayouts } from './en/console-payouts.ts'
import { consolePolicy } from './en/console-policy.ts'
import { consolePriceCampaigns } from './en/console-price-campaigns.ts'
import { consoleResellers } from './en/console-resellers.ts'
import { consoleSetup } from './en/console-setup.ts'
import { consoleStaff } from './en/console-staff.ts'
import { consoleStray } from './en/console-stray.ts'
import { consoleTax } from './en/console-tax.ts'
import { consoleTwin } from './en/console-twin.ts'
import { life } from './en/life.ts'
import { methods } from './en/methods.ts'
import { moneyTexts } from './en/money.ts'
import { noticeTexts } from './en/notices.ts'
import { papers } from './en/papers.ts'
import { portal } from './en/portal.ts'
import { quoteTexts } from './en/quotes.ts'
import { said } from './en/said.ts'
import { security } from './en/security.ts'
import { states } from './en/states.ts'
import { storefront } from './en/storefront.ts'
import { ui } from './en/ui.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import type { Language, Locale } from './locale.ts'
import { pseudo } from './pseudo.ts'
import { pt } from './pt.ts'
import { speaker } from './speak.ts'

type Texts = typeof ui &
  typeof states &
  typeof storefront &
  typeof portal &
  typeof security &
  typeof life &
  typeof methods &
  typeof consoleTexts &
  typeof consoleBusiness &
  typeof consoleAdoption &
  typeof consoleAhead &
  typeof consolePolicy &
  typeof consolePanelHealth &
  typeof consoleOrphans &
  typeof consoleResellers &
  typeof consoleComparison &
  typeof consoleCollecting &
  typeof consoleHost &
  typeof consoleAffiliates &
  typeof consoleSetup &
  typeof consoleStaff &
  typeof consoleTax &
  typeof consoleBank &
  typeof consolePayouts &
  typeof consolePriceCampaigns &
  typeof consoleTwin &
  typeof consoleExchange &
  typeof consoleLogins &
  typeof consoleOddMoney &
  typeof consoleStray &
  typeof moneyTexts &
  typeof noticeTexts &
  typeof papers &
  typeof quoteTexts &
  typeof said
type Key = keyof Texts & string
/** Every text there is; a plural is asked for by the name before `_one` and `_other`, with a `count`. */
export type TextKey = Key extends infer K ? (K extends `${infer Stem}_${'one' | 'other'}` ? Stem : K) : never
export type TextValues = Record<string, string | number>
export type Translate = (key: TextKey, values?: TextValues) => string

// Plain pages are never hydrated, so the browser's bundle needs no texts of storefront and portal; what few pages of the console show comes with them (`areas/`).
const englishTexts: Record<string, string> = import.meta.env.SSR
  ? {
      ...{
        ...ui,
        ...states,
        ...storefront,
        ...portal,
        ...security,
        ...life,
        ...methods,
        ...consoleTexts,
        ...consoleBusiness,
      },
      ...{
        ...consoleAdoption,
        ...consoleAhead,
        ...consolePolicy,
        ...consoleResellers,
        ...consoleSetup,
        ...consoleStaff,
        ...consoleTax,
        ...consoleBank,
        ...consolePayouts,
        ...consoleTwin,
        ...consoleExchange,
        ...consoleLogins,
        ...consoleOddMoney,
        ...consoleStray,
        ...noticeTexts,
        ...papers,
        ...quoteTexts,
      },
      ...{
        ...consoleCollecting,
        ...consolePanelHealth,
        ...consoleHost,
        ...consoleComparison,
        ...consoleAffiliates,
        ...consolePriceCampaigns,
        ...moneyTexts,
        ...said,
      },
    }
  : { ...ui, ...states, ...life, ...methods, ...consoleTexts, ...consoleBusiness }

const i18n = createInstance({
  lng: 'en',
  fallbackLng: 'en',
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  interpolation: { escapeValue: false }, // React escapes.
  resources: { en: { translation: englishTexts } },
})
void i18n.init()

/** Texts that are loaded with the pages that show them. */
export function addTexts(texts: Readonly<Record<string, string>>): void {
  Object.assign(englishTexts, texts)
  i18n.addResourceBundle('en', 'translation', texts, true, true)
}

// What customers read is rendered here and never hydrated, so no other language travels to a browser.
const catalogs: Partial<Record<Language, Catalog>> = import.meta.env.SSR ? { de, fr, es, pt, ar } : {}

const english: Translate = (key, values) => i18n.t(key as string, values ?? {}) as string

const speaking = new Map<Locale, Translate>([
  ['en', english],
  ['en-XA', (key, values) => pseudo(english(key, values))],
])

/** The texts of one language. Cheap: ask for it per request. */
export function translator(locale: Locale): Translate {
  const known = speaking.get(locale)
  if (known !== undefined) return known
  const catalog = import.meta.env.SSR ? catalogs[locale as Language] : undefined
  const made = catalog === undefined ? english : speaker(locale, catalog, english)
  speaking.set(locale, made)
  return made
}

/** For a key that is put together at run time, such as that of a state. Falls back to `otherwise` when there is no such text. */
export const textOr = (t: Translate, key: string, otherwise: string): string =>
  // What is counted has its texts by number.
  Object.hasOwn(englishTexts, key) || Object.hasOwn(englishTexts, `${key}_other`) ? t(key as TextKey) : otherwise

/** The English text of a key, as it is written in its catalogue. */
export const sourceTexts = (beginning: string): [string, string][] =>
  Object.entries(englishTexts).filter(([key]) => key.startsWith(beginning))
