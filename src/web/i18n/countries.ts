/** Countries for a list to choose from. */

/** Codes that have a name and are no country, or none any more. */
const notCountries = new Set('EU EZ UN QO ZZ XA XB UK DD SU YU FX BU TP ZR AN CS YD NT VD HV DY NH RH'.split(' '))

/** By their names in a language; what ISO 3166 leaves unassigned has none. */
export function countriesOf(locale: string): { code: string; name: string }[] {
  // English with marks for testing is no language that names anything.
  const language = locale === 'en-XA' ? 'en' : locale
  const names = new Intl.DisplayNames([language, 'en'], { type: 'region', fallback: 'none' })
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return letters
    .flatMap((a) => letters.map((b) => a + b))
    .flatMap((code) => {
      const name = notCountries.has(code) ? undefined : names.of(code)
      return name ? [{ code, name }] : []
    })
    .sort((a, b) => a.name.localeCompare(b.name, language))
}
