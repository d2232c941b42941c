/** A customer's statement of account as a page and as a file: the same for him and for staff. */
import type { Shop } from '#app.ts'
import { renderStatementPdf, statementPaper } from '#modules/billing/statement/render-statement.ts'
import { currenciesOf, periodAsked } from '#modules/billing/statement/statement.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

type Read = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

const askedIn = (url: string) => {
  const query = new URL(url).searchParams
  const [from = '', to = '', currency = ''] = ['from', 'to', 'currency'].map((name) => query.get(name)?.trim() ?? '')
  return { from, to, currency }
}

/** Days that are none leave the form as it was typed, with the reason and no statement. */
export async function statementPage(read: Read, shop: Shop, customerId: string, url: string) {
  const typed = askedIn(url)
  const currencies = await read((tx) => currenciesOf(tx, customerId))
  // Who pays in one other currency is not shown an empty sheet first.
  const only = currencies.length > 0 && !currencies.includes(shop.currency) ? (currencies[0] ?? '') : ''
  const asked = { ...typed, currency: typed.currency || only }
  try {
    const { from, to, currency } = periodAsked(asked, shop)
    const view = await read((tx) => statementPaper(tx, shop, customerId, asked))
    const days = { from: from.toString(), to: to.toString(), currency }
    return { view, currencies, error: null, ...days, query: new URLSearchParams(days).toString() }
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_input') throw error
    return { view: null, currencies, error: error.fields[0]?.detail ?? error.message, ...asked, query: '' }
  }
}

/** Throws `invalid_input` of days that are none. */
export async function statementPdf(read: Read, shop: Shop, customerId: string, url: string): Promise<Response> {
  const asked = askedIn(url)
  const { from, to } = periodAsked(asked, shop)
  const pdf = await renderStatementPdf(await read((tx) => statementPaper(tx, shop, customerId, asked)))
  return new Response(pdf as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="statement-${from}-${to}.pdf"`,
      'cache-control': 'private, no-store',
    },
  })
}
