/** What must have happened at least once in a run that claims to have proven anything: every kind of fault, and every act. */
import { acts } from './acts.ts'
import { staffActs } from './staff.ts'

const faults = [
  ...['crash', 'clock_back', 'clock_ahead', 'silence', 'duplicate_notice', 'card_insufficient_funds', 'card_later'],
  ...['timeout_before', 'timeout_after', 'http_500', 'html', 'null', 'down', 'slow'].map((fault) => `gateway_${fault}`),
  ...['dispute_opened', 'dispute_won', 'dispute_lost', 'dispute_closed', 'dispute_turned'],
  ...['bought_with_coupon', 'bought_with_voucher'],
  ...['notice_lost', 'notice_held', 'notice_twice'].map((fault) => `gateway_${fault}`),
  ...[
    'timeout_before',
    'timeout_after',
    'http_500',
    'http_503',
    'html',
    'null',
    'empty',
    'truncated',
    'credits_out',
  ].map((fault) => `panel_${fault}`),
  ...['down', 'slow'].map((fault) => `panel_${fault}`),
  ...['refusing', 'rejecting', 'forgetful', 'locked'].map((mood) => `mail_${mood}`),
]

/** Where a limit or a rule said no. */
const refusals = ['trial_refused', 'conflict', 'already_settled', 'in_progress'].map((code) => `refused ${code}`)

/** What came of acts: not each that is tried gets so far. */
const outcomes = [
  ...['a payment over several invoices', 'an invoice for several of a day'],
  ...['somebody was brought', 'a commission was earned', 'a commission was paid out'],
  'the gateway was compared',
  ...['credits were posted', 'a period waited for credits', 'credits were bought'],
]

/** Needs a panel that refuses a line for good, which no fault of the imitation makes. */
const tooRare: readonly string[] = ['is tried on the panel again']

/** In fewer seeds chance spares some kinds. */
export const enoughSeeds = 60

type Counts = Readonly<Record<string, number>>

/** The kinds that are missing in what was counted. */
export const never = (struck: Counts, done: Counts): string[] => [
  ...faults.filter((fault) => !(fault in struck)),
  ...[...acts, ...staffActs].map(({ name }) => name).filter((name) => !(name in done || tooRare.includes(name))),
  ...outcomes.filter((outcome) => !(outcome in done)),
  ...refusals.filter((refusal) => !(refusal in done)),
]
