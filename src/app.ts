/** The App: what every use case may need, gathered in one object. A Shop is the App, opened for one business and its clock. */
import type { GatewayKind } from '#adapters/gateways/gateway.ts'
import type { PanelKind } from '#adapters/panels/panel.ts'
import type { Transport, TransportKind } from '#adapters/transports/transport.ts'
import type { Clock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import type { Key } from '#platform/crypto.ts'
import { alone, aloneBatched } from '#platform/db/alone.ts'
import type { Database } from '#platform/db/connection.ts'
import { inJointTransaction } from '#platform/db/joint.ts'
import { type Batch, type BusinessId, inTransaction, type Query, type Tx } from '#platform/db.ts'
import type { HttpOut } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import type { TemplateEngine } from '#platform/templates/engine.ts'
import type { Zone } from '#platform/time.ts'

export type App = {
  readonly config: Config
  readonly log: Log
  /** The machine's clock (a stopped one in tests). Businesses have their own on top of it: see `shop.now()`. */
  readonly clock: Clock
  readonly db: Database
  readonly masterKey: Key
  /** Origin of links: `https://shop.example`. */
  readonly publicUrl: string
  readonly http: HttpOut
  readonly panels: ReadonlyMap<string, PanelKind>
  readonly gateways: ReadonlyMap<string, GatewayKind>
  readonly transports: ReadonlyMap<string, TransportKind>
  readonly templates: TemplateEngine
  /** The installation's own mailer (SMTP_URL), used by businesses without mail settings of their own. */
  readonly mailer: { transport: Transport; from: string } | null
  readonly allowPrivate: (address: string, port: number) => boolean
  /** How the facts behind a message become its variables, by template key; filled by the rooms in `main.ts`. */
  readonly tellers: ReadonlyMap<string, Teller>
  /** What a line that is up for the first time means elsewhere (its order is ready), written with the commit that says so; see `main.ts`. */
  readonly lineUp: (tx: Tx, shop: Shop, lineId: string, now: Temporal.Instant) => void
}

/**
 * Reads the facts that a message tells, at the moment of sending. Null: they no longer hold (the reminder's invoice was paid), so
 * nothing is sent. Values are ready to print; secrets are opened here and nowhere stored.
 */
export type Teller = (
  tx: Tx,
  shop: Shop,
  about: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, string | number | boolean | null | readonly string[]>> | null>

/** Who acts: `customer:cus_…`, `staff:mem_…`, `staff:act_…` (somebody from above), `key:key_…`, `gateway:gwa_…`, `rule:<step>`, `system`. */
export type Actor = string

/** How much a business may do (people/limits.ts). */
export type BusinessLimits = {
  readonly requestsPerMinute: number | null
  readonly mailsPerDay: number | null
  readonly linesPerDay: number | null
  readonly trialsPerDay: number | null
}

/** `agent`: what the browser or program says of itself. */
export type Origin = { address: string; agent: string }

export type StandstillCause = 'silence' | 'clock' | 'restored' | 'moved'

export type Shop = {
  readonly app: App
  readonly businessId: BusinessId
  readonly livemode: boolean
  /** Of a test twin: the live business whose catalog it copies. Its machines are imitations, and nothing of it leaves the house. */
  readonly twinOf: BusinessId | null
  /** Of a reseller, whose lines may be on his parent's panels and cost credits there. */
  readonly parentId: BusinessId | null
  readonly name: string
  readonly slug: string
  /** Where its storefront and portal are: links are `${baseUrl}/account`. No trailing slash. */
  readonly baseUrl: string
  readonly zone: Zone
  readonly currency: string
  readonly language: string
  readonly country: string
  /** Shop and automation are open. */
  readonly open: boolean
  /** Decided above it: nothing is renewed past it, and it closes when its last line has ended. Null: it stays. */
  readonly closesAt: Temporal.Instant | null
  /** Set by whoever is above it; null: as much as it likes. */
  readonly limits: BusinessLimits
  /** Nothing is charged, mailed or cut off until a person confirms (people/standstill.ts). */
  readonly standstill: { since: Temporal.Instant; because: StandstillCause } | null
  readonly dataKey: Key
  readonly actor: Actor
  readonly requestId: string | null
  /** From where the request came, where somebody sent it; kept beside what it changed. */
  readonly origin?: Origin | undefined
  /** What somebody from above may give away at most while he acts here; null: no limit (people/acting.ts). */
  readonly hand?: { readonly refundMinor: bigint | null; readonly freeDays: number | null } | undefined
  /** The request whose idempotency key is completed by the first commit that changes something (people/idempotency.ts). */
  readonly idempotency?: { finish(tx: Tx, result: unknown): Promise<void> } | undefined
  /**
   * Reads something that changes rarely once a second instead of with every use: settings, texts, policies, plans. Whoever changes
   * it calls `forgetBusiness`, so that this process sees it at once; others follow within the second.
   */
  keep<T>(key: string, load: () => Promise<T>): Promise<T>
  now(): Temporal.Instant
}

/** One statement of the shop as a transaction of its own. No idempotency key is completed by it: for reads, claims and notices. */
export const single = <Row>(shop: Shop, name: string, query: Query<Row>): Promise<Row[]> =>
  alone(shop.app.db, { role: 'app', businessId: shop.businessId }, name, query)

/** As `single`, in one statement for all who ask alike at once. */
export const singleOf = <Input, Row>(
  shop: Shop,
  name: string,
  batch: Batch<Input, Row>,
  input: Input,
): Promise<Row[]> => aloneBatched(shop.app.db, { role: 'app', businessId: shop.businessId }, name, batch, input)

/**
 * A transaction that others of its name may share, for the steps that every order takes: see `inJointTransaction`. `key` names whose rows
 * it touches (a customer, a message, a subscription): two of one key never share. No idempotency key is completed by it.
 */
export const jointTransaction = <T>(shop: Shop, name: string, key: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inJointTransaction(shop.app.db, { role: 'app', businessId: shop.businessId }, name, key, work)

/** Opens the shop's transaction. `name` is the commit's name for metrics and crash tests. */
export function transaction<T>(shop: Shop, name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(shop.app.db, { role: 'app', businessId: shop.businessId }, name, async (tx) => {
    const result = await work(tx)
    await shop.idempotency?.finish(tx, result)
    return result
  })
}
