/** Changes how a shop presents itself and in what it counts. */
import type { Shop } from '#app.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isPrefix, mostPrefix, type Paper, type Prefixes, prefixesOf, prefixOf } from '../billing/rules/series.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { type Business, type BusinessChange, changeBusiness, readBusiness } from '../people/business.ts'

/** The currency only while nothing was asked for in the old one: books and prices would not follow. */
export async function changeShop(tx: Tx, shop: Shop, change: BusinessChange): Promise<void> {
  const before = await readBusiness(tx)
  if (change.currency !== undefined && change.currency !== before.currency && (await hasInvoices(tx)))
    throw new Refusal('invalid_input', 'The currency cannot be changed any more.', [
      {
        pointer: '/currency',
        code: 'in_use',
        detail: `There are invoices in ${before.currency} already. Add prices in ${change.currency} to your plans instead.`,
      },
    ])
  if (change.legal !== undefined) await checkPrefixes(tx, prefixesOf(before.legal), prefixesOf(change.legal))
  await changeBusiness(tx, shop, change)
  await record(tx, shop, shop.now(), {
    type: 'business.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { fields: Object.keys(change), ...changesOf(told(before), told({ ...before, ...change }), ofPersons) },
  })
}

/** An address of a business is often that of a person; a picture is no text. */
const ofPersons = { personal: ['supportEmail', 'abuseEmail', 'legalName', 'legalAddress', 'logo'] }

/** What can be changed of it, each by itself. */
function told({
  brand,
  legal,
  name,
  slug,
  zone,
  currency,
  language,
  followsVisitors,
  country,
  supportEmail,
  abuseEmail,
}: Business) {
  const { name: legalName, address: legalAddress, ...papers } = legal
  return {
    ...{ name, slug, zone, currency, language, followsVisitors, country, supportEmail, abuseEmail },
    ...{ ...brand, logo: brand.logo, legalName, legalAddress, ...papers },
  }
}

const fields = { invoice: '/legal/invoice_prefix', creditNote: '/legal/credit_note_prefix' } as const

/** A prefix is legal, and was never one of the other kind of paper: nobody could tell its numbers apart. Its own series goes on where it was. */
async function checkPrefixes(tx: Tx, before: Prefixes, wanted: Prefixes): Promise<void> {
  const changed = papers.filter((paper) => wanted[paper] !== before[paper])
  if (changed.length === 0) return
  const detail = `Capital letters and digits, with dashes between them: at most ${mostPrefix} characters, like INV or TV-A.`
  const wrong = changed.filter((paper) => !isPrefix(wanted[paper]))
  if (wrong.length > 0)
    throw new Refusal(
      'invalid_input',
      'Please check what the numbers begin with.',
      wrong.map((paper) => ({ pointer: fields[paper], code: 'invalid', detail })),
    )
  const used = await usedPrefixes(tx)
  const taken = changed.find((paper) => {
    const other = paper === 'invoice' ? 'creditNote' : 'invoice'
    return wanted[paper] === wanted[other] || used[other].includes(wanted[paper])
  })
  if (taken === undefined) return
  throw new Refusal('invalid_input', 'Invoices and credit notes need numbers of their own.', [
    { pointer: fields[taken], code: 'in_use', detail: `Numbers of the other kind begin with ${wanted[taken]}.` },
  ])
}

const papers = ['invoice', 'creditNote'] as const

/** A moment's look into the index of each: a few series there are in a year. */
async function usedPrefixes(tx: Tx): Promise<Record<Paper, string[]>> {
  const found = await rows(
    tx,
    sql<{ series: string; invoices: boolean; notes: boolean }>`select series,
        exists (select from invoices v where v.business_id = current_business() and v.series = s.series) as invoices,
        exists (select from credit_notes n where n.business_id = current_business() and n.series = s.series) as notes
      from invoice_series s where business_id = current_business()`,
  )
  const of = (which: (each: (typeof found)[number]) => boolean) =>
    found.filter(which).map(({ series }) => prefixOf(series))
  return { invoice: of(({ invoices }) => invoices), creditNote: of(({ notes }) => notes) }
}

const hasInvoices = async (tx: Tx): Promise<boolean> =>
  (
    await one(
      tx,
      sql<{ found: boolean }>`select exists (select from invoices where business_id = current_business()) as found`,
    )
  ).found
