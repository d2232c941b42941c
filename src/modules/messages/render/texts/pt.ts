/** The default words in Portuguese: polite without a pronoun, short, plain, exact. */
import type { CustomerTexts } from '../default-templates.ts'
import { account } from './pt/account.ts'
import { orders } from './pt/orders.ts'
import { plans } from './pt/plans.ts'

export const pt: CustomerTexts = { ...orders, ...plans, ...account }
