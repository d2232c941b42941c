/**
 * What all imitations share: a place for their state, faults that are switched on by request, a log of what really
 * happened, and a way onto the network. An imitation is another company's machine rebuilt from its public protocol. It
 * shares no code and no types with our adapters: if both had the same misunderstanding, no test would show it.
 *
 *     POST   /__faults {"fault":"timeout_after","times":1,"action":"create_line"}
 *     GET    /__faults     what is switched on
 *     DELETE /__faults     all well again (?fault=html for one)
 *     GET    /__truth      every mutation that took place (?after=<seq>)
 */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { actOut } from './kit/act.ts'
import { type Faults, openFaults } from './kit/faults.ts'
import { openStore, type Store } from './kit/store.ts'

export type { Faults } from './kit/faults.ts'
export { type Served, serveImitation } from './kit/serve.ts'
export { type Entry, factShelf, openStore, type Shelf, type Store, storeWith } from './kit/store.ts'

/** `app.fetch` answers in process; `close` writes what is left to write. */
export type Imitation = { app: Hono; faults: Faults; store: Store; close(): Promise<void> }

export type CreateImitation = {
  /** Where its state is kept; `null` keeps it in memory only. */
  folder: string | null
  /** Its state, where somebody else keeps it. */
  store?: Store | undefined
  now: () => Temporal.Instant
  /** The kind's own switches, see its `defaults`. */
  options?: Record<string, string> | undefined
  /** Where callers reach it, without a slash at the end: known only after it listens, hence a function. */
  publicUrl: () => string
}

export type ImitationKind = {
  kind: string
  title: string
  role: 'panel' | 'gateway' | 'rates'
  /** Every option it knows with its default: printed by the command line; an unknown name is refused. */
  defaults: Readonly<Record<string, string>>
  create(options: CreateImitation): Promise<Imitation>
}

export type Kit = Imitation & {
  now: () => Temporal.Instant
  /** Notes a mutation that took place. Never put a secret into `ids`. */
  did(action: string, ids: Record<string, string | number>): void
}

/**
 * An app with `/__faults`, `/__truth` and the faults in front of whatever routes the kind adds; each answer leaves only
 * after what it changed is stored. `actionOf` names what a request asks for, in the words in which faults are switched.
 */
export async function openKit(
  options: Pick<CreateImitation, 'folder' | 'now' | 'store'>,
  more: { faults?: readonly string[]; actionOf?: (c: Context) => string | Promise<string> } = {},
): Promise<Kit> {
  const store = options.store ?? (await openStore(options.folder))
  const faults = openFaults(more.faults)
  const app = new Hono()

  app.onError((error) => {
    throw error // A broken connection must reach the caller as one, not as a 500.
  })
  addControls(app, faults, store)
  app.use(actOut(faults, more.actionOf ?? ((c) => `${c.req.method} ${c.req.path}`)))
  app.use(async (_c, next) => {
    await next()
    await store.flush()
  })

  return {
    app,
    faults,
    store,
    now: options.now,
    did: (action, ids) => store.record(options.now(), action, ids),
    close: () => store.flush(),
  }
}

/** The given options over the defaults. An unknown name is a mistake that would otherwise go unnoticed. */
export function readOptions<T extends Readonly<Record<string, string>>>(
  defaults: T,
  given: Record<string, string> = {},
) {
  const unknown = Object.keys(given).find((name) => !(name in defaults))
  if (unknown !== undefined) {
    throw new RangeError(`unknown option ${unknown}; known: ${Object.keys(defaults).join(', ')}`)
  }
  return { ...defaults, ...given } as { [Name in keyof T]: string }
}

const FaultRequest = z.strictObject({
  fault: z.string(),
  times: z
    .number()
    .int()
    .positive()
    .nullish()
    .transform((value) => value ?? null),
  action: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  ms: z
    .number()
    .int()
    .nonnegative()
    .nullish()
    .transform((value) => value ?? null),
  executes: z.boolean().default(false),
})

function addControls(app: Hono, faults: Faults, store: Store) {
  app.post('/__faults', async (c) => {
    const parsed = FaultRequest.safeParse(await c.req.json().catch(() => null))
    if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 422)
    try {
      return c.json(faults.add(parsed.data))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return c.json({ error: error.message }, 422)
    }
  })
  app.get('/__faults', (c) => c.json({ faults: faults.list(), known: faults.names }))
  app.delete('/__faults', (c) => {
    faults.clear(c.req.query('fault'))
    return c.json({ faults: faults.list() })
  })
  app.get('/__truth', (c) => {
    const after = Number(c.req.query('after') ?? 0)
    return c.json({ facts: store.facts(after) })
  })
}
