/** Staff looked a VAT number up in the register, and say what it answered. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../../events/record.ts'
import { findCustomer } from '../../people/customers.ts'
import type { VatStatus } from '../rules/tax.ts'
import { parseVatId } from '../rules/vat-id.ts'

export type VatCheck = {
  vatId: string
  status: VatStatus
  reference: string | null
  checkedAt: Temporal.Instant | null
}

/** Null: the customer has no number that could be one. Throws `not_found`. */
export async function vatCheckOf(tx: Tx, customerId: string): Promise<VatCheck | null> {
  const customer = await findCustomer(tx, customerId)
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  const id = customer.vatId === null ? null : parseVatId(customer.vatId)
  if (id === null) return null
  const known = await maybe(
    tx,
    sql<Omit<VatCheck, 'vatId'>>`select status, reference, checked_at as "checkedAt" from vat_checks
      where business_id = current_business() and vat_id = ${id.full}`,
  )
  return { vatId: id.full, ...(known ?? { status: 'unchecked', reference: null, checkedAt: null }) }
}

/** @param reference the number of the consultation: the proof for the tax office. Invoices from now on go by it; the same again changes nothing. */
export async function confirmVatId(
  tx: Tx,
  shop: Shop,
  customerId: string,
  { valid, reference }: { valid: boolean; reference: string },
  now: Temporal.Instant,
): Promise<VatCheck> {
  const known = await vatCheckOf(tx, customerId)
  if (known === null)
    throw new Refusal('conflict', 'This customer has no VAT number by its form: nothing can be confirmed.')
  const status = valid ? 'valid' : 'invalid'
  await run(
    tx,
    sql`insert into vat_checks (business_id, vat_id, status, source, reference, asked_at, checked_at)
      values (${shop.businessId}, ${known.vatId}, ${status}, 'staff', ${reference || null}, ${now}, ${now})
      on conflict (business_id, vat_id) do update set status = excluded.status, source = excluded.source, reference = excluded.reference, checked_at = excluded.checked_at`,
  )
  await record(tx, shop, now, {
    type: 'customer.vat_checked',
    subjectType: 'customer',
    subjectId: customerId,
    customerId,
    data: { status, reference },
  })
  return { ...known, status, reference: reference || null, checkedAt: now }
}
