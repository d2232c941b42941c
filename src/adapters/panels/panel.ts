/**
 * What Linekeeper needs of a panel, and no more. One file per kind of panel implements it; the product asks for
 * `capabilities`, never for a kind's name. An adapter does not sleep, retry or touch the database.
 *
 * Every call ends in a value or in a `ProviderError` whose kind is one of rejected, auth_failed, unavailable, ambiguous.
 * Rejected codes: username_taken, mac_taken, mac_invalid, insufficient_credits, package_invalid, invalid_input,
 * invalid_date, not_found, not_ours, no_permission, trial_not_allowed, would_lose_time, unsupported. `not_ours`: the ref leads to somebody else's line now; look ours
 * up by name. An `ambiguous` with the code `not_as_asked` names the fields that did not become what was asked.
 */
import type { z } from 'zod'
import type { HttpOut } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'

/** The panel's own handle of a line, as text. Stored with the line once known. */
export type LineRef = string

/** What a line on the panel should be. Instants are UTC; the panel's own expiry is our safety net, not the bill. */
export type LineSpec = {
  username: string
  password: string
  /** Our reference, written to a notes field, e.g. `ref:line_01k…`; proves that a line found by name is ours. */
  marker: string
  enabled: boolean
  expiresAt: Temporal.Instant
  maxConnections: number
  package: PanelPackage
  /** The end of what was sold. Panels that sell time by the term go by it: `expiresAt` lies behind it. */
  paidUntil?: Temporal.Instant | undefined
  /** As in `LineOwner`. */
  former?: readonly Login[] | undefined
  /** A box signs in by its MAC address: user name and password are then what the panel keeps behind it, if anything. */
  device?: Device | undefined
  /** A box that is sold beside the login, as one with it: it signs in by its address. Where `pairs` has its kind. */
  box?: Device | undefined
}

export type DeviceKind = 'mag' | 'enigma'

/** A box, with its address as `parseMac` writes it. `former`: addresses that it may still have there, newest first. */
export type Device = {
  kind: DeviceKind
  mac: string
  former?: readonly string[] | undefined
  /** The line that it is one with, where the panel couples them. */
  coupledTo?: LineRef | undefined
}

/** The package mapping of a product on one panel. `bouquets` are the panel's ids; `outputs` are `hls | ts | rtmp`. */
export type PanelPackage = { packageId?: string | undefined; bouquets: number[]; outputs: Output[] }
export type Output = 'hls' | 'ts' | 'rtmp'

/** What the panel says about a line. `null` expiry is "never". `banned` is the panel administrator's own flag: not ours to undo. */
export type FoundLine = {
  ref: LineRef
  username: string
  password: string
  marker: string | null
  enabled: boolean
  banned: boolean
  expiresAt: Temporal.Instant | null
  maxConnections: number
  bouquets: number[]
  outputs: Output[]
  activeConnections: number | null
  /** The package that the panel says it has, where it has packages. */
  packageId?: string | null
  /** The MAC address of the box that signs in; null or left out: none. */
  mac?: string | null
  /** What staff wrote beside it, where the panel keeps such words. */
  notes?: string | null
  /** Of a login that is sold with a box: the box, where the panel keeps it as something of its own; null: it is not there. */
  beside?: FoundBox | null
}

/** A box beside a login, with what can differ from the wish. */
export type FoundBox = Pick<FoundLine, 'ref' | 'enabled' | 'banned' | 'expiresAt' | 'bouquets'> & { mac: string }

/** What a viewer signs in with. */
export type Login = { username: string; password: string }

/** Of a line whose details are told: `device` as in `LineSpec`, `box` likewise. */
/** `outputs`: the stream formats that the line may use, as its product has them; none are told: all of them. */
export type ViewerLogin = Login & {
  device?: Device | undefined
  box?: Device | undefined
  outputs?: LineSpec['package']['outputs'] | undefined
}

/** What proves that a row on a panel is the line we mean. */
export type LineOwner = {
  username: string
  marker: string
  password?: string | undefined
  /** Logins that the line may still have there, newest first: its present one was wished and never read back. */
  former?: readonly Login[] | undefined
  device?: Device | undefined
  /** As in `LineSpec`. */
  box?: Device | undefined
}

/** A name or address alone is proof only where nobody else's reference stands beside it. */
export function isOurLine(
  line: Pick<FoundLine, 'username' | 'marker' | 'mac'> & { password?: string },
  owner: LineOwner,
): boolean {
  if (line.marker === owner.marker) return true
  const named = owner.device === undefined ? line.username === owner.username : line.mac === owner.device.mac
  if (!named) return false
  return line.marker === null || (owner.password !== undefined && line.password === owner.password)
}

