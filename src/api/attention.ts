/** What a person must look at. */
import type { Shop } from '#app.ts'
import { type Attention, closeAttention, listAttention } from '#modules/people/attention.ts'
import { Refusal } from '#platform/errors.ts'
import { route } from './route.ts'
import { at, byId, list, resource, time, z } from './schemas.ts'

const AttentionOut = resource('Attention', {
  id: z.string(),
  kind: z.string(),
  subject_type: z.string(),
  subject_id: z.string(),
  title: z.string(),
  detail: z.string(),
  severity: z.enum(['bad', 'warn', 'info']),
  opened_at: time,
})

const attentionOf = (shop: Shop, item: Attention): z.input<typeof AttentionOut> => ({
  id: item.id,
  kind: item.kind,
  subject_type: item.subjectType,
  subject_id: item.subjectId,
  title: item.title,
  detail: item.detail,
  severity: item.severity,
  opened_at: at(item.openedAt),
  livemode: shop.livemode,
})

/** More open items than this are one problem, and the console says which. */
const most = 200

export const attention = [
  route({
    method: 'get',
    path: '/attention',
    scope: 'attention:read',
    summary: 'Lists what waits for a person: the worst first, two hundred at most.',
    answer: list(AttentionOut),
    handle: async (call) => {
      const found = await call.read((tx) => listAttention(tx, most + 1))
      const data = found.slice(0, most).map((each) => attentionOf(call.shop, each))
      return { data, next_cursor: null, has_more: found.length > most, livemode: call.shop.livemode }
    },
  }),
  route({
    method: 'post',
    path: '/attention/{id}/close',
    scope: 'attention:write',
    summary: 'Says that it was looked at. Where something waits for that, it goes on.',
    params: byId('att'),
    answer: z.strictObject({ closed: z.boolean(), livemode: z.boolean() }),
    handle: async (call) => {
      const closed = await call.write('close-attention', (tx) =>
        closeAttention(tx, call.params.id, call.shop.actor, call.now),
      )
      if (closed === 0) throw new Refusal('not_found', 'There is no such open item.')
      return { closed: true, livemode: call.shop.livemode }
    },
    retell: async (call) => ({ closed: true, livemode: call.shop.livemode }),
  }),
]
