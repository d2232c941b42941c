import { index, type RouteConfigEntry, route } from '@react-router/dev/routes'

/** The pages of the storefront: plain pages under `/`. */
export const storefrontRoutes: RouteConfigEntry[] = [
  index('storefront/plans.tsx', { id: 'storefront/home' }),
  route('plans', 'storefront/plans.tsx'),
  route('checkout/:plan', 'storefront/checkout.tsx'),
  route('checkout/:plan/username', 'storefront/username.ts'),
  route('orders/:token', 'storefront/order.tsx'),
  route('quotes/:token', 'storefront/quote.tsx'),
  route('redeem', 'storefront/redeem.tsx'),
  route('renew/:token', 'storefront/renew.tsx'),
  route('pay/:token', 'storefront/pay.tsx'),
  route('pay/at/:token', 'storefront/pay-at.ts'),
  route('invoice/:token', 'storefront/invoice.tsx'),
  route('invoice/:token/pdf', 'storefront/invoice-pdf.ts'),
  route('help', 'storefront/help.tsx'),
  route('help/:device', 'storefront/guide.tsx'),
  route('status', 'storefront/status.tsx'),
  route('terms', 'storefront/terms.tsx'),
  route('privacy', 'storefront/privacy.tsx'),
  route('unsubscribe/:token', 'storefront/unsubscribe.tsx'),
]
