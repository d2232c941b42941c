/** `linekeeper reconcile`: reads every line on its panel now, and sets right what differs. */
import { type App, type Shop, transaction } from '#app.ts'
import { findLine, listLines } from '#modules/lines/queries.ts'
import { reconcileLine } from '#modules/lines/reconcile-line.ts'
import { type Line, type SyncState, syncStateOf } from '#modules/lines/rules.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { allBusinesses, openShop } from '#modules/people/business.ts'
import { StartError } from '#platform/errors.ts'
import { plusHours } from '#platform/time.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

const options = {
  ...storeOptions,
  panel: { type: 'string' },
  business: { type: 'string' },
  'older-than': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const pageSize = 200

export const reconcile: Command = {
  name: 'reconcile',
  help: `linekeeper reconcile [--panel ID] [--business SLUG] [--older-than HOURS] [--json]

Looks at each line on its panel, changes what differs, and counts how the lines stand afterwards. Safe to repeat, and beside a
running worker. Exit code 1 when a line is not in step at the end.

  --panel           only lines of this panel
  --business        slug or id (default: all)
  --older-than      only lines that were not read within so many hours: one that was broken off goes on where it was
${storeHelp}
  --json            prints {"lines":N,"states":{"in_step":N,...}}`,
  async run(args) {
    const { values } = readArgs(reconcile, args, options)
    if (values.help) {
      print(reconcile.help)
      return 0
    }
    const hours = hoursOf(values['older-than'])
    const counts = await withApp(values, (app) => reconcileAll(app, { ...values, hours }))
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    if (values.json) printJson({ lines: total, states: counts })
    else print([`${total} lines`, ...Object.entries(counts).map(([state, count]) => `  ${state}: ${count}`)].join('\n'))
    return total === (counts.in_step ?? 0) ? 0 : 1
  },
}

function hoursOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const hours = Number(text)
  if (!/^\d{1,6}$/.test(text))
    throw new StartError('--older-than takes whole hours, like 6. See: linekeeper reconcile --help')
  return hours
}

type Wanted = { panel?: string | undefined; business?: string | undefined; hours?: number | undefined }
type Counts = Partial<Record<SyncState, number>>

async function reconcileAll(app: App, wanted: Wanted): Promise<Counts> {
  const counts: Counts = {}
  const businesses =
    wanted.business === undefined ? await allBusinesses(app) : [await businessNamed(app, wanted.business)]
  for (const businessId of businesses) {
    const shop = await openShop(app, businessId, 'system')
    for await (const line of linesOf(shop, wanted)) {
      const after = await reconcileOne(shop, line)
      const state = syncStateOf(after)
      counts[state] = (counts[state] ?? 0) + 1
    }
  }
  return counts
}

/** Page by page, newest first; of a page only ids and wishes are in memory. */
async function* linesOf(shop: Shop, { panel: panelId, hours }: Wanted): AsyncGenerator<Line> {
  const readBefore = hours === undefined ? undefined : plusHours(shop.now(), -hours)
  let before: { at: Temporal.Instant; id: string } | undefined
  for (;;) {
    const page = await transaction(shop, 'read-lines', (tx) =>
      listLines(tx, { panelId, readBefore }, { limit: pageSize, before }),
    )
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    before = { at: last.createdAt, id: last.id }
  }
}

/** The nudge that goes with it may bring a worker here first; then ours finds nothing to do. */
async function reconcileOne(shop: Shop, line: Line): Promise<Line> {
  await transaction(shop, 'reconcile-now', (tx) => reconcileNow(tx, shop, line.id, shop.now()))
  await reconcileLine(shop, line.id)
  return (await transaction(shop, 'read-line', (tx) => findLine(tx, line.id))) ?? line
}
