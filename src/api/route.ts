/** What a route of the API is: where it is, which scope opens it, what it reads and answers. */
import type { App, Shop } from '#app.ts'
import type { KeyCaller } from '#modules/people/api-keys.ts'
import { type ResourceScope, scopes } from '#modules/people/scopes.ts'
import type { SignIn } from '#modules/people/sign-in.ts'
import type { Tx } from '#platform/db.ts'
import { assert, type RefusalCode } from '#platform/errors.ts'
import { z } from './schemas.ts'

export type Listed<T> = { data: T[]; next_cursor: string | null; has_more: boolean; livemode: boolean }
export type Page = { limit: number; before?: { at: Temporal.Instant; id: string } | undefined }

export type Call<P = unknown, Q = unknown, B = unknown> = {
  app: App
  shop: Shop
  /** The business's own now. */
  now: Temporal.Instant
  caller: KeyCaller
  /** Finds or makes the identity of a mail address. */
  signIn: Pick<SignIn, 'createUser'>
  params: P
  query: Q
  body: B
  /** One row more than was asked for, so that `list` can tell whether there is a next page. */
  page: Page
  allows(scope: ResourceScope): boolean
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  write<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T>
  list<Row extends { id: string }, T>(
    rows: readonly Row[],
    show: (row: Row) => T,
    at: (row: Row) => Temporal.Instant,
  ): Listed<T>
}

type Facts = {
  method: 'get' | 'post' | 'patch' | 'put'
  /** `/customers/{id}` */
  path: string
  scope: ResourceScope
  /** A sentence of what it does. */
  summary: string
  description?: string
  status?: 200 | 201
  /** Money, credits or lines change: the request must carry an `Idempotency-Key`. */
  needsKey?: boolean
  /** Takes larger requests than others do. */
  mostBytes?: number
  /** Refusals besides those that every route may give. */
  refuses?: readonly RefusalCode[]
}

export type Route = Facts & {
  params: z.ZodObject
  query: z.ZodObject
  /** Null: the method takes none. */
  body: z.ZodObject | null
  /** Null: the answer is a file, of the kind `media`. */
  answer: z.ZodType | null
  media?: Media
  handle(call: Call): Promise<unknown>
  /**
   * Tells the answer again when the effect is committed and the process died before it could keep the answer. Left out where
   * doing it again is the same (PATCH, PUT, and what `again` says).
   */
  retell?: (call: Call, subjectId: string | null) => Promise<unknown>
  again?: boolean
}

type Typed<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, A extends z.ZodType> = Facts & {
  params?: P
  query?: Q
  body?: B
  answer: A
  again?: boolean
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<z.input<A>>
  retell?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>, subjectId: string | null) => Promise<z.input<A>>
}

const nothing = z.strictObject({})
type Nothing = typeof nothing

export function route<
  A extends z.ZodType,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodObject = Nothing,
>(typed: Typed<P, Q, B, A>): Route {
  const { params, query, body, ...rest } = typed
  return {
    ...(rest as unknown as Route),
    params: params ?? nothing,
    query: query ?? nothing,
    body: typed.method === 'get' ? null : (body ?? nothing),
  }
}

/** A list without pages: all there is of it, or as much as is told. */
export const whole = <T>({ shop }: Pick<Call, 'shop'>, data: T[]): Listed<T> => ({
  data,
  next_cursor: null,
  has_more: false,
  livemode: shop.livemode,
})

export type Media = 'application/pdf' | 'application/xml' | 'text/csv'

/** A document to download. */
export const fileRoute = <P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
  facts: Facts & {
    media: Media
    params?: P
    query?: Q
    /** A stream where there may be more of it than one holds. */
    handle(call: Call<z.output<P>, z.output<Q>>): Promise<Uint8Array | ReadableStream<Uint8Array>>
  },
): Route => ({
  ...(facts as unknown as Route),
  params: facts.params ?? nothing,
  query: facts.query ?? nothing,
  body: null,
  answer: null,
})

/** As `fileRoute`, of a paper. */
export const pdfRoute = <P extends z.ZodObject>(
  facts: Facts & { params: P; handle(call: Call<z.output<P>>): Promise<Uint8Array> },
): Route => fileRoute({ ...facts, media: 'application/pdf' })

/** A table with a fault does not start: a route without a scope would be open to every key. */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>()
  for (const each of routes) {
    const name = `${each.method} ${each.path}`
    assert(scopes.includes(each.scope), `${name} names a scope`)
    assert(
      each.scope.endsWith(':write') || each.method === 'get',
      `${name} changes something, so its scope is one for writing`,
    )
    assert(!seen.has(name), `${name} stands once in the table`)
    assert(each.method !== 'post' || each.again || each.retell, `${name} can be told again`)
    assert(
      [...each.path.matchAll(/\{(\w+)\}/g)].every(([, param = '']) => param in each.params.shape),
      `${name} names its parameters`,
    )
    seen.add(name)
  }
}
