/** `linekeeper travel`: moves the clock of a test business, step by step. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, transaction } from '#app.ts'
import { mostTravelDays, travel as setOut, stopTravel, travelOf } from '#modules/dunning/travel.ts'
import { openShop } from '#modules/people/business.ts'
import { StartError } from '#platform/errors.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

const options = {
  ...storeOptions,
  days: { type: 'string' },
  to: { type: 'string' },
  stop: { type: 'boolean' },
  wait: { type: 'boolean' },
  business: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export const travel: Command = {
  name: 'travel',
  help: `linekeeper travel [--days N | --to INSTANT | --stop] [--wait] [--business SLUG] [--json]

Moves the clock of a test business ahead, from one due instant to the next: each step of the lifecycle is done at its own minute, by the house that
runs. Without --days, --to and --stop: tells where it is. A live business is refused.

  --days            how far, 1 to ${mostTravelDays}
  --to              until when, like 2026-12-01T00:00:00Z
  --stop            ends the journey where it is
  --wait            until it has arrived
  --business        slug or id (default: the operator's own)
${storeHelp}
  --json            prints {"travels","from","to","now","busy"}`,
  async run(args) {
    const { values } = readArgs(travel, args, options)
    if (values.help) {
      print(travel.help)
      return 0
    }
    if ([values.days, values.to, values.stop].filter((each) => each !== undefined).length > 1)
      throw new StartError('Say one of --days, --to and --stop.')
    return withApp(values, async (app) => {
      const id = await businessNamed(app, values.business)
      const shop = await openShop(app, id, 'staff:command-line')
      if (values.stop) await stopTravel(shop)
      const to = targetOf(values, shop.now())
      if (to !== null) await setOut(shop, to)
      let told = await where(app, id)
      for (let shown = ''; values.wait && told.travels; told = await where(app, id)) {
        if (!values.json && told.now !== shown) print(textOf(told))
        shown = told.now
        await sleep(500)
      }
      if (values.json) printJson(told)
      else print(textOf(told))
      return 0
    })
  },
}

function targetOf({ days, to }: { days?: string | undefined; to?: string | undefined }, now: Temporal.Instant) {
  if (to !== undefined)
    try {
      return Temporal.Instant.from(to)
    } catch {
      throw new StartError('--to is an instant, like 2026-12-01T00:00:00Z.')
    }
  if (days === undefined) return null
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > mostTravelDays)
    throw new StartError(`--days is a whole number from 1 to ${mostTravelDays}.`)
  return now.add({ hours: Number(days) * 24 })
}

async function where(app: App, id: string) {
  const shop = await openShop(app, id, 'staff:command-line')
  const found = await transaction(shop, 'read-travel', travelOf)
  return {
    travels: found !== null,
    from: found?.from.toString() ?? null,
    to: found?.to.toString() ?? null,
    now: (found?.at ?? shop.now()).toString(),
    busy: found?.busy ?? null,
  }
}

const textOf = ({ travels, to, now, busy }: Awaited<ReturnType<typeof where>>): string =>
  travels ? `${now}, on the way to ${to}${busy === null ? '' : `; being done: ${busy}`}` : `It is ${now} there.`
