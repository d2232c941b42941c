/** The default words in Arabic: short, plain, exact. */
import type { Texts } from '#platform/templates/types.ts'
import type { CustomerTexts } from '../default-templates.ts'
import { account } from './ar/account.ts'
import { orders } from './ar/orders.ts'
import { plans } from './ar/plans.ts'

/**
 * In a sentence that runs from right to left a name, a date or an amount stands by itself (first strong isolate), or it would reorder what is
 * around it. What is copied stands alone anyway, and must hold nothing invisible.
 */
const standingApart = (text: string): string =>
  text.replace(/\{\{ (\w+) \}\}/g, (tag, name: string) => (copied.test(name) ? tag : `\u2068${tag}\u2069`))

const copied =
  /_url$|^(server|port|username|requested_username|password|mac_address|connections|plan_count|payment_reference|payment_instructions|message_text|message_subject)$/

const apart = <T extends Readonly<Record<string, Texts>>>(texts: T): Readonly<Record<keyof T, Texts>> =>
  Object.fromEntries(
    Object.entries(texts).map(([key, { subject, body }]) => [
      key,
      { subject: standingApart(subject), body: standingApart(body) },
    ]),
  ) as Readonly<Record<keyof T, Texts>>

export const ar: CustomerTexts = { ...apart(orders), ...apart(plans), ...apart(account) }
