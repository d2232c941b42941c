/** The default words in French: « vous », short, plain, exact. */
import type { CustomerTexts } from '../default-templates.ts'
import { account } from './fr/account.ts'
import { orders } from './fr/orders.ts'
import { plans } from './fr/plans.ts'

export const fr: CustomerTexts = { ...orders, ...plans, ...account }
