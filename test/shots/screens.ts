/**
 * Every screen that is looked at, and who looks. A `:name` is a fact of the house (`facts.ts`); what follows a `#` is done on the page
 * before its picture is taken (`doings.ts`). `routes.test.ts` fails when a page of the route table is not among them.
 */
import { deviceKinds } from '#modules/messages/guides.ts'

/** `nobody` to `support` live in the demo; `stranger` and `founder` in an installation that is empty. */
export type Who = 'nobody' | 'customer' | 'newcomer' | 'owner' | 'support' | 'stranger' | 'founder'

export const groups = {
  shop: 'nobody',
  portal: 'customer',
  newcomer: 'newcomer',
  console: 'owner',
  entry: 'nobody',
  refused: 'support',
  first: 'stranger',
  wizard: 'founder',
} as const satisfies Record<string, Who>

export type Group = keyof typeof groups

export const screens: Record<Group, readonly string[]> = {
  shop: [
    '/',
    '/plans',
    '/checkout/:plan',
    '/checkout/:plan#errors',
    '/checkout/:trial',
    '/orders/:waiting',
    '/orders/:bank',
    '/orders/:pending',
    '/orders/:delayed',
    '/orders/:review',
    '/orders/:ready',
    '/orders/:canceled',
    '/orders/no-such-order',
    '/renew/:renewal',
    '/pay/:open',
    '/pay/:paid',
    '/invoice/:paidLink',
    '/unsubscribe/:leaving',
    '/help',
    ...deviceKinds.map((kind) => `/help/${kind}`),
    '/terms',
    '/privacy',
    '/no-such-page',
    '/sign-in',
    '/sign-in#errors',
    '/sign-in?sent',
    '/sign-in?expired',
    '/sign-in/abc',
    '/sign-in/second-factor',
    '/demo/mail',
    '/demo/mail/:mail',
    '/demo/sandbox/pay/:sandboxPayment',
  ],
  portal: [
    '/account',
    '/account/lines/:line/login',
    '/account/lines/:line/renew',
    '/account/lines/:line/auto-renew',
    '/account/lines/:line/pause',
    '/account/lines/:line/cancel',
    '/account/lines/:line/plan',
    '/account/lines/:line/plan?plan=:otherPlan',
    '/account/lines/:endedLine/renew',
    '/account/invoices',
    '/account/invoices/:openInvoice',
    '/account/invoices/:paidInvoice',
    '/account/invoices/no-such-invoice',
    '/account/payment-methods',
    '/account/security',
    '/account/security/second-factor',
    '/account/security/second-factor#begin',
  ],
  newcomer: ['/account', '/account/invoices', '/account/security'],
  console: [
    '/admin',
    '/admin#navigation',
    '/admin/attention',
    '/admin/search?q=ana',
    '/admin/search?q=zzzz',
    '/admin/orders',
    '/admin/orders?q=zzzz',
    '/admin/orders/:readyOrder',
    '/admin/orders/:delayedOrder',
    '/admin/orders/:reviewOrder',
    '/admin/orders/:readyOrder/refund',
    '/admin/customers',
    '/admin/customers/:customer',
    '/admin/customers/:customer/invoices',
    '/admin/customers/:customer/messages',
    '/admin/customers/:customer/timeline',
    '/admin/customers/:customer/notes',
    '/admin/customers/no-such-customer',
    '/admin/subscriptions',
    '/admin/subscriptions/:subscription',
    '/admin/subscriptions/:subscription#dialog',
    '/admin/subscriptions/:suspended',
    '/admin/subscriptions/:subscription/plan',
    '/admin/subscriptions/:subscription/cancel',
    '/admin/life',
    '/admin/subscriptions/:subscription/plan?plan=:otherPlan',
    '/admin/lines',
    '/admin/lines/:line',
    '/admin/lines/:line/login',
    '/admin/panels',
    '/admin/panels/new',
    '/admin/panels/:panel',
    '/admin/activity',
    '/admin/rehearsal',
    '/admin/runs/no-such-run',
    '/admin/catch-up',
    '/admin/plans',
    '/admin/plans/new?product=:product',
    '/admin/plans/:plan',
    '/admin/products/new#errors',
    '/admin/products/:product',
    '/admin/invoices',
    '/admin/invoices/:openInvoice',
    '/admin/invoices/:refundedInvoice',
    '/admin/payments',
    '/admin/payments/:payment',
    '/admin/payments/:failedPayment',
    '/admin/payments/:payment/refund',
    '/admin/messages',
    '/admin/messages/:message',
    '/admin/messages/:failedMessage',
    '/admin/messages/templates',
    '/admin/messages/templates/credentials',
    '/admin/settings',
    '/admin/mail',
    '/admin/gateways',
    '/admin/gateways/new?kind=stripe',
    '/admin/gateways/new?kind=manual',
    '/admin/gateways/:gateway',
    '/admin/policy',
    '/admin/staff',
    '/admin/api-keys',
    '/admin/setup',
    '/admin/choose',
    '/admin/confirm',
  ],
  entry: [
    '/admin/sign-in',
    '/admin/sign-in#errors',
    '/admin/sign-in?expired',
    '/admin/sign-in/code',
    '/admin/sign-in/abc',
  ],
  refused: ['/admin', '/admin/api-keys', '/admin/staff'],
  first: ['/', '/admin/setup/first', '/admin/setup/first#errors'],
  wizard: [
    '/',
    '/admin',
    ...['brand', 'money', 'mail', 'panel', 'gateway', 'plan', 'rights', 'live'].map(
      (step) => `/admin/setup?step=${step}`,
    ),
    ...['rehearsal', 'mail', 'panels/new', 'gateways/new?kind=stripe', 'gateways/new?kind=manual', 'products/new'].map(
      (path) => `/admin/${path}`,
    ),
    ...['attention', 'orders', 'customers', 'subscriptions', 'lines', 'panels', 'activity', 'plans', 'invoices'].map(
      (path) => `/admin/${path}`,
    ),
    ...['payments', 'messages', 'gateways', 'policy', 'staff', 'api-keys', 'settings'].map((path) => `/admin/${path}`),
  ],
}

/** `orders-waiting`, `checkout-plan-errors`: what its picture is called. */
export const nameOf = (screen: string): string =>
  screen.replaceAll(/[^a-zA-Z0-9]+/g, '-').replace(/^-|-$/g, '') || 'home'

export const pathOf = (screen: string, facts: Readonly<Record<string, string>>): string =>
  screen.replace(/#.*$/, '').replaceAll(/:(\w+)/g, (_, name: string) => {
    const fact = facts[name]
    if (fact === undefined) throw new Error(`${screen}: this house has no ${name}`)
    return fact
  })
