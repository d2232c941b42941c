/** What an event says to a person. Pure: the same event is the same sentence on every page. */
import { type TextKey, type Translate, textOr } from '#web/i18n/translate.ts'
import type { Tone } from '../ui/tone.ts'

/** An event as pages have it. */
export type ToldEvent = {
  id: string
  at: string
  type: string
  actor: string
  subjectType: string
  subjectId: string
  data: Record<string, unknown>
  /** From where it was asked for; only those who read the audit are told. */
  address?: string | null
}

type Write = { money: (minor: bigint, currency: string) => string; date: (iso: string) => string }

/** `Renewed until 3 May 2026`. An event nobody described is told by its own words, never hidden. */
export function sentenceOf(t: Translate, event: ToldEvent, write: Write): string {
  const { type, data } = event
  const amount = amountOf(data, write)
  const until = typeof data.paid_through === 'string' ? write.date(data.paid_through) : null
  const about = typeof data.template === 'string' ? data.template.replaceAll('_', ' ') : null
  const more = [amount && `${type}.amount`, until && `${type}.until`, about && `${type}.about`].filter(
    (each) => each !== null && each !== '',
  )
  for (const detailed of more) {
    const told = textOr(
      (key) => t(key, { amount: amount ?? '', until: until ?? '', about: about ?? '' }),
      `console.event.${detailed}`,
      '',
    )
    if (told !== '') return told
  }
  return textOr((key: TextKey) => t(key), `console.event.${type}`, spelled(type))
}

/** Why it happened or what was answered, where the event knows. */
export function reasonOf(data: Record<string, unknown>): string | null {
  const found = [data.reason, data.because, data.detail, data.answer].find(
    (each) => typeof each === 'string' && each !== '',
  )
  // The record it names is linked where it matters.
  if (typeof found !== 'string' || isId(found)) return null
  return /^[a-z]+(_[a-z]+)+$/.test(found) ? found.replaceAll('_', ' ') : found
}

/** `pan_…`, `invoice inv_…`: says nothing to a person. */
const isId = (text: unknown): boolean => typeof text === 'string' && /^(\w+ )?[a-z]+_[0-9a-z]{26}$/.test(text)

/** What it was before and is now: `role: support → billing`. Null where the event does not tell both. */
export function changeOf({ from, to }: Record<string, unknown>): string | null {
  if (from === undefined || from === null || to === undefined || to === null || isId(from) || isId(to)) return null
  if (!isRecord(from) || !isRecord(to)) return `${spoken(from)} → ${spoken(to)}`
  const differing = Object.keys({ ...from, ...to }).filter((key) => spoken(from[key]) !== spoken(to[key]))
  return differing.map((key) => `${key}: ${spoken(from[key])} → ${spoken(to[key])}`).join('; ') || null
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `currency EUR, amount_minor 1349`: a list with semicolons, nothing as a dash. */
function spoken(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return value.map(spoken).join('; ') || '–'
  if (!isRecord(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  return (
    Object.entries(value)
      .map(([name, each]) => `${name} ${spoken(each)}`)
      .join(', ') || '–'
  )
}

function amountOf(data: Record<string, unknown>, write: Write): string | null {
  const { amount, currency } = data
  const minor =
    typeof amount === 'number' || (typeof amount === 'string' && /^-?\d+$/.test(amount)) ? BigInt(amount) : null
  return minor === null || typeof currency !== 'string' ? null : write.money(minor, currency)
}

/** `line.in_step` → `Line: in step`. */
function spelled(type: string): string {
  const [subject = '', ...rest] = type.split('.')
  const words = `${subject}: ${rest.join(' ')}`.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Who did it, in words: `names` knows the members of staff. */
export function actorOf(t: Translate, actor: string, names: Readonly<Record<string, string>>): string {
  const [kind = '', id = ''] = actor.split(':')
  if (kind === 'staff') return names[id] ?? t('console.actor.staff')
  return textOr(t, `console.actor.${kind}`, actor)
}

const bad = /(suspended|terminated|failed|refused|down|declined|needs_review|test_failed)$/
const warn = /(grace|delayed|expired|canceled|voided|indeterminate|resent)$/
const good = /(activated|renewed|restored|resumed|succeeded|paid|ready|in_step|up|tested)$/

export function eventTone(type: string): Tone {
  if (bad.test(type)) return 'bad'
  if (warn.test(type)) return 'warn'
  return good.test(type) ? 'good' : 'none'
}

/** Where an event's subject is shown; null where it has no page. */
export function subjectHref(subjectType: string, subjectId: string): string | null {
  const places: Record<string, string> = {
    customer: 'customers',
    subscription: 'subscriptions',
    line: 'lines',
    order: 'orders',
    invoice: 'invoices',
    payment: 'payments',
    panel: 'panels',
    message: 'messages',
    plan: 'plans',
    affiliate: 'affiliates',
    reseller: 'resellers',
    run: 'runs',
    incident: 'incidents',
    bank_entry: 'bank',
    evacuation: 'evacuations',
    dispute: 'disputes',
    money_difference: 'books/differences',
    payout: 'books/payouts',
  }
  if (subjectType === 'bank' || subjectType === 'bank_import') return '/admin/bank'
  if (subjectType === 'notice') return '/admin/notices?state=failed'
  if (subjectType === 'wallet') return '/admin/wallet'
  if (subjectType === 'viewer_name') return '/admin/host'
  if (subjectType === 'gateway_comparison') return '/admin/books/differences'
  if (subjectType === 'standstill') return '/admin/catch-up'
  const place = places[subjectType]
  return place === undefined ? null : `/admin/${place}/${subjectId}`
}
