/** What is due on a line, read off the panel: the end of what was sold, less what it has there, in terms of its package. */
import type { FoundLine, LineSpec, Quote } from '../panel.ts'
import type { Trouble } from '../xtream-family/trouble.ts'
import type { Package } from './package.ts'
import { servedWords } from './shelf.ts'

export type Quotes = ReturnType<typeof openQuotes>

/** More would be a mistake in the mapping (an hour's package for a plan of a year), paid for in credits. */
const mostTerms = 24
const day = 24 * 3_600_000

/** What the panel sells, and what our account there has. */
export type Counter = {
  packages(): Promise<Package[]>
  packageNamed(id: string | undefined): Promise<Package>
  balance(): Promise<string>
}

export function openQuotes(
  settings: { lost_time: 'refuse' | 'accept' },
  { refused }: Trouble,
  account: Counter,
  now: () => Temporal.Instant,
) {
  async function next(spec: LineSpec, found: FoundLine | null): Promise<Quote | null> {
    const wanted = await account.packageNamed(spec.package.packageId)
    refuseOtherUse(wanted, spec)
    if (found !== null && !isDue(found, spec, wanted)) return null
    if (found !== null && termsDue(found, spec, wanted) > mostTerms)
      throw refused(
        'package_invalid',
        `packages: ${wanted.name} would have to be bought more than ${mostTerms} times for what was sold`,
      )
    await refuseLostTime(found, wanted)
    return { price: wanted.price, balance: await account.balance() }
  }

  /** What its owner does not sell for boxes, or for boxes only. */
  function refuseOtherUse({ name, serves }: Package, { device }: LineSpec): void {
    const what = device?.kind ?? 'line'
    if (serves?.includes(what) === false)
      throw refused('package_invalid', `packages: ${name} is not sold for ${servedWords[what]}`)
  }

  /** A line that is off is not paid for: what was sold to a suspended line is bought when it comes back. */
  const isDue = (found: FoundLine, spec: LineSpec, wanted: Package): boolean =>
    spec.enabled && (isAnother(found, wanted) || termsDue(found, spec, wanted) > 0)

  /** With a package that the panel does not tell, nothing is bought on suspicion. */
  const isAnother = (found: FoundLine, wanted: Package): boolean =>
    found.packageId !== null && found.packageId !== undefined && found.packageId !== wanted.id

  /**
   * Calendars differ by some days, and hours that were given for free are not bought; but nobody goes without what he paid for because
   * terms of 30 days fall behind months. A trial is not extended, and time that never ends needs no more.
   */
  function termsDue(found: FoundLine, spec: LineSpec, wanted: Package): number {
    if (wanted.trialOnly || found.expiresAt === null) return 0
    const until = (spec.paidUntil ?? spec.expiresAt).epochMilliseconds
    // The panel counts from now, too, when what it has is over.
    const from = Math.max(found.expiresAt.epochMilliseconds, now().epochMilliseconds)
    const slack = Math.min(0.5, (3 * day) / wanted.termMs)
    return Math.max(0, Math.ceil((until - from) / wanted.termMs - slack))
  }

  async function refuseLostTime(found: FoundLine | null, wanted: Package): Promise<void> {
    if (found === null || found.expiresAt === null || settings.lost_time === 'accept' || !wanted.minds) return
    const left = found.expiresAt.epochMilliseconds - now().epochMilliseconds
    if (left <= day || !isAnother(found, wanted)) return
    const present = (await account.packages()).find((each) => each.id === found.packageId)
    if (present?.alike === wanted.alike) return
    throw refused(
      'would_lose_time',
      `packages: a change to ${wanted.name} would forfeit ${Math.round(left / day)} days on the panel; allow it in the panel's settings, or wait for the next period`,
    )
  }

  /** Bouquets, connections and outputs are the package's; the login behind a box is the panel's. */
  async function differences(found: FoundLine, spec: LineSpec): Promise<string[]> {
    const wanted = await account.packageNamed(spec.package.packageId)
    const isBox = spec.device !== undefined
    const different = {
      mac: isBox && found.mac !== spec.device?.mac,
      username: !isBox && found.username !== spec.username,
      password: !isBox && found.password !== spec.password,
      enabled: found.enabled !== spec.enabled,
      package: spec.enabled && isAnother(found, wanted),
      expires_at: spec.enabled && termsDue(found, spec, wanted) > 0,
    }
    return Object.entries(different).flatMap(([name, differs]) => (differs ? [name] : []))
  }

  return { next, isDue, differences }
}
