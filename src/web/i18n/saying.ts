/** Says in the reader's language what a room refused in English. */
import { intlLocale, type Locale } from './locale.ts'
import { sourceTexts, type TextKey, type TextValues, textOr, translator } from './translate.ts'

type Saying = { key: TextKey; pattern: RegExp; names: string[] }

/** A sentence that no catalogue knows stays as it is: better another language than nothing. */
export function saying(locale: Locale, sentence: string): string {
  if (!import.meta.env.SSR || locale === 'en' || locale === 'en-XA') return sentence
  for (const { key, pattern, names } of sayings()) {
    const found = pattern.exec(sentence)
    if (found === null) continue
    const values = names.map((name, index) => [name, valueIn(locale, name, found[index + 1] ?? '')])
    return translator(locale)(key, Object.fromEntries(values) as TextValues)
  }
  return sentence
}

let kept: Saying[] | null = null

function sayings(): Saying[] {
  kept ??= sourceTexts('said.').map(([key, text]) => ({
    key: key as TextKey,
    pattern: new RegExp(
      `^${text
        .split(/\{\{\w+\}\}/)
        .map(escaped)
        .join('(.+)')}$`,
    ),
    names: [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ''),
  }))
  return kept
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function valueIn(locale: Locale, name: string, value: string): string {
  if (name === 'status') return textOr(translator(locale), `state.subscription.${value}`, value)
  const span = /^(\d+) (second|minute|hour)s?$/.exec(value)
  if (name !== 'wait' || span === null) return value
  const [, count, unit] = span
  return new Intl.NumberFormat(intlLocale(locale), {
    style: 'unit',
    unit: unit ?? 'minute',
    unitDisplay: 'long',
  }).format(Number(count))
}
