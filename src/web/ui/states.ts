import type { Tone } from './tone.ts'

/** The tone of every state that is shown. Their words are in the catalogue (`state.order.ready`). */
export const stateTones = {
  order: {
    awaiting_payment: 'info',
    processing: 'info',
    setting_up: 'info',
    delayed: 'warn',
    needs_review: 'bad',
    ready: 'good',
    canceled: 'none',
    refunded: 'none',
  },
  subscription: {
    pending: 'info',
    trial: 'info',
    active: 'good',
    expiring: 'warn',
    grace: 'warn',
    suspended: 'bad',
    paused: 'none',
    terminated: 'none',
  },
  line: {
    waiting: 'info',
    working: 'info',
    in_step: 'good',
    out_of_step: 'warn',
    retrying: 'warn',
    failed: 'bad',
    enabled: 'good',
    disabled: 'bad',
    expired: 'none',
    absent: 'none',
    unknown: 'warn',
  },
  invoice: {
    draft: 'none',
    open: 'info',
    overdue: 'warn',
    paid: 'good',
    void: 'none',
    refunded: 'none',
    part_refunded: 'none',
  },
  payment: {
    created: 'none',
    pending: 'info',
    processing: 'info',
    authorized: 'info',
    unknown: 'warn',
    succeeded: 'good',
    failed: 'bad',
    declined: 'bad',
    expired: 'none',
    canceled: 'none',
    refunded: 'none',
    part_refunded: 'none',
    disputed: 'bad',
  },
  message: {
    queued: 'info',
    waiting: 'info',
    sending: 'info',
    retrying: 'warn',
    unknown: 'warn',
    sent: 'good',
    delivered: 'good',
    bounced: 'bad',
    failed: 'bad',
    dropped: 'none',
  },
  job: { waiting: 'info', running: 'info', retrying: 'warn', done: 'good', failed: 'bad', parked: 'bad' },
  panel: { up: 'good', slow: 'warn', down: 'bad', maintenance: 'none', untested: 'none' },
} as const satisfies Record<string, Record<string, Tone>>

export type StateOf = keyof typeof stateTones

/** A state that nobody described is shown neutral, in its own word: never a crash, never a green dot. */
export const toneOf = (of: StateOf, state: string): Tone => (stateTones[of] as Record<string, Tone>)[state] ?? 'none'
