/** Languages with a complete catalogue. `en-XA` is English in disguise: it shows texts that bypass the catalogue, and overflow. */
export const locales = ['en', 'en-XA'] as const
export type Locale = (typeof locales)[number]

/** The first choice we have (URL, cookie, account), else the browser's preference, else English. The pseudo-language is never negotiated. */
export function localeOf(chosen: readonly (string | null)[], acceptLanguage: string | null = null): Locale {
  for (const each of chosen) if (isLocale(each)) return each
  const accepted = (acceptLanguage ?? '').split(',').map((part) => part.split(';')[0]?.trim().split('-')[0] ?? '')
  return accepted.find((each): each is Locale => isLocale(each)) ?? 'en'
}

/** The language for `Intl`, which knows nothing of the pseudo-language. */
export const intlLocale = (locale: Locale): string => (locale === 'en-XA' ? 'en' : locale)

/** Right to left for the scripts that are written so. */
export const dirOf = (locale: string): 'ltr' | 'rtl' => (/^(ar|fa|he|ur)\b/.test(locale) ? 'rtl' : 'ltr')

const isLocale = (value: string | null): value is Locale => (locales as readonly (string | null)[]).includes(value)
