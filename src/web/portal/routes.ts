import { type RouteConfigEntry, route } from '@react-router/dev/routes'

/** The pages of the portal: plain pages under `/account`, and signing in. */
export const portalRoutes: RouteConfigEntry[] = [
  route('sign-in', 'portal/sign-in.tsx'),
  route('sign-in/second-factor', 'portal/sign-in-code.tsx'),
  route('sign-in/:token', 'portal/sign-in-link.tsx'),
  route('sign-out', 'portal/sign-out.ts'),
  route('account', 'portal/home.tsx'),
  route('account/lines/:id/login', 'portal/login.tsx'),
  route('account/lines/:id/renew', 'portal/renew.tsx'),
  route('account/lines/:id/auto-renew', 'portal/auto-renew.tsx'),
  route('account/lines/:id/plan', 'portal/plan.tsx'),
  route('account/lines/:id/add-ons', 'portal/add-ons.tsx'),
  route('account/lines/:id/pause', 'portal/pause.tsx'),
  route('account/lines/:id/together', 'portal/household.tsx'),
  route('account/lines/:id/cancel', 'portal/cancel.tsx'),
  route('account/lines/:id/price', 'portal/price.tsx'),
  route('account/redeem', 'portal/redeem.tsx'),
  route('account/invoices', 'portal/invoices.tsx'),
  route('account/invoices/:id', 'portal/invoice.tsx'),
  route('account/invoices/:id/pdf', 'portal/invoice-pdf.ts'),
  route('account/invoices/:id/:format', 'portal/invoice-file.ts'),
  route('account/payment-methods', 'portal/payment-methods.tsx'),
  route('account/security', 'portal/security.tsx'),
  route('account/security/second-factor', 'portal/second-factor.tsx'),
]
