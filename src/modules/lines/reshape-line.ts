/** A line gets what another product gives: package, connections, outputs. User name, password and panel stay as they are. */
import type { Shop } from '#app.ts'
import { json, maybe, sql, type Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import type { Product } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { lineOfSubscription } from './queries.ts'
import type { Line } from './rules.ts'
import { raiseRevision } from './want-line.ts'

type Package = { packageId?: string; bouquets: number[] }

/** What the product is on the line's own panel. Null: it is not offered there, or it is for another kind of device. */
export async function packageFor(
  tx: Tx,
  line: Pick<Line, 'kind' | 'box' | 'panelBusinessId' | 'panelId'>,
  product: Pick<Product, 'id' | 'lineKind' | 'box'>,
): Promise<Package | null> {
  if (product.lineKind !== line.kind || product.box !== line.box) return null
  const found = await maybe(
    tx,
    sql<{ package: Package }>`select package from product_panels
      where business_id = current_business() and product_id = ${product.id} and panel_business_id = ${line.panelBusinessId} and panel_id = ${line.panelId}`,
  )
  return found?.package ?? null
}

/**
 * Raises the revision once; what is as it should be is left alone. The panel follows by the reconciler. `extra`: connections that its
 * add-ons give beside the product's.
 */
export async function reshapeLine(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  product: Pick<Product, 'id' | 'lineKind' | 'box' | 'connections' | 'outputs'>,
  extra: number,
  now: Temporal.Instant,
): Promise<void> {
  const line = await lineOfSubscription(tx, subscriptionId)
  assert(line !== null, `subscription ${subscriptionId} has a line`)
  const given = await packageFor(tx, line, product)
  // Taken from the panel since it was confirmed: the line keeps its package, and gets the connections that were paid for.
  const wanted = given === null ? line.package : { ...given, outputs: product.outputs }
  const connections = product.connections + extra
  const counts = line.connections === connections && line.extraConnections === extra
  if (counts && JSON.stringify(line.package) === JSON.stringify(wanted)) return
  await raiseRevision(
    tx,
    shop,
    line,
    sql`connections = ${connections}, extra_connections = ${extra}, package = ${json(wanted)}`,
    now,
  )
  await record(tx, shop, now, {
    type: 'line.reshaped',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { product: product.id, connections_before: line.connections, connections },
  })
}

/** Add-ons give so many connections beside the plan's from now on. */
export async function giveConnections(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  extra: number,
  now: Temporal.Instant,
): Promise<void> {
  const line = await lineOfSubscription(tx, subscriptionId)
  assert(line !== null, `subscription ${subscriptionId} has a line`)
  if (line.extraConnections === extra) return
  const connections = line.connections - line.extraConnections + extra
  await raiseRevision(tx, shop, line, sql`connections = ${connections}, extra_connections = ${extra}`, now)
  await record(tx, shop, now, {
    type: 'line.reshaped',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { add_ons: true, connections_before: line.connections, connections },
  })
}
