/** Messages that left, or did not. Their text is not stored: it is made from the facts when it is sent. */
import type { Shop } from '#app.ts'
import { findMessage, listMessages, type MessageRow } from '#modules/messages/queries.ts'
import { resend } from '#modules/messages/queue-message.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, list, listQuery, resource, time, words, z } from './schemas.ts'

const status = z.enum(['queued', 'sending', 'sent', 'failed', 'not_delivered', 'expired'])

const MessageOut = resource('Message', {
  id: z.string(),
  template: z.string(),
  kind: z.string(),
  customer_id: z.string().nullable(),
  to: z.string(),
  subject: z.string().nullable(),
  status: status.openapi({ description: '`sent` is: a transport accepted it.' }),
  answer: z.string().nullable(),
  tries: z.int(),
  next_try_at: time.nullable(),
  created_at: time,
  accepted_at: time.nullable(),
})

const messageOf = (shop: Shop, message: MessageRow): z.input<typeof MessageOut> => ({
  id: message.id,
  template: message.template,
  kind: message.kind,
  customer_id: message.customerId,
  to: message.to,
  subject: message.subject,
  status: message.status,
  answer: message.answer,
  tries: message.tries,
  next_try_at: atOr(message.nextTryAt),
  created_at: at(message.createdAt),
  accepted_at: atOr(message.acceptedAt),
  livemode: shop.livemode,
})

const read = async (call: Call, messageId: string): Promise<z.input<typeof MessageOut>> => {
  const found = await call.read((tx) => findMessage(tx, messageId))
  if (found === null) throw new Refusal('not_found', 'There is no such message.')
  return messageOf(call.shop, found)
}

export const messages = [
  route({
    method: 'get',
    path: '/messages',
    scope: 'messages:read',
    summary: 'Lists messages, newest first.',
    query: listQuery({
      status: status.optional(),
      customer_id: id('cus').optional(),
      template: z
        .string()
        .regex(/^[a-z_]{1,40}$/)
        .optional(),
      search: words(100).optional(),
    }),
    answer: list(MessageOut),
    handle: async (call) => {
      const { status: state, customer_id, template, search } = call.query
      const found = await call.read((tx) =>
        listMessages(tx, { status: state, customerId: customer_id, template, search }, call.page),
      )
      return call.list(
        found,
        (each) => messageOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/messages/{id}',
    scope: 'messages:read',
    summary: 'Reads a message.',
    params: byId('msg'),
    answer: MessageOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/messages/{id}/resend',
    scope: 'messages:write',
    summary: 'Sends a message again, with the facts as they are now: a new message, so the log shows both.',
    params: byId('msg'),
    answer: resource('Resent', {
      queued: z.boolean().openapi({ description: 'False: there is nobody to write to any more.' }),
    }),
    handle: async (call) => {
      await read(call, call.params.id)
      const queued = await call.write('resend-message', (tx) => resend(tx, call.shop, call.params.id, call.now))
      return { queued, livemode: call.shop.livemode }
    },
    retell: async (call) => ({ queued: true, livemode: call.shop.livemode }),
  }),
]
