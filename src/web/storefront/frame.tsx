import type { ReactNode } from 'react'
import { useText } from '../ui/page-context.tsx'
import { StorefrontShell } from '../ui/public-shell.tsx'

/** Every page of the storefront: brand, plans, help, the way to one's account, the law. */
export function Store({ children }: { children: ReactNode }) {
  const t = useText()
  return (
    <StorefrontShell
      nav={[
        { to: '/plans', label: t('store.nav.plans') },
        { to: '/help', label: t('store.nav.help') },
        { to: '/account', label: t('store.nav.account') },
      ]}
      legal={[
        { to: '/redeem', label: t('store.nav.redeem') },
        { to: '/status', label: t('store.nav.status') },
        { to: '/terms', label: t('store.nav.terms') },
        { to: '/privacy', label: t('store.nav.privacy') },
      ]}
    >
      {children}
    </StorefrontShell>
  )
}

/** A page about one thing: narrow enough to read, centered. */
export function Narrow({ children }: { children: ReactNode }) {
  return <div className="mx-auto flex max-w-2xl flex-col gap-6 [&>header]:mb-0">{children}</div>
}
