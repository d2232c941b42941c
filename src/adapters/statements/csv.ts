/**
 * What banks offer as CSV: no two alike. Columns are known by their usual English and German names, or named by hand; the separator,
 * the decimal sign and the order of a date are read off the file.
 */
import { parse } from 'csv-parse/sync'
import { fromDecimal, isCurrency, type Money, money } from '#platform/money.ts'
import { type StatementEntry, StatementError, type StatementFile } from './statement.ts'

export const csvColumns = [
  'date',
  'amount',
  'credit',
  'debit',
  'currency',
  'name',
  'iban',
  'text',
  'bank_ref',
  'value_date',
] as const
export type CsvColumn = (typeof csvColumns)[number]
/** Which of the file's columns holds what, by its heading. */
export type CsvMap = Partial<Record<CsvColumn, string>>

/** Headings in lower case without signs and spaces. The first that fits wins. */
const usual: Record<CsvColumn, readonly string[]> = {
  date: [
    'bookingdate',
    'buchungstag',
    'buchungsdatum',
    'datum',
    'date',
    'posteddate',
    'transactiondate',
    'completeddate',
    'buchung',
  ],
  value_date: ['valuedate', 'valuta', 'valutadatum', 'wertstellung', 'wertstellungsdatum'],
  amount: ['amount', 'betrag', 'betrageur', 'umsatz', 'umsatzeur', 'betragineur', 'amounteur', 'transactionamount'],
  credit: ['credit', 'paidin', 'moneyin', 'haben', 'gutschrift', 'creditamount'],
  debit: ['debit', 'paidout', 'moneyout', 'soll', 'lastschrift', 'debitamount'],
  currency: ['currency', 'waehrung', 'währung', 'paymentcurrency'],
  name: [
    'name',
    'payer',
    'payername',
    'counterparty',
    'partnername',
    'beguenstigterzahlungspflichtiger',
    'begünstigterzahlungspflichtiger',
    'auftraggeberempfaenger',
    'auftraggeberempfänger',
    'zahlungspflichtiger',
    'zahlungspflichtige',
    'namezahlungsbeteiligter',
    'auftraggeber',
    'debtorname',
  ],
  iban: [
    'iban',
    'payeriban',
    'counterpartyiban',
    'partneriban',
    'kontonummeriban',
    'ibanzahlungsbeteiligter',
    'debtoriban',
    'accountnumber',
    'kontonummer',
  ],
  text: [
    'reference',
    'paymentreference',
    'verwendungszweck',
    'description',
    'remittanceinformation',
    'details',
    'memo',
    'purpose',
    'narrative',
    'buchungstext',
  ],
  bank_ref: ['transactionid', 'bankreference', 'acctsvcrref', 'umsatzid', 'transaktionsid', 'bankreferenz'],
}

const mostRows = 100_000
const mostColumns = 60

/**
 * Throws `StatementError`: `columns` names the headings that there are, so that a person says which is which. `currency` is that of the
 * account, for files that do not say.
 */
export function readCsv(text: string, options: { map?: CsvMap | undefined; currency: string }): StatementFile {
  const rows = rowsOf(text)
  const start = rows.findIndex((row) => headingOf(row, options.map) !== null)
  const columns = start < 0 ? null : headingOf(rows[start] ?? [], options.map)
  if (columns === null) {
    const widest = rows.slice(0, 30).reduce<string[]>((best, row) => (filled(row) > filled(best) ? row : best), [])
    throw new StatementError(
      'columns',
      'Please say which column holds the date and which the amount.',
      widest.filter(Boolean),
    )
  }
  const body = rows.slice(start + 1).filter((row) => filled(row) > 1)
  const order = dayOrderOf(body.map((row) => row[columns.date ?? -1] ?? ''))
  const entries = body.flatMap((row, index) => {
    const entry = entryOf(row, columns, order, options.currency, start + index + 2)
    return entry === null ? [] : [entry]
  })
  return { format: 'csv', statements: [{ id: null, sequence: null, iban: null, balance: null, entries, pending: 0 }] }
}

const filled = (row: readonly string[]): number => row.filter(Boolean).length

function rowsOf(text: string): string[][] {
  const head = text.slice(0, 20_000)
  const [delimiter = ','] = [';', '\t', ',']
    .map((sign) => ({ sign, count: head.split(sign).length }))
    .sort((a, b) => b.count - a.count)
    .map(({ sign }) => sign)
  try {
    const rows = parse(text, {
      delimiter,
      bom: true,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: mostRows + 1,
    }) as string[][]
    if (rows.length > mostRows) throw new StatementError('unreadable', `At most ${mostRows} rows are taken at once.`)
    if (rows.some((row) => row.length > mostColumns)) throw new Error('too many columns')
    return rows
  } catch (error) {
    if (error instanceof StatementError) throw error
    throw new StatementError(
      'unreadable',
      'This is no CSV file that can be read: please export it from the bank again.',
    )
  }
}

