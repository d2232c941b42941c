/** Texts of the console's pages about the shop itself: plans, invoices, payments, messages, settings, set-up. */
export const consoleBusiness = {} as const
