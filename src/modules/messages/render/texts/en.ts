/** The default words in English: short, plain, exact; one thing to do per message. */
import type { Texts } from '#platform/templates/types.ts'
import type { TemplateKey } from '../definitions.ts'
import { account } from './en/account.ts'
import { orders } from './en/orders.ts'
import { plans } from './en/plans.ts'

export const en: Readonly<Record<TemplateKey, Texts>> = { ...orders, ...plans, ...account }
