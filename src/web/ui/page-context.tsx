/** What every component may know about the page: language, time, theme, business. Filled by the root layout. */
import { createContext, useContext } from 'react'
import type { Theme, WebBusiness } from '#web/context.ts'
import type { FlashMessage } from '#web/flash.ts'
import type { Locale } from '#web/i18n/locale.ts'
import { type Translate, translator } from '#web/i18n/translate.ts'

export type Page = {
  t: Translate
  locale: Locale
  dir: 'ltr' | 'rtl'
  theme: Theme
  /** IANA name; times are shown in it. */
  timeZone: string
  /** When the page was asked for, RFC 3339: relative times count from here, so that server and browser agree. */
  now: string
  business: WebBusiness | null
  demo: boolean
  flash: FlashMessage | null
  requestId: string
  /** Path and query of the page without the base path: where forms such as the theme's return to. */
  here: string
  /** `/s/<slug>` or nothing; links of the router carry it by themselves, plain `action` and `src` need it. */
  basePath: string
}

export const fallbackPage: Page = {
  t: translator('en'),
  locale: 'en',
  dir: 'ltr',
  theme: 'system',
  timeZone: 'UTC',
  now: '1970-01-01T00:00:00Z',
  business: null,
  demo: false,
  flash: null,
  requestId: '',
  here: '/',
  basePath: '',
}

export const PageContext = createContext<Page>(fallbackPage)
export const usePage = (): Page => useContext(PageContext)
export const useText = (): Translate => useContext(PageContext).t

/** Only the server knows it; browsers hide it from scripts. */
export const NonceContext = createContext<string | undefined>(undefined)
