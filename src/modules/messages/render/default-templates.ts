/** The built-in texts: data that an operator may replace, per template and language. */
import type { Texts } from '#platform/templates/types.ts'
import { definitions, type TemplateKey } from './definitions.ts'
import { en } from './texts/en.ts'

export type MessageTemplate = Texts & { readonly key: TemplateKey; readonly language: string }

/** Languages with a full set of texts. A further one is one more file beside `texts/en.ts`. */
export const languages: Readonly<Record<string, Readonly<Record<TemplateKey, Texts>>>> = { en }

/** The built-in template in `language`, or in English. */
export function defaultTemplate(key: TemplateKey, language = 'en'): MessageTemplate {
  const found = [language, language.split('-')[0] ?? 'en'].find((each) => Object.hasOwn(languages, each)) ?? 'en'
  const texts = (languages[found] ?? en)[key]
  return { key, language: found, ...texts }
}

/** Whether it says what ships with us, word by word, and nothing that an operator wrote. */
export function isBuiltIn({ key, language, subject, body }: MessageTemplate): boolean {
  const ours = defaultTemplate(key, language)
  return subject === ours.subject && body === ours.body
}

export const isTemplateKey = (key: string): key is TemplateKey => Object.hasOwn(definitions, key)
