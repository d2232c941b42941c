/** The tax of what one customer buys on one day. */
import type { Shop } from '#app.ts'
import { asked, type Batch, sql, type Tx } from '#platform/db.ts'
import { dateOf, laterOf } from '#platform/time.ts'
import { type Customer, readCustomer } from '../../people/customers.ts'
import { type Buyer, decideTax, type Evidence, type TaxDecision, type TaxRules, type VatStatus } from '../rules/tax.ts'
import { parseVatId } from '../rules/vat-id.ts'
import { taxRules } from './settings.ts'

/** What a buyer says with his order: it counts for this one, whatever is known of him. */
export type Told = {
  country?: string | undefined
  region?: string | undefined
  vatId?: string | undefined
  /** Of his connection, as a proxy in front of us tells it. */
  network?: string | undefined
}

/** Null: the business takes no tax, and says nothing of it. */
export async function taxOf(
  tx: Tx,
  shop: Shop,
  customerId: string,
  point: Temporal.Instant,
  told: Told = {},
): Promise<TaxDecision | null> {
  const rules = await taxRules(tx, shop)
  if (rules.registrations.length === 0 && rules.note === null) return null
  const customer = await readCustomer(tx, customerId)
  const { address, country, vatId, taxExempt } = customer
  const buyer =
    told.country === undefined
      ? customer
      : {
          country,
          vatId: told.vatId ?? vatId,
          taxExempt,
          address: { country: told.country, region: told.region ?? '' },
        }
  const decision = await taxFor(tx, shop, rules, buyer, point)
  const where = told.country ?? address.country ?? country
  const evidence: Evidence[] = [
    ...(where === null ? [] : [{ kind: 'billing' as const, country: where }]),
    ...(told.network === undefined ? [] : [{ kind: 'network' as const, country: told.network }]),
  ]
  return decision && { ...decision, evidence }
}

/** For a buyer who may not be a customer yet. */
export const taxFor = async (
  tx: Tx,
  shop: Shop,
  rules: TaxRules,
  buyer: Pick<Customer, 'country' | 'address' | 'vatId' | 'taxExempt'>,
  point: Temporal.Instant,
): Promise<TaxDecision | null> => decideTax(rules, await buyerOf(tx, buyer), dateOf(point, shop.zone))

async function buyerOf(
  tx: Tx,
  { country, address, vatId, taxExempt }: Pick<Customer, 'country' | 'address' | 'vatId' | 'taxExempt'>,
): Promise<Buyer> {
  const id = vatId === null ? null : parseVatId(vatId)
  const status: VatStatus = id === null ? 'invalid' : await vatStatus(tx, id.full)
  return {
    country: address.country ?? country,
    region: address.region ?? '',
    vatId: id === null ? null : { full: id.full, country: id.country, status },
    exempt: taxExempt,
  }
}

const statuses: Batch<string, { vatId: string; status: VatStatus }> = {
  many: (ids) =>
    sql`select vat_id as "vatId", status from vat_checks where business_id = current_business() and vat_id = any(${ids}::text[])`,
  keyOf: (id) => id,
  keyOfRow: ({ vatId }) => vatId,
}

/** What is known of a number, whoever gave it. */
export const vatStatus = async (tx: Tx, vatId: string): Promise<VatStatus> =>
  (await asked(tx, statuses, vatId))[0]?.status ?? 'unchecked'

/**
 * The day whose rate counts: the invoice's own, or the beginning of the period that is asked for ahead of time. A renewal that is invoiced
 * before a rate changes, for a month after it, takes the new one.
 */
export const taxPoint = (
  items: readonly { periodStart?: Temporal.Instant | undefined }[],
  now: Temporal.Instant,
): Temporal.Instant =>
  items.reduce((point, { periodStart }) => (periodStart === undefined ? point : laterOf(point, periodStart)), now)
