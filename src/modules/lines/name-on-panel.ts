/**
 * What a panel itself says about a user name, before anything is ordered: it may have lines that are not ours. Asked with little patience and
 * kept for seconds, since a slow panel must not keep anybody from buying: what it does not say in time is settled when the line is made.
 */
import type { App, Shop } from '#app.ts'
import { ProviderError } from '#platform/errors.ts'
import { type Instant, isAfter, plusSeconds } from '#platform/time.ts'
import { hangs } from './hanging.ts'
import { openPanel } from './panels.ts'
import { isWorkedOn } from './rules/route.ts'
import { isOpen } from './rules.ts'

export type PanelsWord = 'taken' | 'free' | 'unknown'

const patienceMs = 1_500
const keptSeconds = 20
const mostKept = 1_000

type Kept = { word: PanelsWord; until: Instant }
const kept = new WeakMap<App, Map<string, Kept>>()

export async function nameOnPanel(
  { app, now }: Pick<Shop, 'app' | 'now'>,
  { businessId, id }: { businessId: string; id: string },
  username: string,
): Promise<PanelsWord> {
  const words = kept.get(app) ?? new Map<string, Kept>()
  kept.set(app, words)
  const began = now()
  const key = `${id}/${username}`
  for (const known of [words.get(id), words.get(key)])
    if (known !== undefined && isAfter(known.until, began)) return known.word
  const word = await ask(app, businessId, id, username)
  if (words.size >= mostKept) words.clear()
  // A panel that says nothing in time is not asked again by the next buyer, whatever name he types.
  words.set(word === 'unknown' ? id : key, { word, until: plusSeconds(began, keptSeconds) })
  return word
}

async function ask(app: App, businessId: string, id: string, username: string): Promise<PanelsWord> {
  const { owner, row, kind, panel } = await openPanel(app, businessId, id)
  const now = owner.now()
  // Where a line is found by its whole login only, nobody can tell.
  if (kind.capabilities.findsByLoginOnly || owner.standstill !== null) return 'unknown'
  if (isOpen(row, now) || isWorkedOn(row, now) || hangs(panel)) return 'unknown'
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'unknown'>((tell) => {
    timer = setTimeout(() => tell('unknown'), patienceMs)
  })
  const asked = panel.findLine(username, '', '').then(
    (found) => (found === null ? 'free' : 'taken'),
    (error: unknown) => {
      if (!(error instanceof ProviderError)) throw error
      return 'unknown' as const
    },
  )
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}
