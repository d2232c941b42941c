/** Prices by exchange rate: each is the one that its own words lead to, so that it can be reckoned again a year later. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { oddExponents } from '#platform/money.ts'

const odd = JSON.stringify(oddExponents())

export const exchangeInvariants = invariantsOf('billing', [
  {
    id: 'M1-converted',
    text: 'A price by exchange rate is the exact sum of what it was made of, rounded once',
    query: () => sql`select c.business_id, c.id, c.minor::text from (
        select i.business_id, i.id, v.currency as invoiced, i.converted->>'toCurrency' as currency, (i.converted->>'toMinor')::numeric as minor,
          (i.converted->>'fromMinor')::numeric * (i.converted->>'rate')::numeric * (100 + (i.converted->>'marginPercent')::numeric)
            * (10::numeric ^ coalesce((${odd}::jsonb->>(i.converted->>'toCurrency'))::int, 2)) as num,
          100 * (10::numeric ^ coalesce((${odd}::jsonb->>(i.converted->>'fromCurrency'))::int, 2)) as den, s.step, s.below
        from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        cross join lateral (select coalesce((${odd}::jsonb->>(i.converted->>'toCurrency'))::int, 2) as digits, i.converted->>'rounding' as rounding) d
        cross join lateral (select case when d.digits = 0 or d.rounding = 'minor' or d.rounding = 'ninety_nine' and d.digits < 2 then 1
            when d.rounding = 'tenth' then 10::numeric ^ (d.digits - 1) when d.rounding = 'half' then 5 * 10::numeric ^ (d.digits - 1) else 10::numeric ^ d.digits end as step,
          case when d.rounding = 'ninety_nine' and d.digits >= 2 then 10::numeric ^ (d.digits - 2) else 0 end as below) s
        where i.converted is not null) c
      -- Multiplied out, so that nothing is rounded here: of the steps it is the nearest, or the first.
      where not coalesce(c.currency = c.invoiced and (c.minor + c.below) % c.step = 0 and c.minor > 0
        and 2 * (c.num + c.below * c.den) < (2 * (c.minor + c.below) + c.step) * c.den
        and (2 * (c.num + c.below * c.den) >= (2 * (c.minor + c.below) - c.step) * c.den or c.minor + c.below = c.step), false)`,
  },
  {
    id: 'M9-converted',
    text: 'An order asks for the price that its rate was locked at',
    query: () => sql`select i.business_id, i.id, i.net_minor::text, i.total_minor::text from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.purpose = 'order'
      where i.converted is not null and (i.converted->>'toMinor')::numeric * i.quantity not in (i.net_minor, i.total_minor)`,
  },
])
