/** What buyers may choose of their login, for programs. */
import { loginSetting, macRules, saveLoginSettings, takenRules } from '#modules/lines/login-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, route } from './route.ts'
import { resource, z } from './schemas.ts'

const shape = {
  when_taken: z.enum(takenRules).openapi({
    description:
      'Of a user name that is taken when it is ordered. `next`: the next free one; `ask`: the order is refused and names the next free one; `refuse`: the order is refused.',
  }),
  asks_panel: z.boolean().openapi({
    description: 'Whether the panel itself is asked before an order. What it does not say soon does not count.',
  }),
  renames_a_month: z
    .int()
    .min(0)
    .max(30)
    .openapi({ description: 'How often a customer may rename a line within 30 days; 0: only staff rename.' }),
  unusual_mac: z.enum(macRules).openapi({
    description:
      'Of a MAG box whose address does not begin with 00:1A:79 or 10:27:BE. `warn`: refused unless `accept_unusual_mac` is told.',
  }),
}

const SettingsOut = resource('LoginSettings', shape)

const read = async (call: Call): Promise<z.input<typeof SettingsOut>> => ({
  ...(await call.read((tx) => readSetting(tx, call.shop, loginSetting))),
  livemode: call.shop.livemode,
})

export const loginSettings = [
  route({
    method: 'get',
    path: '/settings/logins',
    scope: 'settings:read',
    summary: 'Reads what is done about user names that are taken, renames and unusual boxes.',
    answer: SettingsOut,
    handle: read,
  }),
  route({
    method: 'put',
    path: '/settings/logins',
    scope: 'settings:write',
    summary: 'Sets what is done about user names that are taken, renames and unusual boxes.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-login-settings', (tx) => saveLoginSettings(tx, call.shop, call.body))
      return read(call)
    },
  }),
]
