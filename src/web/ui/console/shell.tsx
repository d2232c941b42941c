import { Bell, CircleUser, Menu as MenuIcon, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { Form, Link, useLocation } from 'react-router'
import { Badge } from '../badge.tsx'
import { Flash } from '../flash.tsx'
import { Menu } from '../menu.tsx'
import { usePage } from '../page-context.tsx'
import { SkipLink } from '../skip-link.tsx'
import { ThemeToggle } from '../theme-toggle.tsx'

type NavPlace = {
  to: string
  label: string
  icon: ReactNode
  count?: number
  end?: boolean
  /** Further addresses that belong to it: it is marked as the place one is at there too. */
  also?: readonly string[]
}

export type ConsoleNav = readonly {
  heading?: string
  items: readonly NavPlace[]
}[]

/**
 * The console around its pages: navigation at the start (a drawer below 768 px, opened without any script), search, mode,
 * theme and account on top. `account` are the links of the account's menu, its sign-out form among them.
 */
export function Shell({
  nav,
  mode,
  businessName,
  person,
  account,
  attention,
  banner,
  modes,
  children,
}: {
  nav: ConsoleNav
  mode: 'live' | 'test'
  businessName: string
  person: string
  account: ReactNode
  /** The bell: how many things wait for a person, and where they are listed. */
  attention?: { count: number; to: string; label: string }
  banner?: ReactNode
  /** In place of the mark of the mode: where one may change it. */
  modes?: ReactNode
  children: ReactNode
}) {
  const { t } = usePage()
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <div className="grid flex-1 grid-cols-[minmax(0,1fr)] md:grid-cols-[15rem_minmax(0,1fr)]">
        <aside className="border-e border-line bg-surface max-md:hidden">
          <div className="sticky top-0 flex max-h-dvh flex-col overflow-y-auto">
            <BusinessName name={businessName} mode={mode} modes={modes} />
            <Navigation nav={nav} />
          </div>
        </aside>
        <div className="flex min-w-0 flex-col">
          <header className="sticky top-0 z-20 border-b border-line bg-surface">
            {banner}
            <div className="flex min-h-14 items-center gap-2 px-4 md:px-6">
              <button
                type="button"
                popoverTarget="navigation"
                aria-label={t('ui.nav.open')}
                className="flex size-11 items-center justify-center rounded-control hover:bg-sunken md:hidden"
              >
                <MenuIcon aria-hidden="true" className="size-5" />
              </button>
              <Form
                method="get"
                action="/admin/search"
                role="search"
                aria-label={t('ui.search')}
                className="relative min-w-0 flex-1 md:max-w-96"
              >
                <Search
                  aria-hidden="true"
                  className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-muted"
                />
                <input
                  type="search"
                  name="q"
                  aria-label={t('ui.search')}
                  placeholder={t('ui.search.short')}
                  className="motion h-9 w-full pointer-coarse:h-11 rounded-control border border-transparent bg-sunken ps-9 pe-3 hover:border-line-strong focus:bg-surface"
                />
              </Form>
              <div className="ms-auto flex items-center gap-1">
                {attention ? <AttentionBell {...attention} /> : null}
                <ThemeToggle />
                <Menu label={person} icon={<CircleUser aria-hidden="true" className="size-5" />} align="end">
                  <p className="border-b border-line px-3 py-2 text-sm text-muted">{person}</p>
                  {account}
                </Menu>
              </div>
            </div>
          </header>
          <main id="main" className="mx-auto w-full max-w-7xl flex-1 px-4 py-6 md:px-8 md:py-8">
            <Flash />
            {children}
          </main>
        </div>
      </div>
      <div
        id="navigation"
        popover="auto"
        className="m-0 h-dvh max-h-none w-72 max-w-[85vw] border-0 border-e border-line bg-surface p-0 shadow-floating backdrop:bg-[rgb(0_0_0/0.45)]"
      >
        <BusinessName name={businessName} mode={mode} modes={modes} />
        <Navigation nav={nav} />
      </div>
    </div>
  )
}

function AttentionBell({ count, to, label }: { count: number; to: string; label: string }) {
  return (
    <Link
      to={to}
      aria-label={label}
      title={label}
      className="motion relative flex size-(--control-dense) min-h-9 min-w-9 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-ink"
    >
      <Bell aria-hidden="true" className="size-4.5" />
      {count > 0 ? (
        <span
          aria-hidden="true"
          className="absolute end-0 top-0 min-w-4.5 rounded-full bg-bad px-1 text-center text-xs leading-4.5 font-semibold text-on-bad"
        >
          {count > 99 ? '99+' : count}
        </span>
      ) : null}
    </Link>
  )
}

function BusinessName({ name, mode, modes }: { name: string; mode: 'live' | 'test'; modes: ReactNode }) {
  const { t } = usePage()
  if (modes)
    return (
      <div className="flex flex-col gap-2 border-b border-line px-5 py-3">
        <Link to="/admin" className="truncate font-semibold">
          {name}
        </Link>
        {modes}
      </div>
    )
  return (
    <Link to="/admin" className="flex min-h-14 items-center gap-2.5 border-b border-line px-5 font-semibold">
      <span className="min-w-0 truncate">{name}</span>
      {mode === 'test' ? (
        <Badge tone="warn">{t('ui.mode.test')}</Badge>
      ) : (
        <Badge tone="good">{t('ui.mode.live')}</Badge>
      )}
    </Link>
  )
}

function Navigation({ nav }: { nav: ConsoleNav }) {
  const { t } = usePage()
  const { pathname } = useLocation()
  const within = (path: string) => pathname === path || pathname.startsWith(`${path}/`)
  // Not NavLink: it marks its own address only, and a place may have further ones.
  const isHere = ({ to, end, also }: NavPlace) => (end ? pathname === to : within(to)) || also?.some(within) === true
  return (
    <nav aria-label={t('ui.nav.main')} className="flex flex-col gap-5 p-3">
      {nav.map(({ heading, items }, index) => (
        <div key={heading ?? index} className="flex flex-col gap-0.5">
          {heading ? <p className="px-2.5 pb-1 text-xs font-medium text-muted">{heading}</p> : null}
          {items.map((item) => (
            <Link
              key={item.to}
              to={item.to}
              aria-current={isHere(item) ? 'page' : undefined}
              className="motion flex min-h-9 items-center gap-3 rounded-control px-2.5 pointer-coarse:min-h-11 text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-brand-soft aria-[current=page]:font-medium aria-[current=page]:text-brand [&_svg]:size-4.5 [&_svg]:shrink-0"
            >
              {item.icon}
              <span className="min-w-0 flex-1 truncate">{item.label}</span>
              {item.count ? <Badge tone="bad">{item.count}</Badge> : null}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  )
}
