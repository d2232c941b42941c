/**
 * What every loader and action gets beside the request. Import it as `#web/context.ts`: the key below must be one object
 * for the handler and for the bundle (the build keeps this file outside the bundle for the same reason).
 */
import { createContext, type RouterContextProvider } from 'react-router'
import type { App } from '#app.ts'
import type { RateLimits } from '#modules/people/rate-limits.ts'
import type { SignIn } from '#modules/people/sign-in.ts'
import { type FlashMessage, readFlash } from '#web/flash.ts'
import { askedLocale, type Locale, languageOf } from '#web/i18n/locale.ts'

export type Theme = 'light' | 'dark' | 'system'

/** The business whose storefront and portal are shown: that of the host name, or of `/s/<slug>`. */
export type WebBusiness = {
  id: string
  slug: string
  name: string
  /** `#rrggbb`, as the operator entered it; the shades are computed. Null: Linekeeper's own. */
  brandColor: string | null
  logoUrl: string | null
  /** IANA name; all times of the business are shown in it. */
  timeZone: string
  currency: string
  /** Which visitors read who asked for none, where there is a catalogue of it. */
  language: string
  /** Whether the browser's preference goes before it. */
  followsVisitors: boolean
  supportEmail: string | null
  /** Where to report abuse; the footer of the storefront carries it. */
  abuseContact: string | null
  mode: 'live' | 'test'
}

/** How a page knows who is there, and how often an address may try. Made once per process. */
export type WebDoor = { signIn: SignIn; limits: RateLimits }

export type WebContext = {
  app: App
  /** Null only where no page asks: the gallery and tests of the kit. Use `doorOf`. */
  door: WebDoor | null
  /** The caller's network address, behind trusted proxies only. */
  address: string
  /** When the request came in; loaders and actions ask for no other time. */
  now: Temporal.Instant
  /** Shown on error pages and written to the log. */
  requestId: string
  /** Of the content security policy; only the root layout needs it. */
  nonce: string
  theme: Theme
  locale: Locale
  /** The language that the visitor asked for himself; null: he did not, and is spoken to in that of the shop. */
  asked: Locale | null
  business: WebBusiness | null
  /** `''`, or `/s/<slug>`: the router takes it off before matching and puts it before every link and redirect. */
  basePath: string
  /** What the act before the redirect has to say. */
  flash: FlashMessage | null
  /** A demo world is marked as such on every page. */
  demo: boolean
  /** The gallery of the kit is served: never in production. */
  showKit: boolean
  /** Origins a form of this page leads to after our redirect (a gateway's page); a loader adds to it. */
  formTargets: string[]
}

export const webContext = createContext<WebContext>()

/** `const web = webOf(context)` at the top of a loader or action. */
export const webOf = (context: Readonly<RouterContextProvider>): WebContext => context.get(webContext)

/** Sign-in and limits; a server without them serves no page that asks. */
export function doorOf(web: Pick<WebContext, 'door'>): WebDoor {
  if (web.door === null) throw new Error('the web handler was started without a door')
  return web.door
}

type KnownOfRequest = Pick<WebContext, 'app' | 'now' | 'requestId'> &
  Partial<Pick<WebContext, 'business' | 'basePath' | 'demo' | 'showKit' | 'door' | 'address'>>

/** Reads theme and language from cookies and headers; what is known about the request otherwise is handed in. */
export function webContextOf(request: Request, known: KnownOfRequest): WebContext {
  const cookies = request.headers.get('cookie')
  const theme = cookieOf(cookies, 'theme')
  return {
    business: null,
    door: null,
    address: '',
    basePath: '',
    demo: false,
    showKit: false,
    ...known,
    nonce: Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64'),
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    ...spokenTo(request, known.business ?? null),
    flash: readFlash(cookieOf(cookies, 'flash')),
    formTargets: [],
  }
}

/** Decision 0090. `own`: the language in the record of the customer who is signed in. */
export function spokenTo(
  request: Request,
  business: WebBusiness | null,
  own: string | null = null,
): Pick<WebContext, 'locale' | 'asked'> {
  const url = new URL(request.url)
  const cookie = cookieOf(request.headers.get('cookie'), 'lang')
  const asked = askedLocale({
    chosen: [url.searchParams.get('lang'), own, cookie],
    accepted: business?.followsVisitors ? request.headers.get('accept-language') : null,
  })
  if (business === null || isForStaff(url.pathname))
    return asked === 'en-XA' ? { locale: asked, asked } : { locale: 'en', asked: null }
  return { locale: asked ?? languageOf(business.language) ?? 'en', asked }
}

/** The console and the gallery of its kit are in English: their texts travel to the browser, and no others do. */
const isForStaff = (path: string): boolean => /^\/(admin|kit)(\/|$)/.test(path)

/** A cookie's value; null without it, and for what is not ours. */
export function cookieOf(header: string | null, name: string): string | null {
  const pair = header?.split(/;\s*/).find((each) => each.startsWith(`${name}=`))
  try {
    return pair ? decodeURIComponent(pair.slice(name.length + 1)) : null
  } catch {
    return null // Not ours: somebody wrote it by hand.
  }
}
