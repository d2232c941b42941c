/** The packages that an account may sell: read now and then, told with their prices, and one found by its id. */
import { plainCredits } from '../normalize.ts'
import type { PackageChoice, PanelPackage } from '../panel.ts'
import type { Trouble } from '../xtream-family/trouble.ts'
import type { Package } from './package.ts'

/** Prices and permissions are the panel owner's: they change without a word. */
const keptMinutes = 5

/** Asks again only when what is known has become old. A failure is not kept. */
export const keeping =
  (now: () => Temporal.Instant) =>
  <T>(read: () => Promise<T>): (() => Promise<T>) => {
    let kept: { value: T; at: Temporal.Instant } | undefined
    return async () => {
      const fresh = kept && now().since(kept.at).total('minutes') < keptMinutes
      if (kept && fresh) return kept.value
      kept = { value: await read(), at: now() }
      return kept.value
    }
  }

export type Shelf = ReturnType<typeof openShelf>

export function openShelf(read: () => Promise<Package[]>, { refused }: Trouble, now: () => Temporal.Instant) {
  const packages = keeping(now)(read)

  async function packageNamed(id: string | undefined): Promise<Package> {
    const found = id === undefined ? undefined : (await packages()).find((each) => each.id === id)
    if (found) return found
    throw refused(
      'package_invalid',
      id === undefined
        ? 'packages: the product names no package of this panel'
        : `packages: package ${id} is not among those that this account may sell`,
    )
  }

  return {
    packages,
    packageNamed,
    async choices(): Promise<PackageChoice[]> {
      return (await packages()).map(({ id, name, price, trialOnly, serves }) => {
        const credits = Number(price) === 1 ? '1 credit' : `${plainCredits(price)} credits`
        return { id, name, detail: `${trialOnly ? `trial, ${credits}` : credits}${onlyFor(serves)}` }
      })
    },
    /** A trial that costs nothing. */
    async testPackage(): Promise<PanelPackage | null> {
      const free = (await packages()).find(
        ({ trialOnly, price, serves }) => trialOnly && Number(price) === 0 && serves?.includes('line') !== false,
      )
      return free ? { packageId: free.id, bouquets: free.bouquets, outputs: ['hls', 'ts'] } : null
    },
  }
}

/** Nothing where it is for everything. */
function onlyFor(serves: Package['serves']): string {
  if (serves === undefined || serves.length === Object.keys(servedWords).length) return ''
  return `, only for ${serves.map((each) => servedWords[each]).join(' and ') || 'nothing'}`
}

export const servedWords = { line: 'lines', mag: 'MAG boxes', enigma: 'Enigma boxes' } as const