/** One row of a listing: what every panel's list has. Details are read per line. */
export type ListedLine = Pick<
  FoundLine,
  'ref' | 'username' | 'marker' | 'enabled' | 'banned' | 'expiresAt' | 'maxConnections' | 'mac'
>

/** Somebody watches. What he watches is none of our business: no adapter reads it. */
export type Session = {
  username: string
  startedAt: Temporal.Instant | null
  /** What his player calls itself, unescaped. */
  agent: string | null
  /** ISO 3166-1 alpha-2, as the panel takes it from his address. */
  country: string | null
}

/** What the next charged call costs, and what the panel account has: exact decimals with four places (`485.5000`). */
export type Quote = { price: string; balance: string }

/** Of panels where each line and each extension costs our account there something. */
export interface PanelCharges {
  /** What making the line as `spec` says costs next; null when nothing that is charged is left to do. `found` is null before it is made. */
  quote(spec: LineSpec, found: FoundLine | null): Promise<Quote | null>
  balance(): Promise<string>
  /** The package that a live test may use because it costs nothing; null when there is none. */
  testPackage(): Promise<PanelPackage | null>
}

export type PackageChoice = { id: string; name: string; detail: string }

/** `detail` is a sentence for staff; `version` and `notes` are shown on the panel's page. */
export type PanelCheck = { detail: string; version: string | null; notes: string[] }

export interface Panel {
  /** Proves address and key. Throws `auth_failed` with a hint that staff can act on. */
  checkConnection(): Promise<PanelCheck>
  /** Packages and bouquets to choose from; empty where the panel cannot list them. */
  listBouquets(): Promise<{ id: number; name: string }[]>
  /** Where lines are sold by package: one must be chosen, and bouquets come with it. `detail` says what it costs. */
  listPackages?(): Promise<PackageChoice[]>
  /**
   * Exact look-up. `null` only after a successful look-up that found nothing. What is found may be a stranger's: `isOurLine` tells.
   * Several of one name and no proof by marker or password: `rejected(username_taken)`. `former` as in `LineOwner`. With `device` it is
   * the box that is looked for, by its address; with `box` the login, and the box beside it.
   */
  findLine(
    username: string,
    marker: string,
    password?: string,
    former?: readonly Login[],
    device?: Device,
    box?: Device,
  ): Promise<FoundLine | null>
  /** `owner` is always told by the product: some panels show a line only to whoever knows its login. */
  readLine(ref: LineRef, owner?: LineOwner): Promise<FoundLine | null>
  /** Creates and reads back. After `ambiguous` the caller looks the line up before it asks again. */
  createLine(spec: LineSpec): Promise<FoundLine>
  /**
   * Makes the line as `spec` says (credentials, expiry, connections, package, enabled) and reads back. Safe to repeat. Where calls are
   * charged it makes one of them at most: `charges.quote` tells whether another is due.
   */
  updateLine(ref: LineRef, spec: LineSpec): Promise<FoundLine>
  /**
   * Safe to repeat: an absent line is success. With `owner` it refuses (`not_ours`) to delete somebody else's line. A panel that
   * cannot delete (`canDelete`) switches the line off for good and marks it for its administrator instead.
   */
  deleteLine(ref: LineRef, owner?: LineOwner): Promise<void>
  /**
   * Switches a line off and leaves everything else of it as it is: for lines that nobody here sold, of which no `LineSpec` is known. Safe to
   * repeat. `not_ours` where the ref leads to another line than `owner` says, `not_found` where it leads to none.
   */
  switchOff?(ref: LineRef, owner: LineOwner): Promise<void>
  /**
   * Pages through the panel's lines in id order; the caller treats absence as unknown, never as deleted. `skip`: so many were listed
   * before a listing broke off; where `canResumeList` it goes on behind them, else it begins at the start.
   */
  listLines?(skip?: number): AsyncIterable<ListedLine[]>
  /** Who watches just now, of all lines, in pages; each session once. */
  sessions?(): AsyncIterable<Session[]>
  /** Ends what is playing now, where the panel can. Safe to repeat. */
  dropConnections?(ref: LineRef): Promise<void>
  /** Where `chargesEachExtension`. */
  charges?: PanelCharges
  /** In what the line is not as wanted, where a panel cannot be asked for everything (its package decides). Left out: everything is compared. */
  differences?(found: FoundLine, spec: LineSpec): Promise<string[]>
}

