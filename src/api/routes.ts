/** The one table of routes: what is not in it does not exist. */
import { acting } from './acting.ts'
import { addOns } from './add-ons.ts'
import { adoptions } from './adoptions.ts'
import { affiliates } from './affiliates.ts'
import { apiKeys } from './api-keys.ts'
import { attention } from './attention.ts'
import { bank } from './bank.ts'
import { businesses } from './businesses.ts'
import { cancellations } from './cancellations.ts'
import { collecting } from './collecting.ts'
import { comingPrices } from './coming-prices.ts'
import { comparisons } from './comparisons.ts'
import { coupons } from './coupons.ts'
import { customers } from './customers.ts'
import { differences } from './differences.ts'
import { disputes } from './disputes.ts'
import { eInvoices } from './e-invoices.ts'
import { evacuations } from './evacuations.ts'
import { events } from './events.ts'
import { exchange } from './exchange.ts'
import { gateways } from './gateways.ts'
import { households } from './households.ts'
import { incidents } from './incidents.ts'
import { invoices } from './invoices.ts'
import { ledger } from './ledger.ts'
import { lines } from './lines.ts'
import { loginSettings } from './login-settings.ts'
import { margin } from './margin.ts'
import { messages } from './messages.ts'
import { notices } from './notices.ts'
import { oddMoney } from './odd-money.ts'
import { orders } from './orders.ts'
import { overrides } from './overrides.ts'
import { panelAccounts } from './panel-accounts.ts'
import { panels } from './panels.ts'
import { pauses } from './pauses.ts'
import { paymentMethods } from './payment-methods.ts'
import { payments } from './payments.ts'
import { payouts } from './payouts.ts'
import { planChanges } from './plan-changes.ts'
import { plans } from './plans.ts'
import { policies } from './policies.ts'
import { priceCampaigns } from './price-campaigns.ts'
import { products } from './products.ts'
import { quotes } from './quotes.ts'
import { refunds } from './refunds.ts'
import { rehearsals } from './rehearsals.ts'
import { renewals } from './renewals.ts'
import { resellers } from './resellers.ts'
import type { Route } from './route.ts'
import { runs } from './runs.ts'
import { settings } from './settings.ts'
import { staff } from './staff.ts'
import { statements } from './statements.ts'
import { strayMoneys } from './stray-moneys.ts'
import { subscriptionSettings } from './subscription-settings.ts'
import { subscriptions } from './subscriptions.ts'
import { tax } from './tax.ts'
import { templates } from './templates.ts'
import { travels } from './travel.ts'
import { trials } from './trials.ts'
import { twin } from './twin.ts'
import { viewerHosts } from './viewer-hosts.ts'
import { vouchers } from './vouchers.ts'
import { wallet } from './wallet.ts'

export const routes: readonly Route[] = [
  ...businesses,
  ...resellers,
  ...wallet,
  ...travels,
  ...customers,
  ...products,
  ...plans,
  ...addOns,
  ...coupons,
  ...vouchers,
  ...affiliates,
  ...collecting,
  ...orders,
  ...quotes,
  ...invoices,
  ...eInvoices,
  ...statements,
  ...payments,
  ...bank,
  ...paymentMethods,
  ...refunds,
  ...subscriptions,
  ...renewals,
  ...planChanges,
  ...pauses,
  ...households,
  ...cancellations,
  ...priceCampaigns,
  ...comingPrices,
  ...overrides,
  ...lines,
  ...panels,
  ...panelAccounts,
  ...differences,
  ...adoptions,
  ...evacuations,
  ...incidents,
  ...gateways,
  ...comparisons,
  ...strayMoneys,
  ...notices,
  ...messages,
  ...templates,
  ...settings,
  ...twin,
  ...viewerHosts,
  ...subscriptionSettings,
  ...trials,
  ...tax,
  ...exchange,
  ...loginSettings,
  ...oddMoney,
  ...policies,
  ...rehearsals,
  ...runs,
  ...events,
  ...attention,
  ...apiKeys,
  ...staff,
  ...acting,
  ...ledger,
  ...payouts,
  ...margin,
  ...disputes,
]
