/** The statement as a PDF, typeset from `statement.typ` with the fonts of invoices. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { readBusiness } from '../../people/business.ts'
import { findCustomer } from '../../people/customers.ts'
import { typeset } from '../document/render-invoice.ts'
import { snapshotOf } from '../invoices.ts'
import { periodAsked, type StatementAsked, statementOf } from './statement.ts'
import { type StatementView, viewOfStatement } from './view.ts'

const source = readFileSync(fileURLToPath(new URL('statement.typ', import.meta.url)), 'utf8')

/** A4. */
export const renderStatementPdf = async (view: StatementView): Promise<Uint8Array> =>
  typeset(source, view, 'the statement')

/** The parties are those of today. Throws `not_found`, and `invalid_input` of days that are none. */
export async function statementPaper(
  tx: Tx,
  shop: Shop,
  customerId: string,
  asked: StatementAsked,
): Promise<StatementView> {
  const period = periodAsked(asked, shop)
  const customer = await findCustomer(tx, customerId)
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  const parties = await snapshotOf(tx, shop, customerId, customer)
  const { brand } = await readBusiness(tx)
  const statement = await statementOf(tx, shop.zone, customerId, period)
  return viewOfStatement(statement, parties, { zone: shop.zone, brandColor: brand.color ?? '#0d6a75' })
}
