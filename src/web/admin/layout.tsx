import {
  Activity,
  BadgePercent,
  BookOpenText,
  CalendarClock,
  CalendarSync,
  CreditCard,
  FileSignature,
  Gavel,
  Gift,
  HandCoins,
  Landmark,
  LayoutDashboard,
  Mail,
  Network,
  Package,
  Receipt,
  RefreshCw,
  Scale,
  Server,
  Settings,
  ShoppingCart,
  TicketPercent,
  Timer,
  TriangleAlert,
  Tv,
  Users,
  WalletCards,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { Form, isRouteErrorResponse, Link, Outlet, useRouteError } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { countAttention } from '#modules/analytics/queries.ts'
import { readBusiness } from '#modules/people/business.ts'
import type { Permission } from '#modules/people/permissions.ts'
import { ownStanding } from '#modules/reselling/tell-branch.ts'
import { twinShop } from '#modules/twins/sync-twin.ts'
import type { Translate } from '#web/i18n/translate.ts'
import { Banner } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { type ConsoleNav, Shell } from '../ui/console/shell.tsx'
import { ErrorPage } from '../ui/error-page.tsx'
import { When } from '../ui/format.tsx'
import { MenuButton, MenuLink } from '../ui/menu.tsx'
import { PageContext, usePage, useText } from '../ui/page-context.tsx'
import type { Route } from './+types/layout.ts'
import { type ConsoleFrame, useConsoleFrame } from './frame.ts'
import { frameOf } from './guard.server.ts'
import { ModeSwitch } from './mode-switch.tsx'
import { isStopped, StandingBanner, standingShown } from './standing.tsx'
import { webBusinessOf } from './web-business.server.ts'

/** What the frame of the console knows. Times are told by the clock of the business that was chosen. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, member, rights, acting } = await frameOf(context, request)
  const { business, attention, standing } = await transaction(shop, 'read-frame', async (tx) => ({
    business: await readBusiness(tx),
    attention: await countAttention(tx),
    standing: shop.open || shop.parentId === null ? null : await ownStanding(tx),
  }))
  return {
    business: webBusinessOf(business),
    now: shop.now().toString(),
    person: member.name || member.email,
    rights: [...rights],
    attention,
    open: shop.open,
    reseller: shop.parentId !== null,
    stands: shop.standstill !== null,
    standing: standing === null ? null : standingShown(standing),
    acting: acting === null ? null : acting.endsAt.toString(),
    // Whether there is another mode to change to; whoever acts as somebody stays where he is.
    twin: acting === null && (shop.twinOf !== null || (await shop.keep('has-twin', () => hasTwin(shop)))),
    inTwin: shop.twinOf !== null,
  }
}

const hasTwin = async (shop: Shop): Promise<boolean> => (await twinShop(shop)) !== null

export default function ConsoleLayout({ loaderData }: Route.ComponentProps) {
  return (
    <Framed frame={loaderData}>
      <Outlet />
    </Framed>
  )
}

/** A page of the console that could not be shown keeps the frame around it, once somebody is signed in. */
export function ErrorBoundary() {
  const error = useRouteError()
  const frame = useConsoleFrame()
  const { requestId } = usePage()
  const known = isRouteErrorResponse(error) ? error : null
  const { code, message } = (known?.data ?? {}) as { code?: string; message?: string | null }
  const status = known?.status ?? 500
  const page = (
    <ErrorPage
      status={status}
      code={code ?? (status === 404 ? 'not_found' : 'internal')}
      message={message ?? null}
      requestId={requestId || null}
      home="/admin"
      framed={frame !== undefined}
    />
  )
  return frame ? <Framed frame={frame}>{page}</Framed> : page
}

function Framed({ frame, children }: { frame: ConsoleFrame; children: ReactNode }) {
  const page = usePage()
  const { business, now, person, rights, attention, open, stands, standing, reseller, acting, twin, inTwin } = frame
  const { t } = page
  return (
    <PageContext value={{ ...page, business, timeZone: business.timeZone, now }}>
      <Shell
        nav={navOf(t, rights, reseller)}
        mode={business.mode}
        modes={twin ? <ModeSwitch test={inTwin} /> : null}
        businessName={business.name}
        person={person}
        attention={{
          count: attention,
          to: '/admin/attention',
          label: t('console.attention.bell', { count: attention }),
        }}
        banner={
          <>
            {acting === null ? null : <ActingBanner name={business.name} ends={acting} />}
            {inTwin ? <TestBanner /> : null}
            {standing === null ? null : <StandingBanner {...standing} />}
            {stands ? (
              <Banner tone="bad" actions={<Link to="/admin/catch-up">{t('console.banner.catchUp.look')}</Link>}>
                {t('console.banner.catchUp')}
              </Banner>
            ) : page.demo ? (
              <Banner tone="info">{t('ui.demo')}</Banner>
            ) : open || isStopped(standing) ? null : (
              <Banner tone="warn">{t('console.shell.notOpen')}</Banner>
            )}
          </>
        }
        account={<AccountMenu acting={acting !== null} />}
      >
        {children}
      </Shell>
    </PageContext>
  )
}

/** Stays on every page until he stops, or the hour is over. */
function ActingBanner({ name, ends }: { name: string; ends: string }) {
  const t = useText()
  return (
    <Form method="post" action="/admin/stop-acting">
      <Banner tone="warn" actions={<Button dense>{t('console.acting.stop')}</Button>}>
        {t('console.acting.banner', { name })} <When at={ends} as="exact" />
      </Banner>
    </Form>
  )
}

/** On every page of test mode. */
function TestBanner() {
  const t = useText()
  return (
    <Form method="post" action="/admin/twin">
      <Banner
        tone="warn"
        actions={
          <Button dense name="act" value="live">
            {t('console.mode.leave')}
          </Button>
        }
      >
        {t('console.mode.banner')}
      </Banner>
    </Form>
  )
}

function AccountMenu({ acting }: { acting: boolean }) {
  const t = useText()
  return (
    <>
      {acting ? null : (
        <>
          <MenuLink to="/admin/security">{t('console.shell.security')}</MenuLink>
          <MenuLink to="/admin/choose">{t('console.shell.switch')}</MenuLink>
        </>
      )}
      <Form method="post" action="/admin/sign-out">
        <MenuButton>{t('console.shell.signOut')}</MenuButton>
      </Form>
    </>
  )
}

const settingsPaths = ['mail', 'host', 'gateways', 'life', 'policy', 'staff', 'api-keys', 'twin', 'setup'].map(
  (each) => `/admin/${each}`,
)

function navOf(t: Translate, rights: readonly Permission[], reseller: boolean): ConsoleNav {
  const item = (
    right: Permission | null,
    to: string,
    label: string,
    icon: ReactNode,
    end = false,
    also: readonly string[] = [],
  ) => (right === null || rights.includes(right) ? [{ to, label, icon, end, also }] : [])
  return [
    { items: item(null, '/admin', t('console.nav.overview'), <LayoutDashboard aria-hidden="true" />, true) },
    {
      heading: t('console.nav.customers'),
      items: [
        ...item('orders:see', '/admin/orders', t('console.nav.orders'), <ShoppingCart aria-hidden="true" />),
        ...item('orders:see', '/admin/quotes', t('console.quotes.title'), <FileSignature aria-hidden="true" />),
        ...item('customers:see', '/admin/customers', t('console.nav.customers'), <Users aria-hidden="true" />),
        ...item('customers:see', '/admin/affiliates', t('console.nav.affiliates'), <HandCoins aria-hidden="true" />),
        ...item('lines:see', '/admin/subscriptions', t('console.nav.subscriptions'), <RefreshCw aria-hidden="true" />),
        ...item('lines:see', '/admin/renewals', t('console.renewals.title'), <CalendarSync aria-hidden="true" />),
      ],
    },
    {
      heading: t('console.nav.service'),
      items: [
        ...item('lines:see', '/admin/lines', t('console.nav.lines'), <Tv aria-hidden="true" />),
        ...item('panels:see', '/admin/panels', t('console.nav.panels'), <Server aria-hidden="true" />),
        ...item('lines:see', '/admin/differences', t('console.differences.title'), <Scale aria-hidden="true" />),
        ...item('panels:see', '/admin/incidents', t('console.nav.incidents'), <TriangleAlert aria-hidden="true" />),
        ...item('plans:see', '/admin/plans', t('console.nav.plans'), <Package aria-hidden="true" />, false, [
          '/admin/products',
        ]),
        ...item('orders:see', '/admin/trials', t('console.trials.title'), <Timer aria-hidden="true" />),
        ...item('plans:see', '/admin/coupons', t('console.coupons.title'), <TicketPercent aria-hidden="true" />),
        ...item('plans:see', '/admin/vouchers', t('console.vouchers.title'), <Gift aria-hidden="true" />),
        ...item('plans:see', '/admin/prices', t('console.nav.prices'), <BadgePercent aria-hidden="true" />),
      ],
    },
    {
      heading: t('console.nav.money'),
      items: [
        ...item('invoices:see', '/admin/invoices', t('console.nav.invoices'), <Receipt aria-hidden="true" />),
        ...item('payments:see', '/admin/payments', t('console.nav.payments'), <CreditCard aria-hidden="true" />),
        ...item('payments:see', '/admin/disputes', t('console.disputes.title'), <Gavel aria-hidden="true" />),
        ...item('payments:see', '/admin/bank', t('console.nav.bank'), <Landmark aria-hidden="true" />),
        ...item('reports:see', '/admin/books', t('console.books.title'), <BookOpenText aria-hidden="true" />),
      ],
    },
    {
      heading: t('console.nav.business'),
      items: [
        ...item('reports:see', '/admin/rehearsal', t('console.nav.rehearsal'), <CalendarClock aria-hidden="true" />),
        ...item('wallets:see', '/admin/resellers', t('console.nav.resellers'), <Network aria-hidden="true" />),
        ...(reseller
          ? [
              ...item('wallets:see', '/admin/wallet', t('console.nav.credits'), <WalletCards aria-hidden="true" />),
              ...item('payments:see', '/admin/collected', t('console.nav.collected'), <HandCoins aria-hidden="true" />),
            ]
          : []),
        ...item('messages:see', '/admin/messages', t('console.nav.messages'), <Mail aria-hidden="true" />),
        ...item(
          'settings:see',
          '/admin/settings',
          t('console.nav.settings'),
          <Settings aria-hidden="true" />,
          false,
          settingsPaths,
        ),
        ...item('audit:see', '/admin/activity', t('console.nav.activity'), <Activity aria-hidden="true" />),
      ],
    },
  ].filter(({ items }) => items.length > 0)
}
