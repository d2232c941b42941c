/** What a business decides about the life of its subscriptions. */

import { readSetting } from '#modules/people/settings.ts'
import { type LifeSettings, lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { type Call, route } from './route.ts'
import { resource, z } from './schemas.ts'

const refund = z.strictObject({
  kind: z.enum(['none', 'prorated', 'full_within']),
  days: z.int().min(1).max(365).default(14).openapi({ description: '`full_within`: so many days after it was paid.' }),
  fee_minor: z
    .int()
    .min(0)
    .max(100_000_000)
    .default(0)
    .openapi({ description: 'Kept from what goes back, in minor units.' }),
})

const shape = {
  upgrade: z
    .enum(['keep', 'restart'])
    .openapi({ description: 'An upgrade keeps the end of paid time, or begins a period of its own.' }),
  proration: z.enum(['second', 'day']),
  pauses_per_year: z.int().min(0).max(12),
  pause_days_per_year: z.int().min(1).max(365),
  households: z.enum(['customers', 'staff']).default('customers').openapi({
    description: 'Who may have subscriptions of one customer renewed together: he himself as well, or staff alone.',
  }),
  invoices: z.enum(['per_subscription', 'per_day']).default('per_subscription').openapi({
    description:
      '`per_day`: renewals of a customer that are invoiced on the same day, for periods that begin on the same day, go on one invoice.',
  }),
  balance: z.enum(['by_itself', 'when_asked']).default('by_itself').openapi({
    description: 'A customer’s balance pays an invoice that it covers whole, or waits until somebody says so.',
  }),
  late_fees: z
    .strictObject({
      fee: z.enum(['off', 'percent', 'amount']),
      after_days: z
        .int()
        .min(1)
        .max(90)
        .default(7)
        .openapi({ description: 'Days after the due day from which on a fee is asked.' }),
      percent: z
        .string()
        .regex(/^\d{1,2}(\.\d{1,2})?$/)
        .default('5')
        .openapi({ description: '`percent`: of what the late invoice asked for, as a decimal.' }),
      amount_minor: z
        .int()
        .min(0)
        .max(100_000_000)
        .default(0)
        .openapi({ description: '`amount`: in minor units of the currency of the business.' }),
      every_days: z
        .int()
        .min(0)
        .max(90)
        .default(0)
        .openapi({ description: '0: one fee for an invoice. Else one more for each further so many days.' }),
      most_percent: z
        .int()
        .min(1)
        .max(100)
        .default(25)
        .openapi({ description: 'All fees of one invoice are never more than so many percent of it.' }),
    })
    .optional()
    .openapi({
      description:
        'A row on the next renewal invoice of who paid a renewal late. Left out: no fees. Only for what is due after they were switched on.',
    }),
  refund,
  refund_by_plan: z
    .record(z.string().max(60), refund)
    .openapi({ description: 'Plans with a policy of their own, by id.' }),
}
const SettingsOut = resource('SubscriptionSettings', shape)

const read = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => {
    const { late_fees, ...settings } = await readSetting<LifeSettings>(tx, call.shop, lifeSetting)
    const { since: _, ...fees } = late_fees
    return { ...settings, late_fees: fees, livemode: call.shop.livemode }
  })

export const subscriptionSettings = [
  route({
    method: 'get',
    path: '/settings/subscriptions',
    scope: 'settings:read',
    summary: 'Reads how changes of plan are counted, how long a line may rest, and what is given back.',
    answer: SettingsOut,
    handle: read,
  }),
  route({
    method: 'put',
    path: '/settings/subscriptions',
    scope: 'settings:write',
    summary: 'Sets how changes of plan are counted, how long a line may rest, and what is given back.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-life-settings', (tx) => saveLifeSettings(tx, call.shop, call.body))
      return read(call)
    },
  }),
]
