/** Whom a wallet serves first when credits come again: its holder decides. Whoever is first waits until there is enough for him, and nobody overtakes. */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { openShop } from '../people/business.ts'
import type { ResumeOrder } from './rules.ts'

/** Those that wait already are served by it, too. */
export async function saveResumeOrder(shop: Shop, resumes: ResumeOrder): Promise<void> {
  if (shop.parentId === null) throw new Refusal('conflict', 'Your business has no supplier here.')
  const parent = await openShop(shop.app, shop.parentId, `reseller:${shop.businessId}`)
  await transaction(parent, 'save-resume-order', async (tx) => {
    const changed = await run(
      tx,
      sql`insert into reseller_terms as t (business_id, reseller_id, resumes) values (${parent.businessId}, ${shop.businessId}, ${resumes})
        on conflict (business_id, reseller_id) do update set resumes = excluded.resumes, version = t.version + 1 where t.resumes <> excluded.resumes`,
    )
    if (changed === 0) return
    await record(tx, parent, parent.now(), {
      type: 'reseller.resume_order_changed',
      subjectType: 'reseller',
      subjectId: shop.businessId,
      data: { resumes },
    })
  })
}
