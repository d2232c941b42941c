/** Money that comes short, or too late: what is done about it by itself. */
import { type OddMoneySettings, oddMoneySetting, saveOddMoney } from '#modules/billing/odd-money.ts'
import { lateMoney, tolerancePattern } from '#modules/billing/rules/tolerance.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, route } from './route.ts'
import { currency, resource, z } from './schemas.ts'

const shape = {
  tolerance_percent: z.string().regex(tolerancePattern).openapi({
    description:
      'How much of an invoice may be missing for it to count as paid: a decimal of at most 10. `0`: nothing, it asks for the rest.',
    example: '0.5',
  }),
  tolerance_most: z
    .array(z.strictObject({ currency, amount: z.int().positive() }))
    .max(30)
    .openapi({
      description: 'But never more than so many minor units. A currency that is not named forgives nothing.',
    }),
  late_money: z.enum(lateMoney).openapi({
    description:
      'Money for an invoice that was taken back: kept as the customer’s `balance`; or the order that it was for goes on (`reopen`, if exactly its sum came within 30 days and it can still be given); or it goes back by the gateway (`refund`). Where that cannot be done it is kept, and `/attention` says why.',
  }),
}
const SettingsOut = resource('OddMoneySettings', shape)

const settings = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => ({
    ...(await readSetting<OddMoneySettings>(tx, call.shop, oddMoneySetting)),
    livemode: call.shop.livemode,
  }))

export const oddMoney = [
  route({
    method: 'get',
    path: '/settings/odd_money',
    scope: 'settings:read',
    summary: 'Reads what is done about money that comes short, or too late.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/odd_money',
    scope: 'settings:write',
    summary: 'Sets what is done about money that comes short, or too late, from now on.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-odd-money', (tx) => saveOddMoney(tx, call.shop, call.body))
      return settings(call)
    },
  }),
]
