import { expect, test } from 'vitest'
import { money } from '#platform/money.ts'
import { readCamt } from './camt.ts'
import { readAmount, readCsv } from './csv.ts'
import { camtText } from './statements.test-support.ts'

const eur = (minor: number) => money(minor, 'EUR')
const anna = {
  amount: '12.99',
  ref: 'RF18539007547034',
  text: 'TV & more',
  name: 'Anna <A>',
  iban: 'DE02120300000000202051',
}

test.each(['02', '08'] as const)('a statement of version %s is read: parties, references, balances', (version) => {
  const text = camtText({
    version,
    sequence: 7,
    opening: '100.00',
    closing: '107.99',
    entries: [
      { acctRef: 'A1', parts: [{ ...anna, endToEnd: 'E-1' }] },
      { kind: 'DBIT', parts: [{ amount: '5.00', name: 'The bank', text: 'fee' }] },
      { status: 'PDNG', parts: [{ amount: '99.00' }] },
    ],
  })
  expect(readCamt(text)).toEqual({
    format: 'camt.053',
    statements: [
      {
        id: 'STMT-1',
        sequence: 7,
        iban: 'DE89370400440532013000',
        balance: { opening: eur(10_000), closing: eur(10_799) },
        pending: 1,
        entries: [
          {
            direction: 'credit',
            reversal: false,
            amount: eur(1299),
            bookedOn: '2026-02-02',
            valueOn: '2026-02-02',
            name: 'Anna <A>',
            iban: 'DE02120300000000202051',
            reference: 'RF18539007547034',
            text: 'TV & more',
            endToEndId: 'E-1',
            bankRef: 'A1',
          },
          expect.objectContaining({ direction: 'debit', amount: eur(500), name: 'The bank', endToEndId: null }),
        ],
      },
    ],
  })
})

test('a notice is read like a statement; a batch is its parts, and what came back says so', () => {
  const { format, statements } = readCamt(
    camtText({
      notice: true,
      entries: [
        { amount: '20.00', acctRef: 'B', parts: [{ amount: '12.99', acctRef: 'B1' }, { amount: '7.01' }] },
        { reversal: true, parts: [{ amount: '1.00' }] },
      ],
    }),
  )
  expect(format).toBe('camt.054')
  expect(statements[0]?.entries.map(({ amount, bankRef, reversal }) => [amount.minor, bankRef, reversal])).toEqual([
    [1299n, 'B1', false],
    [701n, null, false],
    [100n, null, true],
  ])
})

test.each([
  [
    'a batch that is not its parts',
    { entries: [{ amount: '20.00', parts: [{ amount: '12.99' }, { amount: '7.00' }] }] },
    'wrong_sum',
  ],
  [
    'balances that the entries do not lead to',
    { opening: '0.00', closing: '12.98', entries: [{ parts: [anna] }] },
    'wrong_sum',
  ],
  [
    'an overdrawn balance with the wrong sign',
    { opening: '-20.00', closing: '7.01', entries: [{ parts: [anna] }] },
    'wrong_sum',
  ],
  ['an amount that is none', { entries: [{ parts: [{ amount: '12.999' }] }] }, 'unreadable'],
])('%s stops the file', (_name, statement, reason) => {
  expect(() => readCamt(camtText(statement))).toThrow(expect.objectContaining({ reason }))
})

test('an overdrawn account, and zeros behind an amount, are read', () => {
  const { statements } = readCamt(
    camtText({ opening: '-20.00', closing: '-7.01', entries: [{ parts: [{ amount: '12.99000' }] }] }),
  )
  expect(statements[0]?.balance).toEqual({ opening: eur(-2000), closing: eur(-701) })
})

test('what could read outside of the file, or is cut off, is refused', () => {
  const text = camtText({ entries: [{ parts: [anna] }] })
  const evil = text.replace('?>', '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace('TV', '&x;')
  for (const bad of [evil, text.slice(0, -40), '<html></html>', '<Document></Document>', text.replace('CRDT', 'XXXX')])
    expect(() => readCamt(bad), bad.slice(0, 80)).toThrow(expect.objectContaining({ name: 'StatementError' }))
  // Entities that no document type explains stay as they are written.
  expect(readCamt(text.replace('TV', '&x;')).statements[0]?.entries[0]?.text).toBe('&x; & more')
})

const rows = (text: string, map?: object) => readCsv(text, { currency: 'EUR', map }).statements[0]?.entries ?? []

test('a German export is read: semicolons, decimal commas, days first, lines before and after', () => {
  const text = `\uFEFFUmsatzanzeige;Datei erstellt am 03.02.2026
IBAN;DE89 3704 0044 0532 0130 00

Buchungstag;Wertstellung;Auftraggeber/Empfänger;Kontonummer/IBAN;Verwendungszweck;Betrag (EUR)
02.02.2026;01.02.26;Anna Alt;DE02 1203 0000 0000 2020 51;"RF18 5390; 0754 7034";1.212,99
31.01.2026;;Die Bank;;Gebühr;-5,00
Endsaldo;;;;;1.207,99`
  expect(rows(text)).toEqual([
    expect.objectContaining({
      direction: 'credit',
      amount: eur(121_299),
      bookedOn: '2026-02-02',
      valueOn: '2026-02-01',
      name: 'Anna Alt',
      iban: 'DE02120300000000202051',
      text: 'RF18 5390; 0754 7034',
    }),
    expect.objectContaining({
      direction: 'debit',
      amount: eur(500),
      bookedOn: '2026-01-31',
      valueOn: null,
      name: 'Die Bank',
    }),
  ])
})

test('English exports are read: paid in and paid out, either order of a date, other currencies', () => {
  expect(rows('Date,Description,Paid in,Paid out\n01/13/2026,Anna,12.99,\n01/02/2026,Bank,,5.00')).toMatchObject([
    { direction: 'credit', amount: eur(1299), bookedOn: '2026-01-13' },
    { direction: 'debit', amount: eur(500), bookedOn: '2026-01-02' },
  ])
  expect(rows('Completed Date\tAmount\tCurrency\tTransaction ID\n2026-01-13\t1,212.99\tUSD\tT1')).toMatchObject([
    { amount: money(121_299, 'USD'), bankRef: 'T1' },
  ])
})

test('columns that nobody knows are named by hand; until then the file says what there is', () => {
  const text = 'Tag;Summe;Wer;Wozu\n01.03.2026;12,99;Eva;thanks'
  expect(() => rows(text)).toThrow(
    expect.objectContaining({ reason: 'columns', columns: ['Tag', 'Summe', 'Wer', 'Wozu'] }),
  )
  expect(rows(text, { date: 'Tag', amount: 'Summe', name: 'Wer', text: 'Wozu' })).toMatchObject([
    { amount: eur(1299), name: 'Eva', text: 'thanks' },
  ])
})

test.each(['Date,Amount,Name,Text\n2026-02-30,12.99,Anna,x', 'Date,Amount,Name,Text\n2026-02-03,much,Anna,x'])(
  'a row that cannot be read stops the file: %s',
  (text) => {
    expect(() => rows(text)).toThrow(expect.objectContaining({ reason: 'unreadable' }))
  },
)

test.each([
  ['1.234,56', 123_456],
  ['1,234.56', 123_456],
  ['1.234', 123_400],
  ['-12,5', -1250],
  ['12.00-', -1200],
  ['(12.00)', -1200],
  ['+12 EUR', 1200],
  ['1 234,50 €', 123_450],
  ['much', null],
])('%s is read as an amount', (text, minor) => {
  expect(readAmount(text, 'EUR')?.minor ?? null).toBe(minor === null ? null : BigInt(minor))
})
