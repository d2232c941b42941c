/** Trials: what became of them, what limits them, and one more that staff allow. */
import { conversionPercent, trialReport } from '#modules/analytics/trials.ts'
import { saveTrialSettings, type TrialSettings, trialSetting } from '#modules/checkout/trial-settings.ts'
import { type Allowance, allowTrial, listAllowances, readAllowance, trialRefusals } from '#modules/checkout/trials.ts'
import { readSetting } from '#modules/people/settings.ts'
import { plusHours } from '#platform/time.ts'
import { type Call, route } from './route.ts'
import { at, atOr, email, list, listQuery, resource, time, words, z } from './schemas.ts'

const shape = {
  once_per_customer: z
    .boolean()
    .openapi({ description: 'One for each customer and e-mail address, however it is spelled.' }),
  once_per_device: z.boolean().openapi({ description: 'One for each address of a box.' }),
  once_per_payment_method: z
    .boolean()
    .openapi({ description: 'None for a saved payment method that has paid another customer’s trial.' }),
  per_network: z
    .int()
    .min(0)
    .max(1_000)
    .openapi({ description: 'From one network within `network_days`; 0: any number.' }),
  network_days: z.int().min(1).max(365),
  per_day: z
    .int()
    .min(0)
    .max(100_000)
    .openapi({ description: 'On a day of the business’s own calendar; 0: any number.' }),
}
const SettingsOut = resource('TrialSettings', shape)

const settings = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => ({
    ...(await readSetting<TrialSettings>(tx, call.shop, trialSetting)),
    livemode: call.shop.livemode,
  }))

const figures = {
  began: z.int(),
  running: z.int(),
  converted: z.int().openapi({ description: 'Their customers have paid for a period since.' }),
  lapsed: z.int(),
}

const ReportOut = resource('TrialReport', {
  days: z.int(),
  conversion_percent: z.number().nullable().openapi({ description: 'Of those that are over; null: none is.' }),
  plans: z.array(z.strictObject({ plan_id: z.string(), ...figures })),
  refused: z.array(z.strictObject({ limit: z.enum(trialRefusals), count: z.int() })),
})

const AllowanceOut = resource('TrialAllowance', {
  id: z.string(),
  customer_id: z.string().nullable(),
  reason: z.string(),
  by: z.string(),
  created_at: time,
  used_at: time.nullable(),
  order_id: z.string().nullable(),
})

const allowanceOf = (allowance: Allowance, livemode: boolean): z.input<typeof AllowanceOut> => ({
  id: allowance.id,
  customer_id: allowance.customerId,
  reason: allowance.reason,
  by: allowance.by,
  created_at: at(allowance.createdAt),
  used_at: atOr(allowance.usedAt),
  order_id: allowance.orderId,
  livemode,
})

export const trials = [
  route({
    method: 'get',
    path: '/trials/report',
    scope: 'orders:read',
    summary:
      'Counts the trials that began within so many days: running, led to a paid plan, lapsed; and those refused, by limit.',
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(90) }),
    answer: ReportOut,
    handle: async (call) => {
      const { days } = call.query
      const { plans, refused } = await call.read((tx) => trialReport(tx, plusHours(call.now, -24 * days)))
      return {
        days,
        conversion_percent: conversionPercent(plans),
        plans: plans.map(({ planId, began, running, converted, lapsed }) => ({
          plan_id: planId,
          began,
          running,
          converted,
          lapsed,
        })),
        refused,
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'get',
    path: '/settings/trials',
    scope: 'settings:read',
    summary: 'Reads what is allowed of trials.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/trials',
    scope: 'settings:write',
    summary: 'Sets what is allowed of trials. What began before stays.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-trial-settings', (tx) => saveTrialSettings(tx, call.shop, call.body))
      return settings(call)
    },
  }),
  route({
    method: 'get',
    path: '/trial_allowances',
    scope: 'orders:read',
    summary: 'Lists what staff and programs allowed beyond the limits, newest first.',
    query: listQuery({}),
    answer: list(AllowanceOut),
    handle: async (call) => {
      const found = await call.read((tx) => listAllowances(tx, call.page))
      return call.list(
        found,
        (each) => allowanceOf(each, call.shop.livemode),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/trial_allowances',
    scope: 'orders:write',
    summary:
      'Allows one more trial for an e-mail address, whatever limit stands against it. It waits until it is used.',
    status: 201,
    needsKey: true,
    body: z.strictObject({ email, reason: words(200) }),
    answer: AllowanceOut,
    refuses: ['conflict'],
    handle: async (call) =>
      allowanceOf(await allowTrial(call.shop, call.body.email, call.body.reason), call.shop.livemode),
    retell: async (call, subjectId) =>
      allowanceOf(await call.read((tx) => readAllowance(tx, subjectId ?? '')), call.shop.livemode),
  }),
]
