/** The fixed words of our papers, per language: invoices, credit notes, statements. What people typed is printed as they typed it. */
import { ar } from './words/ar.ts'
import { de } from './words/de.ts'
import { en } from './words/en.ts'
import { es } from './words/es.ts'
import { fr } from './words/fr.ts'
import { he } from './words/he.ts'
import { it } from './words/it.ts'
import { nl } from './words/nl.ts'
import { pl } from './words/pl.ts'
import { pt } from './words/pt.ts'
import { tr } from './words/tr.ts'

export type PaperWords = Readonly<Record<WordName, string>>

type WordName =
  | 'invoice'
  | 'pro_forma'
  | 'credit_note'
  | 'number'
  | 'issuedOn'
  | 'dueOn'
  | 'corrects'
  | 'purchaseOrder'
  | 'seller'
  | 'buyer'
  | 'vatId'
  | 'description'
  | 'quantity'
  | 'unitNet'
  | 'taxRate'
  | 'net'
  | 'gross'
  | 'tax'
  | 'taxOn'
  | 'taxIn'
  | 'taxInFollows'
  | 'reverseCharge'
  | 'total'
  | 'paid'
  | 'open'
  | 'reference'
  | 'paidOn'
  | 'paidWith'
  | 'endingIn'
  | 'page'
  | 'of'
  | 'proFormaNote'
  | 'stateOpen'
  | 'statePaid'
  | 'stateVoid'
  | 'stateRefunded'
  | 'convertedFrom'
  | 'atRate'
  | 'plusMargin'
  | 'rateEcb'
  | 'rateOwn'
  | 'statement'
  | 'statementFor'
  | 'what'
  | 'charged'
  | 'credited'
  | 'balance'
  | 'nothing'
  | 'begins'
  | 'ends'
  | 'currency'
  | 'broughtForward'
  | 'balanceAtEnd'
  | 'payment'
  | 'voucher'
  | 'credit'
  | 'refund'
  | 'refundUndone'
  | 'creditUndone'
  | 'forInvoice'
  | 'verdictOpen'
  | 'verdictLeft'
  | 'verdictNothing'

const words = { en, de, fr, es, it, nl, pt, pl, tr, ar, he } as const satisfies Record<string, PaperWords>

/** Languages that papers are printed in. */
export const paperLanguages = Object.keys(words)

/** Whoever reads another language gets English, dates and numbers too: fonts and words go together. `pt-BR` is Portuguese with its own numbers. */
export const paperLanguage = (language: string): string => (base(language) in words ? language : 'en')

/** Names, dates and sums stand by themselves in a text from right to left: else its direction would turn "1 to 31 March" around. */
export const apart = (language: string): ((text: string) => string) =>
  /^(ar|he)\b/.test(language) ? (text) => (text === '' ? '' : `\u2068${text}\u2069`) : (text) => text

export const labelsFor = (language: string): PaperWords =>
  (words as Readonly<Record<string, PaperWords>>)[base(language)] ?? en

const base = (language: string): string => language.split('-')[0] ?? ''
