import { money } from '#platform/money.ts'
import { LiveRegion } from '../ui/live-region.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PortalShell, StorefrontShell } from '../ui/public-shell.tsx'
import type { Route } from './+types/plain-face.ts'
import { Controls } from './controls.tsx'
import { Feedback } from './feedback.tsx'
import { kitOnly } from './kit-only.ts'

export const handle = { plain: true }

/** The same pieces on a plain page: no framework scripts, the small style sheet. */
export function loader({ context, params }: Route.LoaderArgs) {
  kitOnly(context)
  return { price: money(1099, 'EUR'), portal: params.face === 'portal' }
}

export default function PlainFace({ loaderData: { price, portal } }: Route.ComponentProps) {
  const Shell = portal ? PortalShell : StorefrontShell
  return (
    <Shell nav={portal ? portalNav : storeNav} legal={legal}>
      <PageHeader title="Kit" description="Every piece that plain pages use." />
      <LiveRegion id="live" events={null} version="1" settled>
        <p className="mb-6 text-muted">Settled.</p>
      </LiveRegion>
      <Controls />
      <Feedback price={price} />
    </Shell>
  )
}

const storeNav = [
  { to: '/kit/storefront', label: 'Plans' },
  { to: '/kit/help', label: 'Help' },
  { to: '/kit/account', label: 'Account' },
]
const portalNav = [
  { to: '/kit/portal', label: 'Your lines' },
  { to: '/kit/invoices', label: 'Invoices' },
  { to: '/kit/methods', label: 'Payment methods' },
  { to: '/kit/tickets', label: 'Support' },
]
const legal = [
  { to: '/kit/terms', label: 'Terms' },
  { to: '/kit/privacy', label: 'Privacy' },
]
