/**
 * Statements of ISO 20022: camt.053 (a day's end) and camt.054 (single notices), versions .001.02 to .001.08. Names sit deeper and codes in
 * an element of their own in newer versions; both are read.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { z } from 'zod'
import { fromDecimal, isCurrency, type Money, minus, money, plus, sum, toDecimal } from '#platform/money.ts'
import { type Statement, type StatementEntry, StatementError, type StatementFile } from './statement.ts'

/** A text, or an object with attributes whose text is `#text`. */
const Text = z.union([z.string(), z.looseObject({ '#text': z.string() }).transform((node) => node['#text'])])
const Code = z.union([Text, z.looseObject({ Cd: Text }).transform(({ Cd }) => Cd)])
const Amount = z.looseObject({ '#text': z.string(), '@Ccy': z.string() })
const Day = z.looseObject({ Dt: Text.optional(), DtTm: Text.optional() })
const Side = z.looseObject({
  Nm: Text.optional(),
  Pty: z.looseObject({ Nm: Text.optional() }).optional(),
})
const Account = z.looseObject({ Id: z.looseObject({ IBAN: Text.optional() }).optional() })
/** An empty element reads as a text: it holds nothing. */
const blank = z.literal('').transform((): Record<string, undefined> => ({}))
const Refs = z.union([
  z.looseObject({
    EndToEndId: Text.optional(),
    TxId: Text.optional(),
    AcctSvcrRef: Text.optional(),
  }),
  blank,
])
const Details = z.looseObject({
  Refs: Refs.optional(),
  Amt: Amount.optional(),
  AmtDtls: z.looseObject({ TxAmt: z.looseObject({ Amt: Amount }).optional() }).optional(),
  CdtDbtInd: Text.optional(),
  RltdPties: z
    .union([
      z.looseObject({
        Dbtr: Side.optional(),
        DbtrAcct: Account.optional(),
        Cdtr: Side.optional(),
        CdtrAcct: Account.optional(),
      }),
      blank,
    ])
    .optional(),
  RmtInf: z
    .union([
      z.looseObject({
        Ustrd: z.array(Text).optional(),
        Strd: z
          .array(z.union([z.looseObject({ CdtrRefInf: z.looseObject({ Ref: Text.optional() }).optional() }), blank]))
          .optional(),
      }),
      blank,
    ])
    .optional(),
  RtrInf: z.unknown().optional(),
})
type Details = z.infer<typeof Details>
const Entry = z.looseObject({
  NtryRef: Text.optional(),
  Amt: Amount,
  CdtDbtInd: z.enum(['CRDT', 'DBIT']),
  RvslInd: Text.optional(),
  Sts: Code,
  BookgDt: Day.optional(),
  ValDt: Day.optional(),
  AcctSvcrRef: Text.optional(),
  AddtlNtryInf: Text.optional(),
  NtryDtls: z
    .array(
      z.union([
        z.looseObject({ TxDtls: z.array(Details).default([]) }),
        z.literal('').transform(() => ({ TxDtls: [] as Details[] })),
      ]),
    )
    .default([]),
})
type Entry = z.infer<typeof Entry>
const Balance = z.looseObject({
  Tp: z.looseObject({ CdOrPrtry: z.looseObject({ Cd: Text.optional() }) }),
  Amt: Amount,
  CdtDbtInd: z.enum(['CRDT', 'DBIT']),
})
const Report = z.looseObject({
  Id: Text,
  ElctrncSeqNb: Text.optional(),
  Acct: Account.optional(),
  Bal: z.array(Balance).default([]),
  Ntry: z.array(Entry).default([]),
})

const lists = new Set(['Stmt', 'Ntfctn', 'Ntry', 'NtryDtls', 'TxDtls', 'Bal', 'Ustrd', 'Strd'])

/** Throws `StatementError`. Entities are not resolved and a document type is refused: nothing outside the file is ever read. */
export function readCamt(text: string): StatementFile {
  if (/<!DOCTYPE/i.test(text)) throw unreadable('It has a document type, which statements have not.')
  if (XMLValidator.validate(text) !== true) throw unreadable('It is cut off or damaged.')
  const parsed = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    removeNSPrefix: true,
    isArray: (name) => lists.has(name),
  }).parse(text) as { Document?: { BkToCstmrStmt?: object; BkToCstmrDbtCdtNtfctn?: object } }
  const { BkToCstmrStmt: day, BkToCstmrDbtCdtNtfctn: notices } = parsed.Document ?? {}
  const format = day === undefined ? 'camt.054' : 'camt.053'
  const reports = z
    .looseObject({ Stmt: z.array(Report).optional(), Ntfctn: z.array(Report).optional() })
    .safeParse(day ?? notices)
  if (!reports.success) throw unreadable(whereOf(reports.error))
  return { format, statements: (reports.data.Stmt ?? reports.data.Ntfctn ?? []).map(statementOf) }
}

const unreadable = (why: string) =>
  new StatementError('unreadable', `This is no camt.053 or camt.054 file that can be read. ${why}`)

function whereOf(error: z.ZodError): string {
  const [issue] = error.issues
  return `Please look at ${issue?.path.join('/') || 'its root'}.`
}

function statementOf(report: z.infer<typeof Report>): Statement {
  const booked = report.Ntry.filter(({ Sts }) => Sts === 'BOOK')
  const entries = booked.flatMap(entriesOf)
  const balance = balanceOf(report)
  if (balance !== null) checkBalance(report.Id, balance, booked)
  return {
    id: plain(report.Id),
    sequence: /^\d{1,9}$/.test(report.ElctrncSeqNb ?? '') ? Number(report.ElctrncSeqNb) : null,
    iban: ibanOf(report.Acct),
    balance,
    entries,
    pending: report.Ntry.length - booked.length,
  }
}

