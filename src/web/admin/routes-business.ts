import { type RouteConfigEntry, route } from '@react-router/dev/routes'

/** Pages inside the console's layout about the shop itself: `route('plans', 'admin/plans.tsx')` is `/admin/plans`. */
export const businessRoutes: RouteConfigEntry[] = [
  route('plans', 'admin/plans.tsx'),
  route('plans/:id', 'admin/plan.tsx'),
  route('add-ons/:id', 'admin/add-on.tsx'),
  route('products/:id', 'admin/product.tsx'),
  route('trials', 'admin/trials.tsx'),
  route('coupons', 'admin/coupons.tsx'),
  route('coupons/:id', 'admin/coupon.tsx'),
  route('prices', 'admin/price-campaigns.tsx'),
  route('prices/:id', 'admin/price-campaign.tsx'),
  route('invoices', 'admin/invoices.tsx'),
  route('invoices/:id', 'admin/invoice.tsx'),
  route('invoices/:id/pdf', 'admin/invoice-pdf.ts'),
  route('bank', 'admin/bank.tsx'),
  route('bank/:id', 'admin/bank-entry.tsx'),
  route('payments', 'admin/payments.tsx'),
  route('payments/:id', 'admin/payment.tsx'),
  route('payments/:id/refund', 'admin/payment-refund.tsx'),
  route('messages', 'admin/messages.tsx'),
  route('messages/templates', 'admin/templates.tsx'),
  route('messages/templates/:key', 'admin/template.tsx'),
  route('messages/:id', 'admin/message.tsx'),
  route('settings', 'admin/settings.tsx'),
  route('mail', 'admin/mail.tsx'),
  route('gateways', 'admin/gateways.tsx'),
  route('gateways/:id', 'admin/gateway.tsx'),
  route('life', 'admin/life-settings.tsx'),
  route('policy', 'admin/policy.tsx'),
  route('rehearsal', 'admin/rehearsal.tsx'),
  route('travel', 'admin/travel.tsx'),
  route('runs/:id', 'admin/run.tsx'),
  route('catch-up', 'admin/catch-up.tsx'),
  route('staff', 'admin/staff.tsx'),
  route('api-keys', 'admin/api-keys.tsx'),
  route('setup', 'admin/setup.tsx'),
]

/** Before anybody works here: outside the layout, which asks who is there. */
export const firstRoutes: RouteConfigEntry[] = [route('admin/setup/first', 'admin/setup-first.tsx')]
