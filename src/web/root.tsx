import enhance from 'virtual:enhance'
import inter from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url'
import type { ReactNode } from 'react'
import { useContext } from 'react'
import {
  data,
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useLocation,
  useMatches,
  useRouteError,
  useRouteLoaderData,
} from 'react-router'
import { webOf } from '#web/context.ts'
import { flashGone } from '#web/flash.ts'
import { dirOf } from '#web/i18n/locale.ts'
import { translator } from '#web/i18n/translate.ts'
import { referralCookie } from '#web/referral.server.ts'
import type { Route } from './+types/root.ts'
import { Store } from './storefront/frame.tsx'
import consoleCss from './styles/console.css?url'
import plainCss from './styles/plain.css?url'
import { brandCss, brandTokens } from './ui/brand.ts'
import { ErrorPage } from './ui/error-page.tsx'
import { fallbackPage, NonceContext, type Page, PageContext } from './ui/page-context.tsx'

/** What every page knows. Nothing here is secret: it is in the source of the page. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { business, locale, theme, now, demo, flash, requestId, basePath } = webOf(context)
  const known: Omit<Page, 't' | 'dir' | 'here'> = {
    business,
    locale,
    theme,
    now: now.toString(),
    timeZone: business?.timeZone ?? 'UTC',
    demo,
    flash,
    requestId,
    basePath,
  }
  const headers = new Headers()
  if (flash) headers.append('set-cookie', flashGone)
  const referral = await referralCookie(webOf(context), request)
  if (referral !== null) headers.append('set-cookie', referral)
  return data(known, { headers })
}

/** The document. Plain pages get no framework scripts, only the enhancement file and the small style sheet. */
export function Layout({ children }: { children: ReactNode }) {
  const page = usePageOfRoot()
  const nonce = useContext(NonceContext)
  const plain = useIsPlain()
  const brand = page.business?.brandColor
  return (
    <html lang={page.locale} dir={page.dir} data-theme={page.theme === 'system' ? undefined : page.theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={page.theme === 'system' ? 'light dark' : page.theme} />
        <Meta />
        <link rel="icon" href="data:," />
        {plain ? null : <link rel="preload" as="font" type="font/woff2" href={inter} crossOrigin="anonymous" />}
        <link rel="stylesheet" href={plain ? plainCss : consoleCss} />
        <Links nonce={nonce} />
        {brand ? (
          <style nonce={nonce} suppressHydrationWarning>
            {brandCss(brandTokens(brand))}
          </style>
        ) : null}
        {plain ? <script defer nonce={nonce} src={enhance} /> : null}
      </head>
      <body>
        <PageContext value={page}>{children}</PageContext>
        {plain ? null : <ScrollRestoration nonce={nonce} />}
        {plain ? null : <Scripts nonce={nonce} />}
      </body>
    </html>
  )
}

export default function Root() {
  return <Outlet />
}

/** Refusals keep their code and sentence; of everything else only the request's id is shown. */
export function ErrorBoundary() {
  const error = useRouteError()
  const { pathname } = useLocation()
  const root = useRouteLoaderData<typeof loader>('root')
  const known = isRouteErrorResponse(error) ? error : null
  const { code, message } = (known?.data ?? {}) as { code?: string; message?: string | null }
  const status = known?.status ?? 500
  const inShop = !pathname.startsWith('/admin') && root?.business != null
  const page = (
    <ErrorPage
      status={status}
      code={code ?? (status === 404 ? 'not_found' : 'internal')}
      message={message ?? null}
      requestId={root?.requestId ?? null}
      home={pathname.startsWith('/admin') ? '/admin' : '/'}
      framed={inShop}
    />
  )
  return inShop ? <Store>{page}</Store> : page
}

function usePageOfRoot(): Page {
  const known = useRouteLoaderData<typeof loader>('root')
  const { pathname, search } = useLocation()
  const page = { ...fallbackPage, ...known, here: pathname + search }
  return { ...page, t: translator(page.locale), dir: dirOf(page.locale) }
}

/** Plain is what a route of the page says so; an error outside the console has nothing to hydrate either. */
function useIsPlain(): boolean {
  const matches = useMatches()
  const failed = (useRouteError() ?? null) !== null
  const { pathname } = useLocation()
  const said = matches.some(({ handle }) => (handle as { plain?: boolean } | undefined)?.plain === true)
  return said || (failed && !pathname.startsWith('/admin'))
}
