/** One box that finds a record by what a person has at hand: a mail address, a name, a line's user name or MAC, a number, an id. */
import { rows, sql, type Tx } from '#platform/db.ts'

export type Hit = { kind: 'customer' | 'line' | 'order' | 'invoice'; id: string; title: string; detail: string }

/** At most ten of each kind, the newest first. Fewer than two characters find nothing. */
export async function search(tx: Tx, text: string): Promise<Hit[]> {
  const asked = text.trim()
  if (asked.length < 2) return []
  const pattern = `%${asked.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const mac = asked.toUpperCase()
  return rows(
    tx,
    sql<Hit>`(select 'customer' as kind, id, coalesce(nullif(name, ''), email) as title, email as detail from customers
        where business_id = current_business() and (lower(email) like ${pattern} or lower(name) like ${pattern} or id = ${asked})
        order by created_at desc limit 10)
      union all
      (select 'line', l.id, l.username, coalesce(nullif(c.name, ''), c.email) from lines l
        join customers c on c.business_id = l.business_id and c.id = l.customer_id
        where l.business_id = current_business() and l.wanted <> 'none' and (lower(l.username) like ${pattern} or l.mac = ${mac} or l.id = ${asked})
        order by l.created_at desc limit 10)
      union all
      (select 'order', o.id, o.number, c.email from orders o
        join customers c on c.business_id = o.business_id and c.id = o.customer_id
        where o.business_id = current_business() and (lower(o.number) like ${pattern} or o.id = ${asked})
        order by o.created_at desc limit 10)
      union all
      (select 'invoice', i.id, i.series || '-' || lpad(i.number::text, 5, '0'), c.email from invoices i
        join customers c on c.business_id = i.business_id and c.id = i.customer_id
        where i.business_id = current_business() and i.number is not null
          and (lower(i.series || '-' || lpad(i.number::text, 5, '0')) like ${pattern} or i.id = ${asked})
        order by i.created_at desc limit 10)`,
  )
}
