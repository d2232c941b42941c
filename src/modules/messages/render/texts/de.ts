/** The default words in German: „Sie“, short, plain, exact. */
import type { CustomerTexts } from '../default-templates.ts'
import { account } from './de/account.ts'
import { orders } from './de/orders.ts'
import { plans } from './de/plans.ts'

export const de: CustomerTexts = { ...orders, ...plans, ...account }
