/** Test mode: the twin of a live business, made and brought up to date by request. */
import { saveTestMode, testModeOf } from '#modules/twins/clean-twin.ts'
import { findTwin, syncTwin, type Twin } from '#modules/twins/sync-twin.ts'
import { type Call, route } from './route.ts'
import { at, atOr, resource, time, z } from './schemas.ts'

const TwinOut = z
  .strictObject({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    shop_url: z.string(),
    now: time.openapi({ description: 'By its own clock.' }),
    synced_at: time.nullable(),
    last_called_at: time.nullable().openapi({ description: 'When one of its keys last called.' }),
  })
  .openapi('Twin')

const TestMode = z
  .strictObject({
    twin: TwinOut.nullable(),
    livemode: z.boolean(),
  })
  .openapi('TestMode')

const Synced = z
  .strictObject({
    twin: TwinOut,
    changed: z.int().openapi({ description: 'How many rows of the twin were written: 0 when it was up to date.' }),
    livemode: z.boolean(),
  })
  .openapi('SyncedTwin')

const shape = {
  keep_days: z.int().min(30).max(3_650).openapi({
    description:
      'What is over in test mode ends after so many days of its own clock: caught mails, payments at the sandbox, lines of the panel that nobody has any more.',
  }),
}
const SettingsOut = resource('TestModeSettings', shape)

const settings = async ({ shop }: Call): Promise<z.input<typeof SettingsOut>> => ({
  ...(await testModeOf(shop)),
  livemode: shop.livemode,
})

const twinOf = (twin: Twin): z.input<typeof TwinOut> => ({
  id: twin.id,
  slug: twin.slug,
  name: twin.name,
  shop_url: twin.url,
  now: at(twin.now),
  synced_at: atOr(twin.syncedAt),
  last_called_at: atOr(twin.calledAt),
})

const read = async (call: Call) => {
  const twin = await findTwin(call.shop)
  return { twin: twin && twinOf(twin), livemode: call.shop.livemode }
}

export const twin = [
  route({
    method: 'get',
    path: '/twin',
    scope: 'businesses:read',
    summary: 'Reads the test twin of this business; null where there is none.',
    answer: TestMode,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/twin',
    scope: 'businesses:write',
    summary: 'Makes the test twin of a live business, or copies what changed in the catalog since.',
    description:
      'The twin sells the same under the same ids, on an imitated panel and for money that does not exist. Nothing of customers is copied. A second call changes nothing.',
    answer: Synced,
    again: true,
    handle: async (call) => {
      const { changed, ...made } = await syncTwin(call.shop)
      return { twin: twinOf(made), changed, livemode: call.shop.livemode }
    },
  }),
  route({
    method: 'get',
    path: '/settings/test_mode',
    scope: 'settings:read',
    summary: 'Reads how long things are kept in test mode.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/test_mode',
    scope: 'settings:write',
    summary: 'Sets how long things are kept in the test twin of this business.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-test-mode', (tx) => saveTestMode(tx, call.shop, call.body))
      return settings(call)
    },
  }),
]
