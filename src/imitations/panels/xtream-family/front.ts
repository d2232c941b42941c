/** What the family's front ends have in common: the web server's own pages, keys, and how a build writes numbers. */
import { timingSafeEqual } from 'node:crypto'

/** Options that are one of a few words. An unknown word is a mistake that would otherwise go unnoticed. */
export function allowed(
  settings: Readonly<Record<string, string>>,
  choices: Readonly<Record<string, readonly string[]>>,
) {
  for (const [name, words] of Object.entries(choices)) {
    const value = settings[name] ?? ''
    if (!words.includes(value)) throw new RangeError(`option ${name} is ${value}; allowed: ${words.join(', ')}`)
  }
}

/** A database driver that hands every number over as text. */
export function numbersAsText(value: unknown): object {
  return JSON.parse(JSON.stringify(value, (_name, each) => (typeof each === 'number' ? String(each) : each)))
}

export function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export const page = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
