/** Texts of the console's pages about the shop itself: plans, invoices, payments, messages, settings, set-up. */
import { consoleBilling } from './console-billing.ts'
import { consoleBooks } from './console-books.ts'
import { consoleCoupons } from './console-coupons.ts'
import { differenceTexts } from './console-differences.ts'
import { consoleDisputes } from './console-disputes.ts'
import { incidentTexts } from './console-incidents.ts'
import { consoleMessages } from './console-messages.ts'
import { consoleOverrides } from './console-overrides.ts'
import { consolePlans } from './console-plans.ts'
import { consolePrices } from './console-prices.ts'
import { consoleQuotes } from './console-quotes.ts'
import { consoleRenewals } from './console-renewals.ts'
import { consoleSettings } from './console-settings.ts'
import { consoleTrials } from './console-trials.ts'
import { consoleVouchers } from './console-vouchers.ts'

export const consoleBusiness = {
  ...consoleCoupons,
  ...consoleQuotes,
  ...consoleVouchers,
  ...consolePrices,
  ...incidentTexts,
  ...differenceTexts,
  ...consoleTrials,
  ...consoleOverrides,

  ...consolePlans,
  ...consoleBilling,
  ...consoleDisputes,
  ...consoleBooks,
  ...consoleMessages,
  ...consoleRenewals,
  ...consoleSettings,
} as const
