/** Languages that papers are printed in, each by its own name, and the present one if it is another. */
import { paperLanguages } from '#modules/billing/document/labels.ts'

export type LanguageChoice = { readonly value: string; readonly label: string }

export const languageChoices = (present: string): LanguageChoice[] =>
  [...new Set([...paperLanguages, present])].map((value) => ({ value, label: nameOf(value) }))

function nameOf(language: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language
  return name.slice(0, 1).toLocaleUpperCase(language) + name.slice(1)
}

export const isPaperLanguage = (language: string): boolean => paperLanguages.includes(language)
