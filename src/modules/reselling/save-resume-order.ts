/** Whom a wallet serves first when credits come again: its holder decides. Whoever is first waits until there is enough for him, and nobody overtakes. */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { openShop } from '../people/business.ts'
import { ownTerms } from './queries.ts'
import type { ResumeOrder } from './rules.ts'
import { tellOwnHistory } from './wallet-history.ts'

/** Those that wait already are served by it, too. */
export async function saveResumeOrder(shop: Shop, resumes: ResumeOrder): Promise<void> {
  if (shop.parentId === null) throw new Refusal('conflict', 'Your business has no supplier here.')
  const before = await transaction(shop, 'read-resume-order', ownTerms)
  const changes = changesOf({ resumes: before?.resumes }, { resumes })
  const parent = await openShop(shop.app, shop.parentId, `reseller:${shop.businessId}`)
  const changed = await transaction(parent, 'save-resume-order', async (tx) => {
    const changed = await run(
      tx,
      sql`insert into reseller_terms as t (business_id, reseller_id, resumes) values (${parent.businessId}, ${shop.businessId}, ${resumes})
        on conflict (business_id, reseller_id) do update set resumes = excluded.resumes, version = t.version + 1 where t.resumes <> excluded.resumes`,
    )
    if (changed === 0) return false
    await record(tx, parent, parent.now(), {
      type: 'reseller.resume_order_changed',
      subjectType: 'reseller',
      subjectId: shop.businessId,
      data: changes,
    })
    return true
  })
  if (changed) await tellOwnHistory(shop, 'resume_order_changed', changes)
}
