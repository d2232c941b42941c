/** What `linekeeper import` says: the counts, and what becomes of each line. */
import { type Shop, transaction } from '#app.ts'
import { type Adoption, type AdoptionCounts, type AdoptionLine, listAdoptionLines } from '#modules/adoption/queries.ts'
import type { Reason } from '#modules/adoption/rules.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { dateOf } from '#platform/time.ts'
import { consoleAdoption } from '#web/i18n/en/console-adoption.ts'
import { table } from './command.ts'

export type Told = { adoption: Adoption; counts: AdoptionCounts; dryRun: boolean; url: string }
export type Rows = { lines: readonly AdoptionLine[]; plans: ReadonlyMap<string, string> }

const pageSize = 500

/** Those that wait for a person first; `most` null: all. */
export async function readRows(shop: Shop, id: string, most: number | null): Promise<Rows> {
  const lines: AdoptionLine[] = []
  for (const state of ['waits', 'unread', 'fits', 'adopted', 'undone'])
    for await (const line of rowsOf(shop, id, state)) {
      if (lines.length === most) break
      lines.push(line)
    }
  const plans = await transaction(shop, 'read-plans', (tx) => listPlans(tx))
  return { lines, plans: new Map(plans.map((each) => [each.id, each.name])) }
}

async function* rowsOf(shop: Shop, id: string, state: string): AsyncGenerator<AdoptionLine> {
  let before: { at: Temporal.Instant; id: string } | undefined
  for (;;) {
    const page = await transaction(shop, 'read-adoption-lines', (tx) =>
      listAdoptionLines(tx, id, { state }, { limit: pageSize, before }),
    )
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    before = { at: last.createdAt, id: last.id }
  }
}

export const importJson = ({ adoption, counts, dryRun, url }: Told, { lines }: Rows) => {
  const { plans, reasons, ...rest } = counts
  return {
    adoption: adoption.id,
    panel: { id: adoption.panelId, name: adoption.panelName },
    source: adoption.source,
    state: adoption.state,
    dry_run: dryRun,
    lines: rest,
    waits_because: reasons,
    plans,
    rows: lines.map((each) => ({
      username: each.username,
      mac: each.mac,
      state: each.state,
      because: each.because,
      plan_id: each.planId,
      email: each.email,
      expires_at: each.expiresAt?.toString() ?? null,
      customer_id: each.customerId,
      subscription_id: each.subscriptionId,
    })),
    url,
  }
}

const why = (because: Reason): string => consoleAdoption[`console.adoption.because.${because}`]

export function importText(shop: Shop, { adoption, counts, dryRun, url }: Told, { lines, plans }: Rows): string {
  const { adopted, fits, unread, undone, waits } = counts
  const all = adopted + fits + unread + undone + waits
  const nameOf = (id: string | null) => (id === null ? '-' : (plans.get(id) ?? id))
  const parts = [
    `${adoption.panelName}, ${adoption.source === 'file' ? 'the lines of a file' : 'what it lists and nobody here knows'}. ${
      dryRun
        ? 'Nothing was made: this is what would be.'
        : 'Nobody is billed, written to or cut off until they are woken.'
    }`,
    table([
      ...(adopted > 0 ? [['  taken over', String(adopted)]] : []),
      ...(fits > 0 || dryRun ? [['  can be taken over', String(fits)]] : []),
      ...Object.entries(counts.plans).map(([plan, count]) => [`    ${nameOf(plan)}`, String(count)]),
      ['  customers already', String(counts.matched)],
      ['  wait for a person', String(waits)],
      ...Object.entries(counts.reasons).map(([because, count]) => [`    ${why(because as Reason)}`, String(count)]),
    ]),
  ]
  if (lines.length > 0)
    parts.push(
      table([
        ['line', 'until', 'plan', 'customer', 'what'],
        ...lines.map((each) => [
          each.mac ?? each.username,
          each.expiresAt === null ? '-' : dateOf(each.expiresAt, shop.zone),
          nameOf(each.planId),
          each.email ?? each.customerId ?? '-',
          each.because === null ? whatOf(each) : `waits: ${why(each.because)}`,
        ]),
      ]),
    )
  if (lines.length < all) parts.push(`... and ${all - lines.length} more: --rows prints them all.`)
  if (dryRun && fits > 0) parts.push('Once more with --yes, and they are taken over.')
  if (waits > 0 || adopted > 0)
    parts.push(`${waits > 0 ? 'Decide about those that wait' : 'Wake them'} in the console: ${url}`)
  return parts.join('\n')
}

const whatOf = ({ state, customerId, madeCustomer }: AdoptionLine): string =>
  state === 'adopted'
    ? `taken over${madeCustomer ? ', new customer' : ''}`
    : state === 'fits'
      ? customerId === null
        ? 'new customer'
        : 'a customer already'
      : state === 'undone'
        ? 'given back'
        : 'not read yet'
