/** What a color says. Never the only sign: a word stands beside it. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'none'

export const toneText: Record<Tone, string> = {
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-info',
  none: 'text-muted',
}

export const toneSoft: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  none: 'bg-sunken text-muted',
}
