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
  balance: z.enum(['by_itself', 'when_asked']).default('by_itself').openapi({
    description: 'A customer’s balance pays an invoice that it covers whole, or waits until somebody says so.',
  }),
  refund,
  refund_by_plan: z
    .record(z.string().max(60), refund)
    .openapi({ description: 'Plans with a policy of their own, by id.' }),
}
const SettingsOut = resource('SubscriptionSettings', shape)

const read = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => ({
    ...(await readSetting<LifeSettings>(tx, call.shop, lifeSetting)),
    livemode: call.shop.livemode,
  }))

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