export type PanelCapabilities = {
  /** The panel takes an absolute expiry; else it is set by package and relative. */
  absoluteExpiry: boolean
  /** Each extension costs the panel account credits. */
  chargesEachExtension: boolean
  canList: boolean
  /** A listing that broke off can go on in the middle: left out, it cannot. */
  canResumeList?: boolean
  canDelete: boolean
  canDropConnections: boolean
  /** It has `switchOff`: left out, it has not. */
  canSwitchOff?: boolean
  /** It tells who watches just now. */
  tellsUsage?: boolean
  /** The connections of a line can be lowered and raised at any time, beside its package: left out, they cannot. */
  canRestrict?: boolean
  /** A line is found by its very user name and password only: one that was given another login by hand is out of reach. */
  findsByLoginOnly?: boolean
  /** The kinds of boxes that sign in by their MAC address; left out: none. */
  devices?: readonly DeviceKind[]
  /** The kinds of boxes that can be sold beside a login, as one with it; left out: none. */
  pairs?: readonly DeviceKind[]
  /** A password is never shown: one that was changed there by hand stays until the next change of ours. */
  hidesPassword?: boolean
}

/** What a viewer types in. All values are those verified on the panel; every part of a URL is percent-encoded. */
export type ConnectionDetails = {
  serverUrl: string
  host: string
  port: number
  /** Null for boxes: theirs is the MAC address. */
  username: string | null
  password: string | null
  /** Null where the panel has none, and for boxes. */
  m3uUrl: string | null
  epgUrl: string | null
  /** For boxes, also for one beside a login. */
  portalUrl: string | null
}

export type PanelContext = {
  http: HttpOut
  log: Log
  now: () => Temporal.Instant
  /**
   * A word that is the business's own, always the same. A panel that trusts our address instead of a key must show it in a place
   * that only its administrator can write to: else any business could enter the address of another's panel.
   */
  ownerCode: string
  /** Of this panel, for kinds whose lines are with us (`asksUs`). */
  access?: AccessTable
}

/** A line of a media server that asks us. `tokenHash` is what a session is recognized by; `streams` are numbers of groups, as bouquets are. */
export type AccessEntry = {
  ref: LineRef
  username: string
  password: string
  tokenHash: string
  marker: string
  enabled: boolean
  expiresAt: Temporal.Instant
  connections: number
  streams: number[]
}

/** Rows of one panel. Each call is a commit of its own. */
export interface AccessTable {
  find(username: string): Promise<AccessEntry | null>
  read(ref: LineRef): Promise<AccessEntry | null>
  /** `taken`: another row has the name. */
  add(entry: Omit<AccessEntry, 'ref'>): Promise<AccessEntry | 'taken'>
  /** `gone`: there is no such row. */
  change(entry: AccessEntry): Promise<AccessEntry | 'taken' | 'gone'>
  remove(ref: LineRef): Promise<void>
  /** In the order of their refs. */
  list(): AsyncIterable<AccessEntry[]>
  /** When a media server last asked. */
  askedAt(): Promise<Temporal.Instant | null>
  /** Devices for which it asked within so many seconds, and was told yes. */
  watching(seconds: number): AsyncIterable<Session[]>
}

/** A media server's question, as it came: headers in small letters. */
export type AccessAsk = { query: URLSearchParams; headers: Readonly<Record<string, string>>; body: string }
/** What of a row decides. */
export type AccessFacts = Pick<AccessEntry, 'username' | 'enabled' | 'expiresAt' | 'connections' | 'streams'>
export type AccessAnswer = { status: number; headers: Record<string, string> }

/** How a kind whose media server asks us reads the question and says the answer. All pure. */
export type AsksUs<Settings> = {
  /** `tokenHash` null: it says nothing by which a line is recognized. */
  read(
    settings: Settings,
    ask: AccessAsk,
  ): {
    tokenHash: string | null
    stream: string | null
    /** By which a device is known again, a digest; null: nobody is named. */
    viewer: string | null
    /** What its player calls itself. */
    agent: string | null
  }
  /** `facts` null: nobody has that token. */
  answer(settings: Settings, facts: AccessFacts | null, stream: string | null, now: Temporal.Instant): AccessAnswer
  /** We cannot look and know of nothing: what makes the media server stay with what it did before. */
  unknown: AccessAnswer
  /** For how many minutes what was known before is still told while we cannot look. */
  keptMinutes(settings: Settings): number
  /** Raised to make the address another, when it got into wrong hands. */
  addressNumber(settings: Settings): number
}

export interface PanelKind<Settings = unknown> {
  /** `xui` */
  kind: string
  title: string
  /** Written from what other people's integrations do, not from the maker's own papers: said wherever the kind is shown. */
  experimental?: true
  /** Draws the form in the console; `.meta({ secret: true })` marks what is encrypted, `.meta({ title, help })` the words. */
  settings: z.ZodType<Settings>
  capabilities: PanelCapabilities
  open(settings: Settings, context: PanelContext): Panel
  /** Of kinds that are no machine of their own: a media server asks us about each session. */
  asksUs?: AsksUs<Settings>
  /** Pure: what a viewer of this panel types in. */
  connectionDetails(settings: Settings, line: ViewerLogin): ConnectionDetails
}
