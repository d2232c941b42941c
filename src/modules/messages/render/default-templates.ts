/** The built-in texts: data that an operator may replace, per template and language. */
import type { Texts } from '#platform/templates/types.ts'
import { type CustomerTemplateKey, definitions, type TemplateKey } from './definitions.ts'
import { ar } from './texts/ar.ts'
import { de } from './texts/de.ts'
import { en } from './texts/en.ts'
import { es } from './texts/es.ts'
import { fr } from './texts/fr.ts'
import { pt } from './texts/pt.ts'

export type MessageTemplate = Texts & { readonly key: TemplateKey; readonly language: string }

export type CustomerTexts = Readonly<Record<CustomerTemplateKey, Texts>>

/** Languages with a full set of texts for customers. A further one is one more file beside `texts/en.ts`, and words around it in `texts/frame.ts`. */
export const languages: Readonly<Record<string, CustomerTexts>> = { en, de, fr, es, pt, ar }

/** The built-in template in `language`, or in English. */
export const defaultTemplate = (key: TemplateKey, language = 'en'): MessageTemplate =>
  builtIn(key, language) ?? { key, language: 'en', ...en[key] }

/** Null where there is none in that language: `pt-BR` is read as `pt`. */
export function builtIn(key: TemplateKey, language: string): MessageTemplate | null {
  const found = [language, language.split('-')[0] ?? ''].find((each) => Object.hasOwn(languages, each))
  const texts: Partial<Record<TemplateKey, Texts>> = languages[found ?? ''] ?? {}
  const text = texts[key]
  return found === undefined || text === undefined ? null : { key, language: found, ...text }
}

/** Whether it says what ships with us, word by word, and nothing that an operator wrote. */
export function isBuiltIn({ key, language, subject, body }: MessageTemplate): boolean {
  const ours = defaultTemplate(key, language)
  return subject === ours.subject && body === ours.body
}

export const isTemplateKey = (key: string): key is TemplateKey => Object.hasOwn(definitions, key)
