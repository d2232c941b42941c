/** What a twin has of its live business, table by table, parents before what hangs on them. Nothing of customers, of money or of secrets is in it. */

export type Carried = {
  table: string
  /** Beside the business. */
  key: readonly string[]
  /**
   * What becomes of a row in the twin that the live business has no longer: it stays, since there no such row ever goes and so it was made
   * here; it is taken away, is no longer the current version, or has ended.
   */
  gone: 'stays' | 'removed' | 'not_current' | 'ended'
  /** Only where the live business has all of these, by a column here and there, it decides on the row: what was made in the twin is the twin's. */
  decides?: readonly { table: string; by: Readonly<Record<string, string>> }[]
  /** Columns that the twin counts for itself, with what they begin with. */
  own?: Readonly<Record<string, unknown>>
}

const plan = { table: 'plans', by: { plan_id: 'id' } }
const addOn = { table: 'add_ons', by: { add_on_id: 'id' } }
const coupon = { table: 'coupons', by: { coupon_id: 'id' } }

export const carried: readonly Carried[] = [
  // What a supplier shares is shared in test mode, too, before this is written: whose it is, is said there.
  { table: 'products', key: ['id'], gone: 'stays', own: { from_parent: false } },
  { table: 'plans', key: ['id'], gone: 'stays', own: { from_parent: false } },
  { table: 'plan_prices', key: ['plan_id', 'currency'], gone: 'removed', decides: [plan] },
  { table: 'add_ons', key: ['id'], gone: 'stays' },
  { table: 'add_on_plans', key: ['add_on_id', 'plan_id'], gone: 'removed', decides: [addOn, plan] },
  { table: 'add_on_prices', key: ['add_on_id', 'plan_id', 'currency'], gone: 'removed', decides: [addOn, plan] },
  // In test mode a coupon is never sold out.
  { table: 'coupons', key: ['id'], gone: 'stays', own: { taken: 0, stock: null } },
  { table: 'coupon_plans', key: ['coupon_id', 'plan_id'], gone: 'removed', decides: [coupon, plan] },
  { table: 'coupon_sums', key: ['coupon_id', 'currency'], gone: 'removed', decides: [coupon] },
  {
    table: 'policies',
    key: ['id', 'version'],
    gone: 'not_current',
    decides: [{ table: 'policies', by: { id: 'id' } }],
  },
  { table: 'policy_choices', key: ['id'], gone: 'ended' },
  {
    table: 'templates',
    key: ['key', 'language', 'version'],
    gone: 'not_current',
    decides: [{ table: 'templates', by: { key: 'key', language: 'language' } }],
  },
  // Rates go there without a trace, and half of two tables would be no tax at all: the live table holds whole.
  { table: 'tax_rates', key: ['country', 'region', 'valid_from'], gone: 'removed' },
  { table: 'exchange_rates', key: ['source', 'base', 'currency', 'day'], gone: 'stays' },
  { table: 'settings', key: ['key'], gone: 'removed' },
]
