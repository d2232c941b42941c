/** What gateways told us, and what became of it. */
import type { Shop } from '#app.ts'
import { type ListedNotice, listNotices, noticeStates, readNotice, readNoticeAgain } from '#modules/billing/notices.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, list, listQuery, resource, time, z } from './schemas.ts'

const NoticeOut = resource('Notice', {
  id: z.string(),
  gateway_id: z.string(),
  event_type: z.string().openapi({ description: 'As the gateway calls it.', example: 'checkout.session.completed' }),
  status: z.enum(noticeStates).openapi({
    description:
      '`received`: waits to be read, or to be read again. `applied`: its payment, refund or dispute was asked about, and is as the gateway says.',
  }),
  reason: z.string().openapi({ description: 'Why it had no effect, or none yet; else empty.' }),
  tries: z.int(),
  next_try_at: time.nullable(),
  payment_id: z.string().nullable().openapi({ description: 'What it is about, where we know it.' }),
  received_at: time,
  done_at: time.nullable(),
})

const noticeOf = (shop: Shop, notice: ListedNotice): z.input<typeof NoticeOut> => ({
  id: notice.id,
  gateway_id: notice.gatewayAccountId,
  event_type: notice.eventType,
  status: notice.status,
  reason: notice.reason,
  tries: notice.tries,
  next_try_at: atOr(notice.nextTryAt),
  payment_id: notice.paymentId,
  received_at: at(notice.at),
  done_at: atOr(notice.doneAt),
  livemode: shop.livemode,
})

const read = async (call: Call, noticeId: string): Promise<z.input<typeof NoticeOut>> =>
  noticeOf(call.shop, await call.read((tx) => readNotice(tx, noticeId)))

export const notices = [
  route({
    method: 'get',
    path: '/notices',
    scope: 'payments:read',
    summary: 'Lists what gateways told, newest first, and what became of it.',
    query: listQuery({ status: z.enum(noticeStates).optional(), gateway_id: id('gwa').optional() }),
    answer: list(NoticeOut),
    handle: async (call) => {
      const { status, gateway_id: gatewayAccountId } = call.query
      const found = await call.read((tx) => listNotices(tx, { status, gatewayAccountId }, call.page))
      return call.list(
        found,
        (each) => noticeOf(call.shop, each),
        (each) => each.at,
      )
    },
  }),
  route({
    method: 'get',
    path: '/notices/{id}',
    scope: 'payments:read',
    summary: 'Reads a notice.',
    params: byId('ntc'),
    answer: NoticeOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/notices/{id}/read_again',
    scope: 'payments:write',
    summary: 'Reads one that was ignored or failed as if it had just come; any other stays as it is.',
    params: byId('ntc'),
    answer: NoticeOut,
    again: true,
    handle: async (call) => {
      await readNoticeAgain(call.shop, call.params.id)
      return read(call, call.params.id)
    },
  }),
]
