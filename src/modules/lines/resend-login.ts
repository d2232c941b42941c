/** A customer asks for his TV login by mail once more. It goes to his own address only, as it stands on the panel at sending. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { findLine } from './queries.ts'

export async function resendLogin(tx: Tx, shop: Shop, lineId: string, now: Temporal.Instant): Promise<void> {
  const line = await findLine(tx, lineId)
  if (line === null) throw new Refusal('not_found', 'There is no such line.')
  if (line.activatedAt === null || line.wanted !== 'active')
    throw new Refusal('conflict', 'This TV login cannot be used at the moment.')
  await queueMessage(
    tx,
    shop,
    {
      template: 'credentials',
      claim: `credentials/${line.id}/${newId('msg', shop.app.clock)}`,
      customerId: line.customerId,
      about: { line_id: line.id },
      repeatable: true,
    },
    now,
  )
  await record(tx, shop, now, {
    type: 'line.login_resent',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
  })
}
