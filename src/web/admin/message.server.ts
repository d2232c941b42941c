/** A message with what its page tells. */
import { type Shop, transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { findCaughtMail } from '#modules/messages/catch-mail.ts'
import { findMessage } from '#modules/messages/queries.ts'
import { isTemplateKey } from '#modules/messages/render/default-templates.ts'
import { definitions } from '#modules/messages/render/definitions.ts'
import { Refusal } from '#platform/errors.ts'
import { readHistory } from './history.server.ts'

/** A text of an earlier version of the program keeps its key for a name. */
export const titleOfTemplate = (key: string): string =>
  isTemplateKey(key) ? definitions[key].title : key.replaceAll('_', ' ')

export const readMessageRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-message', async (tx) => {
    const found = await findMessage(tx, id)
    if (found === null) throw new Refusal('not_found', 'There is no such message.')
    const { about, customerId, createdAt, acceptedAt, nextTryAt, ...message } = found
    return {
      message: {
        ...message,
        title: titleOfTemplate(found.template),
        known: isTemplateKey(found.template),
        createdAt: createdAt.toString(),
        acceptedAt: acceptedAt?.toString() ?? null,
        nextTryAt: nextTryAt?.toString() ?? null,
      },
      // What it is about, by id: sealed facts and links are nobody's business here.
      about: ['order', 'subscription', 'invoice', 'payment', 'line'].flatMap((kind) => {
        const subject = about[`${kind}_id`]
        return subject ? [{ kind, id: subject }] : []
      }),
      customer: customerId === null ? null : ((await customersById(tx, [customerId])).get(customerId) ?? null),
      inTwin: shop.twinOf !== null,
      caught: shop.twinOf === null ? null : await findCaughtMail(tx, id),
      ...(await readHistory(tx, { subjectId: id })),
    }
  })
