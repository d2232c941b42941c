/** Somebody becomes an affiliate, by himself or by staff; and what is changed about one later. */
import type { Shop } from '#app.ts'
import { isDuplicate, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId, randomCharacters } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { findCustomer } from '../people/customers.ts'
import { readSetting } from '../people/settings.ts'
import { programmeSetting } from './programme.ts'
import {
  type Affiliate,
  affiliateOfCustomer,
  childBusinesses,
  findAffiliate,
  lockAffiliate,
  type Way,
} from './queries.ts'
import { readCode } from './rules.ts'

/** Who is one already stays as he is. `himself`: only where the programme is open to everybody. */
export async function joinProgramme(
  tx: Tx,
  shop: Shop,
  customerId: string,
  { himself }: { himself: boolean },
  now: Temporal.Instant,
): Promise<string> {
  const known = await affiliateOfCustomer(tx, customerId)
  if (known !== null) return known.id
  const programme = await readSetting(tx, shop, programmeSetting)
  if (!programme.on || (himself && !programme.open))
    throw new Refusal('conflict', 'There is no programme to join at the moment.')
  if ((await findCustomer(tx, customerId)) === null)
    throw new Refusal('invalid_input', 'Please choose a customer.', [
      { pointer: '/customer_id', code: 'unknown', detail: 'There is no such customer.' },
    ])
  const id = newId('aff', shop.app.clock)
  await run(
    tx,
    sql`insert into affiliates (business_id, id, customer_id, code, way, created_at, created_by)
      values (${shop.businessId}, ${id}, ${customerId}, ${randomCharacters(8).toUpperCase()}, 'balance', ${now}, ${shop.actor})
      on conflict (business_id, customer_id) do nothing`,
  )
  const made = await findAffiliate(tx, id)
  // Two clicks at once: the other one made it.
  if (made === null) return joinProgramme(tx, shop, customerId, { himself }, now)
  await record(tx, shop, now, { type: 'affiliate.joined', subjectType: 'affiliate', subjectId: id, customerId })
  return id
}

export type AffiliateChange = Partial<{
  code: string
  active: boolean
  way: Way
  payTo: string
  resellerId: string | null
}>

const wrong = (pointer: string, code: string, detail: string) =>
  new Refusal('invalid_input', 'Please check the affiliate.', [{ pointer, code, detail }])

/** `himself`: the affiliate decides how he is paid, of what the programme offers, and nothing else. */
export async function changeAffiliate(
  tx: Tx,
  shop: Shop,
  id: string,
  change: AffiliateChange,
  { himself }: { himself: boolean },
  now: Temporal.Instant,
): Promise<void> {
  const before = await lockAffiliate(tx, id)
  const code = change.code === undefined ? before.code : readCode(change.code)
  if (code === null) throw wrong('/code', 'invalid', 'A code has 4 to 20 letters and digits.')
  const way = change.way ?? before.way
  const resellerId = way === 'credits' ? (change.resellerId ?? before.resellerId) : null
  if (way !== before.way || resellerId !== before.resellerId) await refuseWay(tx, shop, way, resellerId, himself)
  const after = {
    ...{ code, way, resellerId },
    active: change.active ?? before.active,
    payTo: change.payTo ?? before.payTo,
  }
  const changed = (Object.keys(after) as (keyof typeof after)[]).filter((name) => after[name] !== before[name])
  if (changed.length === 0) return
  await run(
    tx,
    sql`update affiliates set code = ${code}, active = ${after.active}, way = ${way}, pay_to = ${after.payTo}, reseller_id = ${resellerId}, version = version + 1
      where business_id = current_business() and id = ${id}`,
  ).catch((error) => {
    throw isDuplicate(error, 'affiliates_business_id_code_key')
      ? wrong('/code', 'duplicate', 'Another affiliate has this code.')
      : error
  })
  await record(tx, shop, now, {
    type: 'affiliate.changed',
    subjectType: 'affiliate',
    subjectId: id,
    customerId: before.customerId,
    data: { changed, from: shown(before, changed), to: shown(after, changed) },
  })
}

/** Where he wants his money is contact data, which history does not keep. */
const shown = (of: Partial<Affiliate>, names: readonly (keyof Affiliate)[]) =>
  Object.fromEntries(names.filter((name) => name !== 'payTo').map((name) => [name, of[name] ?? null]))

async function refuseWay(tx: Tx, shop: Shop, way: Way, resellerId: string | null, himself: boolean): Promise<void> {
  const programme = await readSetting(tx, shop, programmeSetting)
  if (way === 'by_hand' && himself && !programme.by_hand) throw wrong('/way', 'not_offered', 'This way is not offered.')
  if (way !== 'credits') return
  if (himself) throw wrong('/way', 'not_offered', 'This way is not offered.')
  if (programme.credit_price === null)
    throw wrong('/way', 'no_price', 'Please say in the programme what a credit costs first.')
  if (!(await childBusinesses(tx)).some(({ id }) => id === resellerId))
    throw wrong('/reseller_id', 'unknown', 'There is no such reseller.')
}