function balanceOf({ Bal }: z.infer<typeof Report>): Statement['balance'] {
  const signed = (codes: readonly string[]): Money | null => {
    const found = Bal.find(({ Tp }) => codes.includes(Tp.CdOrPrtry.Cd ?? ''))
    if (found === undefined) return null
    const amount = amountOf(found.Amt)
    return found.CdtDbtInd === 'CRDT' ? amount : money(-amount.minor, amount.currency)
  }
  // A statement in parts opens with what the part before closed with.
  const opening = signed(['OPBD', 'PRCD'])
  const closing = signed(['CLBD'])
  return opening === null || closing === null ? null : { opening, closing }
}

function checkBalance(id: string, { opening, closing }: NonNullable<Statement['balance']>, booked: readonly Entry[]) {
  const moved = booked.map(({ Amt, CdtDbtInd }) => {
    const amount = amountOf(Amt)
    return CdtDbtInd === 'CRDT' ? amount : money(-amount.minor, amount.currency)
  })
  const foreign = moved.some(({ currency }) => currency !== opening.currency) || closing.currency !== opening.currency
  const ends = foreign ? null : plus(opening, sum(opening.currency, moved))
  if (ends !== null && minus(ends, closing).minor === 0n) return
  throw new StatementError(
    'wrong_sum',
    `The entries of statement ${id} do not lead from its opening to its closing balance. Please fetch the whole file from the bank again.`,
  )
}

function entriesOf(entry: Entry): StatementEntry[] {
  const parts = entry.NtryDtls.flatMap(({ TxDtls }) => TxDtls)
  const whole = amountOf(entry.Amt)
  if (parts.length <= 1) return [entryOf(entry, parts[0], whole, entry.AcctSvcrRef ?? null)]
  const amounts = parts.map((part) => part.Amt ?? part.AmtDtls?.TxAmt?.Amt)
  // Some banks tell a batch's parts without their sums: then it is one entry, for a person.
  if (amounts.some((each) => each === undefined)) return [entryOf(entry, undefined, whole, entry.AcctSvcrRef ?? null)]
  const split = amounts.flatMap((each) => (each === undefined ? [] : [amountOf(each)]))
  const foreign = split.some(({ currency }) => currency !== whole.currency)
  if (foreign || sum(whole.currency, split).minor !== whole.minor)
    throw new StatementError(
      'wrong_sum',
      `A batch of ${toDecimal(whole)} ${whole.currency} is not the sum of its parts. Please fetch the file from the bank again.`,
    )
  return parts.map((part, index) => entryOf(entry, part, split[index] ?? whole, null))
}

function entryOf(entry: Entry, part: Details | undefined, amount: Money, ownRef: string | null): StatementEntry {
  const credit = entry.CdtDbtInd === 'CRDT'
  const parties = part?.RltdPties
  const [side, account] = credit ? [parties?.Dbtr, parties?.DbtrAcct] : [parties?.Cdtr, parties?.CdtrAcct]
  const { EndToEndId, AcctSvcrRef } = part?.Refs ?? {}
  const { Ustrd = [], Strd = [] } = part?.RmtInf ?? {}
  const structured = Strd.flatMap(({ CdtrRefInf }) => (CdtrRefInf?.Ref === undefined ? [] : [plain(CdtrRefInf.Ref)]))
  const written = Ustrd.map(plain).join(' ')
  const endToEnd = plain(EndToEndId ?? '')
  return {
    direction: credit ? 'credit' : 'debit',
    reversal: entry.RvslInd === 'true' || entry.RvslInd === '1' || part?.RtrInf !== undefined,
    amount,
    bookedOn: dayOf(entry.BookgDt) ?? dayOf(entry.ValDt) ?? '',
    valueOn: dayOf(entry.ValDt),
    name: plain(side?.Nm ?? side?.Pty?.Nm ?? '').slice(0, 140) || null,
    iban: ibanOf(account),
    reference: structured.join(' ').slice(0, 140) || null,
    text: (written || plain(entry.AddtlNtryInf ?? '')).slice(0, 1_000),
    endToEndId: endToEnd === '' || endToEnd === 'NOTPROVIDED' ? null : endToEnd.slice(0, 140),
    bankRef: plain(AcctSvcrRef ?? ownRef ?? '').slice(0, 140) || null,
  }
}

/** The five entities of XML; others have no meaning without a document type. */
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const plain = (text: string): string =>
  text
    .replace(/&(amp|lt|gt|quot|apos);/g, (_whole, name: string) => entities[name] ?? '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()

const ibanOf = (account: z.infer<typeof Account> | undefined): string | null =>
  account?.Id?.IBAN?.replace(/\s/g, '').toUpperCase().slice(0, 34) ?? null

function dayOf(day: z.infer<typeof Day> | undefined): string | null {
  const text = (day?.Dt ?? day?.DtTm ?? '').slice(0, 10)
  return /^\d{4}-\d\d-\d\d$/.test(text) ? text : null
}

function amountOf({ '#text': text, '@Ccy': currency }: z.infer<typeof Amount>): Money {
  const amount = isCurrency(currency) ? fromDecimal(shortened(text), currency) : null
  if (amount === null || amount.minor < 0n) throw unreadable(`The amount "${text} ${currency}" is none.`)
  return amount
}

/** ISO 20022 allows five decimals, of which banks fill the rest with zeros. */
const shortened = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text)
