/**
 * What is over in test mode does not stay for ever: caught mails, payments and pages of the sandbox, and lines of the panel that nobody has any
 * more end when they have been untouched for as many days of the twin's own clock as the live business says. What still lives there stays
 * whatever its age: lines that are wanted, payments that are awaited, kept methods. The twin's own books are books and stay, too.
 */
import { z } from 'zod'
import { type App, type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { allShops, openShop } from '../people/business.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'

const TestModeSettings = z.object({
  /** Comparisons and refunds ask machines for what is some weeks old. */
  keep_days: z.int().min(30).max(3_650).default(90),
})
export type TestModeSettings = z.infer<typeof TestModeSettings>

export const testModeSetting = defineSetting('test_mode', TestModeSettings as z.ZodType<TestModeSettings>)

export const testModeOf = (shop: Shop): Promise<TestModeSettings> =>
  transaction(shop, 'read-test-mode', (tx) => readSetting(tx, shop, testModeSetting))

export async function saveTestMode(tx: Tx, shop: Shop, settings: TestModeSettings): Promise<void> {
  await saveSetting(tx, shop, testModeSetting, testModeSetting.schema.parse(settings))
  await record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: testModeSetting.key },
  })
}

/** Of all twins, daily. */
export async function cleanTwins(app: App): Promise<void> {
  for await (const shop of allShops(app)) if (shop.twinOf !== null) await cleanTwin(shop)
}

/** How many rows ended. A second call ends none. */
export async function cleanTwin(twin: Shop): Promise<number> {
  if (twin.twinOf === null) return 0
  const { keep_days: days } = await testModeOf(await openShop(twin.app, twin.twinOf, 'system'))
  const before = twin.now().subtract({ hours: 24 * days })
  return transaction(twin, 'clean-twin', async (tx) => {
    const mails = await run(
      tx,
      sql`delete from caught_mails where business_id = current_business() and caught_at < ${before}`,
    )
    return mails + (await cleanMachines(tx, before))
  })
}

/** Under the locks of the machines; a new version tells the processes that remember them. */
async function cleanMachines(tx: Tx, before: Temporal.Instant): Promise<number> {
  await run(tx, sql`select from imitations where business_id = current_business() order by machine for update`)
  const gone = await run(
    tx,
    sql`delete from imitation_rows r where r.business_id = current_business() and r.put_at < ${before} and case r.machine || '/' || r.shelf
      when 'panel/lines' then coalesce(r.value->>'is_mag', '0') <> '1' and coalesce(r.value->>'is_e2', '0') <> '1'
        and not exists (select from lines l where l.business_id = current_business() and l.wanted in ('active', 'suspended')
          and (l.remote_id = r.key or l.username = r.value->>'username'))
      when 'panel/connections' then true
      when 'panel/portal-tokens' then true
      when 'sandbox/payments' then r.value->>'status' <> 'pending' and not exists (select from payments p
        where p.business_id = current_business() and p.remote_ref = r.key and p.next_check_at is not null)
      when 'sandbox/setups' then true
      when 'sandbox/disputes' then r.value->>'status' <> 'asked'
      when 'sandbox/notices' then true
      when 'sandbox/idempotency' then true
      else false end`,
  )
  if (gone > 0) await run(tx, sql`update imitations set version = version + 1 where business_id = current_business()`)
  return gone
}
