/** Languages of the pages that customers see, each with a complete catalogue, in the order in which they are offered. The console speaks English. */
export const languages = ['en', 'de', 'fr', 'es', 'pt', 'ar'] as const
export type Language = (typeof languages)[number]

/** `en-XA` is English in disguise: it shows texts that bypass the catalogue, and overflow. It is never offered or negotiated. */
export const locales = [...languages, 'en-XA'] as const
export type Locale = (typeof locales)[number]

/** By what a page finds out in which language it speaks, the first that says something: see decision 0090. */
export type Wishes = {
  /** `?lang=` of the address, the customer's own record, the cookie of the switch. */
  chosen: readonly (string | null)[]
  /** What the browser asks for, where the business wants to be guided by it. */
  accepted?: string | null
}

/** The language that somebody asked for; null: nobody did, or for none that we speak. */
export function askedLocale({ chosen, accepted = null }: Wishes): Locale | null {
  for (const each of chosen) {
    const known = each === 'en-XA' ? each : languageOf(each)
    if (known !== null) return known
  }
  return preferred(accepted)
}

/** A language that we speak by its tag, whatever the region: `pt-BR` is read as `pt`. */
export function languageOf(tag: string | null): Language | null {
  const primary = (tag ?? '').split('-')[0]?.toLowerCase()
  return languages.find((each) => each === primary) ?? null
}

/** Of `Accept-Language`, by its weights; what weighs nothing is refused by the reader. */
function preferred(header: string | null): Language | null {
  const wanted = (header ?? '').split(',').map((part) => {
    const [tag = '', ...rest] = part.trim().split(';')
    const weight = rest.map((each) => /^\s*q=([\d.]+)/.exec(each)?.[1]).find((each) => each !== undefined)
    return { language: languageOf(tag), weight: Number(weight ?? 1) }
  })
  const heaviest = wanted.filter(({ language, weight }) => language !== null && weight > 0)
  return heaviest.sort((one, other) => other.weight - one.weight)[0]?.language ?? null
}

/** The language for `Intl`, which knows nothing of the pseudo-language. */
export const intlLocale = (locale: Locale): string => (locale === 'en-XA' ? 'en' : locale)

/** Right to left for the scripts that are written so. */
export const dirOf = (locale: string): 'ltr' | 'rtl' => (/^(ar|fa|he|ur)\b/.test(locale) ? 'rtl' : 'ltr')

/** What its speakers call it. */
export const ownName: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  ar: 'العربية',
}
