/** A catalogue that speaks: plurals by the language's own rules, values put in. */
import { dirOf } from './locale.ts'
import type { TextKey, TextValues, Translate } from './translate.ts'

/** What is missing is said by `otherwise`. In a script that runs from right to left each value stands by itself, so that it does not reorder the sentence. */
export function speaker(language: string, catalog: Readonly<Record<string, string>>, otherwise: Translate): Translate {
  const plural = new Intl.PluralRules(language)
  const put =
    dirOf(language) === 'rtl' ? (value: string | number) => isolated(value) : (value: string | number) => String(value)
  const textOf = (key: TextKey, { count }: TextValues): string | undefined =>
    (typeof count === 'number' ? (catalog[`${key}_${plural.select(count)}`] ?? catalog[`${key}_other`]) : undefined) ??
    catalog[key]
  return (key, values = {}) => {
    const text = textOf(key, values)
    return text === undefined ? otherwise(key, values) : filled(text, values, put)
  }
}

const filled = (text: string, values: TextValues, put: (value: string | number) => string): string =>
  text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => (values[name] === undefined ? whole : put(values[name])))

/** First strong isolate, and its end. Numbers order themselves. */
const isolated = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `\u2068${value}\u2069`
