import type { ReactNode } from 'react'
import { Link, NavLink } from 'react-router'
import { Banner } from './alert.tsx'
import { Flash } from './flash.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { usePage } from './page-context.tsx'
import { SkipLink } from './skip-link.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

export type NavItem = { to: string; label: string; end?: boolean }

type ShellProps = { nav: readonly NavItem[]; legal: readonly NavItem[]; aside?: ReactNode; children: ReactNode }

/** The storefront around its pages: brand, a few links, and a footer with the law, the rights and the abuse contact. */
export const StorefrontShell = (props: ShellProps) => <PublicShell {...props} home="/" />

/** The portal around its pages; its navigation scrolls sideways on a phone instead of hiding in a menu. */
export const PortalShell = (props: ShellProps) => <PublicShell {...props} home="/account" narrow />

function PublicShell({
  nav,
  legal,
  aside,
  home,
  narrow = false,
  children,
}: ShellProps & { home: string; narrow?: boolean }) {
  const { t, business, demo } = usePage()
  const width = narrow ? 'max-w-4xl' : 'max-w-6xl'
  const items = nav.map(({ to, label, end }) => (
    <NavLink
      key={to}
      to={to}
      end={end ?? false}
      className="motion -mb-px inline-flex min-h-11 shrink-0 items-center border-b-2 border-transparent px-3 text-muted hover:text-ink aria-[current=page]:border-brand aria-[current=page]:font-medium aria-[current=page]:text-ink"
    >
      {label}
    </NavLink>
  ))
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <header className="border-b border-line bg-surface">
        {demo ? (
          <Banner tone="info">{t('ui.demo')}</Banner>
        ) : business?.mode === 'test' ? (
          <Banner tone="warn">{t('ui.testMode')}</Banner>
        ) : null}
        <div className={`mx-auto flex min-h-16 items-center gap-x-6 px-5 ${width}`}>
          <Link to={home} className="flex min-h-11 min-w-0 items-center gap-3 text-lg font-semibold">
            <BrandMark />
            <span dir="auto" className="truncate">
              {business?.name ?? 'Linekeeper'}
            </span>
          </Link>
          <nav aria-label={t('ui.nav.main')} className="hidden flex-1 items-stretch self-stretch sm:flex">
            {items}
          </nav>
          <div className="ms-auto flex items-center gap-1">
            {aside}
            <ThemeToggle />
          </div>
        </div>
        <nav aria-label={t('ui.nav.main')} className="flex overflow-x-auto px-2 sm:hidden">
          {items}
        </nav>
      </header>
      <main id="main" className={`mx-auto w-full flex-1 px-5 py-8 sm:py-12 ${width}`}>
        <Flash />
        {children}
      </main>
      <footer className="border-t border-line bg-surface text-sm text-muted">
        <div className={`mx-auto flex flex-col gap-4 px-5 py-8 ${width}`}>
          <nav aria-label={t('ui.nav.legal')} className="flex flex-wrap gap-x-6 gap-y-1">
            {legal.map(({ to, label }) => (
              <Link key={to} to={to} className="inline-flex min-h-8 items-center hover:text-ink hover:underline">
                {label}
              </Link>
            ))}
            {business?.supportEmail ? (
              <a
                href={`mailto:${business.supportEmail}`}
                className="inline-flex min-h-8 items-center hover:text-ink hover:underline"
              >
                {t('ui.footer.support')}
              </a>
            ) : null}
            {business?.abuseContact ? (
              <a
                href={abuseHref(business.abuseContact)}
                className="inline-flex min-h-8 items-center hover:text-ink hover:underline"
              >
                {t('ui.footer.abuse')}
              </a>
            ) : null}
          </nav>
          <LanguageSwitch />
          <p>{t('ui.footer.rights', { business: business?.name ?? 'Linekeeper' })}</p>
        </div>
      </footer>
    </div>
  )
}

/** The logo, or the first letter of the name on the brand's color. */
export function BrandMark() {
  const { business } = usePage()
  if (business?.logoUrl)
    return (
      <img src={business.logoUrl} alt="" width={36} height={36} className="size-9 rounded-control object-contain" />
    )
  return (
    <span
      aria-hidden="true"
      className="flex size-9 shrink-0 items-center justify-center rounded-control bg-brand font-semibold text-on-brand"
    >
      {(business?.name ?? 'L').slice(0, 1).toUpperCase()}
    </span>
  )
}

const abuseHref = (contact: string): string => (contact.includes('@') ? `mailto:${contact}` : contact)
