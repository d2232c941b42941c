import type { ReactNode } from 'react'
import { Store } from '../storefront/frame.tsx'
import { Button } from '../ui/button.tsx'
import { FormErrors, type useFailure } from '../ui/form-errors.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PortalShell } from '../ui/public-shell.tsx'
import { Title } from '../ui/title.tsx'

type Failure = ReturnType<typeof useFailure>

/** Every page behind the sign-in. */
export function Portal({ children }: { children: ReactNode }) {
  const { t, basePath } = usePage()
  return (
    <PortalShell
      nav={[
        { to: '/account', label: t('portal.nav.lines'), end: true },
        { to: '/account/invoices', label: t('portal.nav.invoices') },
        { to: '/account/payment-methods', label: t('method.title') },
        { to: '/account/security', label: t('portal.nav.security') },
        { to: '/help', label: t('portal.nav.help') },
      ]}
      legal={[
        { to: '/account/redeem', label: t('store.nav.redeem') },
        { to: '/status', label: t('store.nav.status') },
        { to: '/terms', label: t('portal.nav.terms') },
        { to: '/privacy', label: t('portal.nav.privacy') },
      ]}
      aside={
        <form method="post" action={`${basePath}/sign-out`}>
          <Button look="quiet" dense>
            {t('portal.signOut')}
          </Button>
        </form>
      }
    >
      {children}
    </PortalShell>
  )
}

/** A page about one thing: narrow enough to read. */
export const Column = ({ children }: { children: ReactNode }) => (
  <div className="mx-auto flex max-w-2xl flex-col gap-5">{children}</div>
)

/** What a customer does about one of his lines: its name, the way back, what went wrong. */
export function LinePage({
  title,
  failure = null,
  children,
}: {
  title: string
  failure?: Failure
  children: ReactNode
}) {
  const { t } = usePage()
  return (
    <Portal>
      <Column>
        <PageHeader title={title} back={{ to: '/account', label: t('portal.nav.lines') }} />
        <FormErrors failure={failure} />
        {children}
      </Column>
    </Portal>
  )
}

/** The pages before the sign-in: one question in the middle of the shop. */
export function Entry({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <Store>
      <Title>{title}</Title>
      <div className="mx-auto w-full max-w-104 rounded-card border border-line bg-surface p-6 sm:p-8">
        <h1 className="text-2xl font-semibold">{title}</h1>
        {lead ? <p className="mt-2 text-muted">{lead}</p> : null}
        <div className="mt-6 flex flex-col gap-5">{children}</div>
      </div>
    </Store>
  )
}
