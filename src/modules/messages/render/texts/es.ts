/** The default words in Spanish: «usted», short, plain, exact. */
import type { CustomerTexts } from '../default-templates.ts'
import { account } from './es/account.ts'
import { orders } from './es/orders.ts'
import { plans } from './es/plans.ts'

export const es: CustomerTexts = { ...orders, ...plans, ...account }