type Places = Partial<Record<CsvColumn, number>>

const bare = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** Where each column is, when this row is the heading: it must tell a date and an amount. */
function headingOf(row: readonly string[], map: CsvMap | undefined): Places | null {
  const headings = row.map(bare)
  const places: Places = {}
  for (const column of csvColumns) {
    const wanted = map?.[column] ? [bare(map[column])] : usual[column]
    const found = wanted.map((name) => headings.indexOf(name)).find((place) => place >= 0)
    if (found !== undefined) places[column] = found
  }
  const money = places.amount !== undefined || places.credit !== undefined
  return places.date !== undefined && money ? places : null
}

type DayOrder = 'ymd' | 'dmy' | 'mdy'

/** `03/04/2026` is April or March: decided by a day beyond 12 somewhere, else as most of the world writes it. */
function dayOrderOf(texts: readonly string[]): DayOrder {
  const parts = texts.map((text) => text.split(/\D/).filter(Boolean))
  if (parts.some(([first]) => first?.length === 4)) return 'ymd'
  return parts.some(([, second]) => Number(second) > 12) ? 'mdy' : 'dmy'
}

function dayOf(text: string, order: DayOrder): string | null {
  const [a = '', b = '', c = ''] = text.split(/\D/).filter(Boolean)
  const [year, month, day] = order === 'ymd' ? [a, b, c] : order === 'dmy' ? [c, b, a] : [c, a, b]
  const full = year.length === 2 ? `20${year}` : year
  try {
    return Temporal.PlainDate.from(
      { year: Number(full), month: Number(month), day: Number(day) },
      { overflow: 'reject' },
    ).toString()
  } catch {
    return null
  }
}

/** `1.234,56`, `1,234.56`, `-12,5`, `12.00-`, `(12.00)`, `+12 EUR`. */
export function readAmount(text: string, currency: string): Money | null {
  const negative = /^\(.*\)$|-/.test(text.trim())
  const digits = text.replace(/[^\d.,]/g, '')
  const decimal = /[.,](\d{1,2}|\d{3}(?=$))$/.exec(digits)
  const last = digits.lastIndexOf(decimal?.[0][0] ?? 'x')
  // Three digits behind the only sign are thousands: nobody writes a tenth of a cent on a statement.
  const isThousands = decimal !== null && decimal[1]?.length === 3 && fromDecimal('0.001', currency) === null
  const [whole, fraction] = last < 0 || isThousands ? [digits, ''] : [digits.slice(0, last), digits.slice(last + 1)]
  const plainWhole = whole.replace(/[.,]/g, '')
  if (plainWhole === '') return null
  const amount = fromDecimal(fraction === '' ? plainWhole : `${plainWhole}.${fraction}`, currency)
  if (amount === null) return null
  return negative ? money(-amount.minor, currency) : amount
}

function entryOf(
  row: readonly string[],
  columns: Places,
  order: DayOrder,
  own: string,
  line: number,
): StatementEntry | null {
  const cell = (column: CsvColumn): string => {
    const place = columns[column]
    return place === undefined ? '' : plain(row[place] ?? '')
  }
  const currency = cell('currency').toUpperCase() || own
  const bookedOn = dayOf(cell('date'), order)
  const amount = isCurrency(currency) ? amountOf(cell, currency) : null
  // A closing line with a balance has no date; a row that has one must be whole.
  if (bookedOn === null && filled(row) < 4) return null
  if (bookedOn === null || amount === null)
    throw new StatementError(
      'unreadable',
      `Row ${line} has no date or no amount that can be read: nothing was imported.`,
    )
  if (amount.minor === 0n) return null
  return {
    direction: amount.minor > 0n ? 'credit' : 'debit',
    reversal: false,
    amount: money(amount.minor < 0n ? -amount.minor : amount.minor, currency),
    bookedOn,
    valueOn: cell('value_date') === '' ? null : dayOf(cell('value_date'), order),
    name: cell('name').slice(0, 140) || null,
    iban: cell('iban').replace(/\s/g, '').toUpperCase().slice(0, 34) || null,
    reference: null,
    text: cell('text').slice(0, 1_000),
    endToEndId: null,
    bankRef: cell('bank_ref').slice(0, 140) || null,
  }
}

function amountOf(cell: (column: CsvColumn) => string, currency: string): Money | null {
  if (cell('amount') !== '') return readAmount(cell('amount'), currency)
  if (cell('credit') !== '') return readAmount(cell('credit'), currency)
  const out = cell('debit') === '' ? null : readAmount(cell('debit'), currency)
  return out === null ? null : money(out.minor > 0n ? -out.minor : out.minor, currency)
}

const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
