import { index, type RouteConfigEntry, route } from '@react-router/dev/routes'
import { businessRoutes, firstRoutes } from './routes-business.ts'

/** The pages of the console: pages under `/admin`. Those of the shop's own affairs (plans, money, settings) are in `routes-business.ts`. */
export const adminRoutes: RouteConfigEntry[] = [
  ...firstRoutes,
  route('admin/sign-in', 'admin/sign-in.tsx'),
  route('admin/sign-in/code', 'admin/sign-in-code.tsx'),
  route('admin/sign-in/:token', 'admin/sign-in-link.tsx'),
  route('admin/sign-out', 'admin/sign-out.ts'),
  route('admin/choose', 'admin/choose.tsx'),
  route('admin/confirm', 'admin/confirm.tsx'),
  route('admin', 'admin/layout.tsx', [
    index('admin/overview.tsx'),
    route('attention', 'admin/attention.tsx'),
    route('search', 'admin/search.tsx'),
    route('orders', 'admin/orders.tsx'),
    route('orders/:id', 'admin/order.tsx'),
    route('orders/:id/refund', 'admin/order-refund.tsx'),
    route('customers', 'admin/customers.tsx'),
    route('customers/:id/:tab?', 'admin/customer.tsx'),
    route('renewals', 'admin/renewals.tsx'),
    route('subscriptions', 'admin/subscriptions.tsx'),
    route('subscriptions/:id', 'admin/subscription.tsx'),
    route('subscriptions/:id/plan', 'admin/subscription-plan.tsx'),
    route('subscriptions/:id/cancel', 'admin/subscription-cancel.tsx'),
    route('lines', 'admin/lines.tsx'),
    route('lines/:id', 'admin/line.tsx'),
    route('lines/:id/login', 'admin/line-login.tsx'),
    route('panels', 'admin/panels.tsx'),
    route('panels/new', 'admin/panel-new.tsx'),
    route('panels/:id', 'admin/panel.tsx'),
    route('incidents', 'admin/incidents.tsx'),
    route('incidents/new', 'admin/incident-new.tsx'),
    route('incidents/:id', 'admin/incident.tsx'),
    route('activity', 'admin/activity.tsx'),
    ...businessRoutes,
  ]),
]
