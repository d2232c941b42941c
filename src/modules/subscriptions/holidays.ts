/** Holidays of the world, from `date-holidays`, as plain dates: they are written into the policy's version and never asked again. */
import Holidays from 'date-holidays'

type Country = { code: string; name: string }

const world = new Holidays()
const named = (found: Record<string, string> | undefined): Country[] =>
  Object.entries(found ?? {})
    .map(([code, name]) => ({ code, name }))
    .sort((a, b) => a.name.localeCompare(b.name))

export const holidayCountries = (): Country[] => named(world.getCountries('en'))

/** Days on which banks are closed, from the first year through the last. Empty for a country that is not known. */
export function holidaysOf(country: string, region: string | null, firstYear: number, lastYear: number): string[] {
  const known = region === null ? new Holidays(country) : new Holidays(country, region)
  const days = new Set<string>()
  for (let year = firstYear; year <= lastYear; year++)
    for (const { type, date } of known.getHolidays(year) || [])
      if (type === 'public' || type === 'bank') days.add(date.slice(0, 10))
  return [...days].sort()
}

/** Days of the week without banks there: 1 is Monday, 7 is Sunday. */
export function weekendOf(country: string): number[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getWeekInfo(): { weekend: number[] } }
  return [...locale.getWeekInfo().weekend].sort((a, b) => a - b)
}
