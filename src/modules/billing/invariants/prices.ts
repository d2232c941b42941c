/** New prices: nobody pays one before he was told long enough before, and agreed where that is asked. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'
import { toldAt } from '../../subscriptions/price-changes.ts'

export const priceInvariants = invariantsOf('billing', [
  {
    id: 'M9-price-notice',
    text: 'No renewal is asked for at a new price unless its period begins after the notice has passed and the price takes effect',
    query: () => sql`select i.business_id, i.id, i.period_start, p.id as price_change from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status <> 'void'
      join price_changes p on p.business_id = i.business_id and p.id = i.price_change_id
      join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id
      -- Said apart: the greatest of an instant and of nothing is the instant.
      where i.period_start is not null and not coalesce(i.period_start >= c.effective_at
        and i.period_start >= ${toldAt} + make_interval(hours => 24 * c.notice_days), false)`,
  },
  {
    id: 'M9-price-agreed',
    text: 'Where agreement is asked for, only who agreed is asked for the new price, or who comes back after the end',
    query: () => sql`select i.business_id, i.id, p.id as price_change, p.status from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status <> 'void'
      join price_changes p on p.business_id = i.business_id and p.id = i.price_change_id
      join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id and c.consent = 'ask'
      where p.answered_at is null and not exists (select from events e where e.business_id = i.business_id and e.subject_id = i.subscription_id
        and e.type = 'subscription.terminated' and e.at <= v.created_at)`,
  },
  {
    id: 'M9-price-asked',
    text: 'An item for a whole period that names a new price asks for exactly that price, in its currency',
    query:
      () => sql`select i.business_id, i.id, i.net_minor::text, i.total_minor::text, p.new_minor::text from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id join price_changes p on p.business_id = i.business_id and p.id = i.price_change_id
      -- With the tax in it or without, as the price was meant; a part of a period asks for its part.
      where i.covers_until is null and case when v.tax->>'prices' = 'inclusive' then i.total_minor else i.net_minor end <> p.new_minor * i.quantity or v.currency <> p.currency or i.subscription_id is distinct from p.subscription_id`,
  },
  {
    id: 'M9-price-applied',
    text: 'A new price counts as agreed once a renewal was paid at it, and not before',
    query: () => sql`select p.business_id, p.id, p.status from price_changes p
      where p.status = 'applied' and not exists (select from invoice_items i
        where i.business_id = p.business_id and i.price_change_id = p.id and i.fulfilled_at is not null)`,
  },
  {
    id: 'M9-price-sold',
    text: 'What was asked for before a new price was announced stays at the old one',
    query: () => sql`select i.business_id, i.id, v.created_at, p.created_at as announced from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      join price_changes p on p.business_id = i.business_id and p.id = i.price_change_id
      where v.created_at < p.created_at`,
  },
  {
    id: 'M9-price-exception',
    text: 'Who was promised his price has no other one to come',
    query: () => sql`select e.business_id, e.id, p.id as price_change from price_exceptions e
      join price_changes p on p.business_id = e.business_id and p.subscription_id = e.subscription_id and p.ended_at is null
      join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id and c.status = 'running'
      where e.ended_at is null`,
  },
  {
    id: 'M9-price-promise',
    text: 'The act by which staff promised a price stands only as long as the promise does',
    query: () => sql`select o.business_id, o.id, o.subscription_id from overrides o
      where o.kind = 'price_exception' and o.undone_at is null and not exists (select from price_exceptions e
        where e.business_id = o.business_id and e.subscription_id = o.subscription_id and e.ended_at is null)`,
  },
  {
    id: 'J3-campaign-stuck',
    text: 'Everybody whom a campaign reaches is found within the hour',
    query: (
      now,
    ) => sql`select c.business_id, c.id, c.started_at from price_campaigns c join businesses b on b.id = c.business_id
      where c.status = 'running' and c.announced_at is null and c.started_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
