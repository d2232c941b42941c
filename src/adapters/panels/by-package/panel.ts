/** All of a panel that sells time by the package and tells no more of a line than a list does, but its live test. */
import type { Panel } from '../panel.ts'
import type { Trouble } from '../xtream-family/trouble.ts'
import { openLines, type Words } from './lines.ts'
import { openQuotes } from './quotes.ts'
import type { Shelf } from './shelf.ts'

export function openPanel(
  words: Words,
  trouble: Trouble,
  { shelf, balance, now }: { shelf: Shelf; balance(): Promise<string>; now(): Temporal.Instant },
): Omit<Panel, 'checkConnection'> {
  const quotes = openQuotes({ lost_time: 'accept' }, trouble, { ...shelf, balance }, now)
  const lines = openLines(words, trouble, shelf, quotes)
  return {
    listBouquets: async () => [], // They come with the package.
    listPackages: shelf.choices,
    findLine: lines.find,
    readLine: lines.read,
    createLine: lines.create,
    updateLine: lines.update,
    switchOff: lines.switchOff,
    deleteLine: lines.remove,
    listLines: lines.list,
    charges: { quote: quotes.next, balance, testPackage: shelf.testPackage },
    differences: quotes.differences,
  }
}
