/** Test mode: the twin of a live business, made and brought up to date by request. */
import { findTwin, syncTwin, type Twin } from '#modules/twins/sync-twin.ts'
import { type Call, route } from './route.ts'
import { at, atOr, time, z } from './schemas.ts'

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
]
