/** What a twin has of its live business, table by table, parents before what hangs on them. Nothing of customers, of money or of secrets is in it. */

export type Carried = {
  table: string
  /** Beside the business. */
  key: readonly string[]
  /**
   * What becomes of a row in the twin that the live business has no longer: it is taken away, stops being sold, is no longer the
   * current version, or has ended.
   */
  gone: 'removed' | 'inactive' | 'not_current' | 'ended'
  /** Columns that the twin counts for itself, with what they begin with. */
  own?: Readonly<Record<string, unknown>>
}

export const carried: readonly Carried[] = [
  { table: 'products', key: ['id'], gone: 'inactive' },
  { table: 'plans', key: ['id'], gone: 'inactive' },
  { table: 'plan_prices', key: ['plan_id', 'currency'], gone: 'removed' },
  { table: 'add_ons', key: ['id'], gone: 'inactive' },
  { table: 'add_on_plans', key: ['add_on_id', 'plan_id'], gone: 'removed' },
  { table: 'add_on_prices', key: ['add_on_id', 'plan_id', 'currency'], gone: 'removed' },
  // In test mode a coupon is never sold out.
  { table: 'coupons', key: ['id'], gone: 'inactive', own: { taken: 0, stock: null } },
  { table: 'coupon_plans', key: ['coupon_id', 'plan_id'], gone: 'removed' },
  { table: 'coupon_sums', key: ['coupon_id', 'currency'], gone: 'removed' },
  { table: 'policies', key: ['id', 'version'], gone: 'not_current' },
  { table: 'policy_choices', key: ['id'], gone: 'ended' },
  { table: 'templates', key: ['key', 'language', 'version'], gone: 'not_current' },
  { table: 'tax_rates', key: ['country', 'region', 'valid_from'], gone: 'removed' },
  { table: 'settings', key: ['key'], gone: 'removed' },
]
