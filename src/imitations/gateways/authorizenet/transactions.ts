/** Charges, refunds and voids, and the settlement that divides the last two. */
import { type Account, type PageToken, type PaymentProfile, refused, type Transaction } from './account.ts'
import { emit } from './notices.ts'

export const hundredths = (text: string): number => {
  if (!/^\d{1,9}\.\d{2}$/.test(text)) throw refused('E00003', `The amount ${text} is not valid.`)
  return Math.round(Number(text) * 100)
}

const texts: Readonly<Record<number, string>> = {
  1: 'This transaction has been approved.',
  2: 'This transaction has been declined.',
  11: 'A duplicate transaction has been submitted.',
  54: 'The referenced transaction does not meet the criteria for issuing a credit.',
  55: 'The sum of credits against the referenced transaction would exceed original debit amount.',
}
export const textOf = (reason: number): string => texts[reason] ?? `Reason ${reason}.`

type Facts = Partial<Transaction> & Pick<Transaction, 'amount' | 'invoiceNumber' | 'description' | 'refId'>

function put(account: Account, facts: Facts): Transaction {
  const made: Transaction = {
    transId: account.nextId(),
    transactionType: 'authCaptureTransaction',
    transactionStatus: 'capturedPendingSettlement',
    responseCode: 1,
    responseReasonCode: 1,
    refTransId: null,
    last4: '1111',
    cardType: 'Visa',
    profile: null,
    batchId: null,
    at: account.now().toString(),
    ...facts,
  }
  account.transactions.put(made.transId, made)
  account.kit.did(made.transactionType, {
    transId: made.transId,
    invoice: made.invoiceNumber,
    reason: made.responseReasonCode,
  })
  return made
}

function change(account: Account, made: Transaction, patch: Partial<Transaction>): Transaction {
  const next = { ...made, ...patch }
  account.transactions.put(made.transId, next)
  return next
}

/** Reason 1 pays, 252 is held for review, the rest is declined; 4 and 250 as well. */
export function charge(account: Account, facts: Facts, reason: number): Transaction {
  const held = reason === 252
  const made = put(account, {
    ...facts,
    responseReasonCode: reason,
    responseCode: reason === 1 ? 1 : held ? 4 : 2,
    transactionStatus: reason === 1 ? 'capturedPendingSettlement' : held ? 'FDSPendingReview' : 'declined',
  })
  if (reason === 1) return settledAtOnce(account, told(account, 'authcapture.created', made))
  if (held) emit(account, 'fraud.held', made)
  return made
}

const settledAtOnce = (account: Account, made: Transaction): Transaction => {
  if (!account.settings.settlesAtOnce) return made
  settleBatch(account)
  return account.transactions.get(made.transId) ?? made
}

const told = (account: Account, type: string, made: Transaction): Transaction => {
  emit(account, type, made)
  return made
}

/** What a buyer does on the page: pays with a card, that is kept when he was asked. */
export function payOn(account: Account, page: PageToken, reason: number): Transaction {
  const method = reason === 1 && page.keeps && page.customerProfileId ? keep(account, page.customerProfileId) : null
  const profile = method ? { customerProfileId: method.profile, customerPaymentProfileId: method.id } : null
  return charge(account, { ...page, profile }, reason)
}

function keep(account: Account, profile: string): PaymentProfile {
  const year = account.now().toZonedDateTimeISO('UTC').year + 3
  const method = { id: account.nextId(), profile, last4: '1111', cardType: 'Visa', expires: `${year}-12`, reason: 1 }
  account.methods.put(method.id, method)
  return method
}

/** A reviewer lets it pass, or does not. */
export function review(account: Account, made: Transaction, approved: boolean): Transaction {
  if (made.transactionStatus !== 'FDSPendingReview') throw refused('E00040', 'It is not held.')
  const patch = approved
    ? { transactionStatus: 'capturedPendingSettlement', responseCode: 1, responseReasonCode: 1 }
    : { transactionStatus: 'declined', responseCode: 2, responseReasonCode: 254 }
  return told(account, approved ? 'fraud.approved' : 'fraud.declined', change(account, made, patch))
}

/** Answers the reason that it is refused for, or what was made. */
export function refund(account: Account, facts: Facts & { refTransId: string }, last4: string): Transaction | number {
  const charged = account.transactions.get(facts.refTransId)
  if (charged?.transactionStatus !== 'settledSuccessfully' || charged.last4 !== last4) return 54
  const back = [...account.transactions.values()]
    .filter(({ refTransId, transactionStatus }) => refTransId === charged.transId && transactionStatus !== 'voided')
    .reduce((sum, { amount }) => sum + amount, 0)
  if (back + facts.amount > charged.amount) return 55
  const made = put(account, {
    ...facts,
    transactionType: 'refundTransaction',
    transactionStatus: 'refundPendingSettlement',
  })
  return settledAtOnce(account, told(account, 'refund.created', made))
}

export function undo(account: Account, transId: string): Transaction | number {
  const made = account.transactions.get(transId)
  if (!made) return 16
  if (made.transactionStatus === 'voided') return 310
  if (made.batchId !== null) return 311
  account.kit.did('voided', { transId })
  return told(account, 'void.created', change(account, made, { transactionStatus: 'voided' }))
}

/** Every evening. */
export function settleBatch(account: Account): string | null {
  const next: Record<string, string> = {
    capturedPendingSettlement: 'settledSuccessfully',
    refundPendingSettlement: 'refundSettledSuccessfully',
  }
  const due = [...account.transactions.values()].filter((each) => each.batchId === null && next[each.transactionStatus])
  if (due.length === 0) return null
  const id = account.nextId()
  account.batches.put(id, { id, at: account.now().toString() })
  for (const each of due) change(account, each, { batchId: id, transactionStatus: next[each.transactionStatus] ?? '' })
  return id
}
