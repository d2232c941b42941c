/**
 * `npm run simulate -- --seeds N --days D [--from S] [--subscriptions LOW-HIGH] [--sabotage NAME] [--processes P]`: lives N seeds of D
 * days, beginning with seed S. `--big`: one shop of 5,000, for three days unless said. `--minutes M`: begins no seed after that long, but for the first
 * `--least N`, which are lived on any machine. Among sixty seeds or more a kind of fault or act that never came is a failure. The last line is JSON; exit code 1 when an invariant broke, with how to repeat it.
 */
import { parseArgs } from 'node:util'
import { makeTemplate, ownServer } from '../support/database-server.ts'
import { enoughSeeds, never } from './counters.ts'
import { simulate } from './crew.ts'
import type { Told } from './run-seed.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    days: { type: 'string' },
    from: { type: 'string', default: '1' },
    subscriptions: { type: 'string', default: '30-60' },
    'move-in': { type: 'string', default: '0' },
    sabotage: { type: 'string' },
    processes: { type: 'string', default: '2' },
    big: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '100000' },
    least: { type: 'string', default: '1' },
    hashes: { type: 'boolean', default: false },
  },
})
if (values.big) Object.assign(values, { seeds: '1', subscriptions: '5000-5000', 'move-in': '4900' })
values.days ??= values.big ? '3' : '60'
const number = (name: 'seeds' | 'days' | 'from' | 'processes' | 'minutes' | 'least' | 'move-in', from = 1): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < from) throw new Error(`--${name} is a whole number from ${from}`)
  return value
}
const range = /^(\d+)-(\d+)$/.exec(values.subscriptions)
if (range === null) throw new Error('--subscriptions is a range, like 30-60')

const [seeds, days, from] = [number('seeds'), number('days'), number('from')]
const moveIn = number('move-in', 0)
const [latest, least] = [number('minutes') * 60, number('least')]
const total = {
  seeds: 0,
  days,
  broken: 0,
  events: 0,
  faults: {} as Record<string, number>,
  acts: {} as Record<string, number>,
}

function add(told: Told): void {
  total.seeds += 1
  total.broken += told.broken.length > 0 ? 1 : 0
  total.events += told.events
  sum(total.faults, told.faults)
  sum(total.acts, told.acts)
  if (values.hashes) console.log(`${told.seed} ${told.events} ${told.hash}`)
  if (told.broken.length > 0) show(told)
  else process.stderr.write(`${total.seeds} of ${seeds} seeds, ${total.events} events\n`)
}

function sum(all: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) all[name] = (all[name] ?? 0) + count
}

function show({ seed, broken, tail, story }: Told): void {
  console.log(`seed ${seed} broke:`)
  for (const each of broken) console.log(`  ${each}`)
  console.log('  before that:')
  for (const each of tail) console.log(`    ${each}`)
  console.log('  what the house wrote down:')
  for (const each of story) console.log(`    ${each}`)
  const planted = values.sabotage === undefined ? '' : ` --sabotage ${values.sabotage}`
  const many = `--subscriptions ${values.subscriptions}${moveIn === 0 ? '' : ` --move-in ${moveIn}`}`
  console.log(`  again: npm run simulate -- --seeds 1 --from ${seed} --days ${days} ${many}${planted}`)
}

const server = await ownServer()
try {
  const templateName = `linekeeper_simulate_${process.pid}`
  await makeTemplate(server.url, templateName)
  await simulate({
    serverUrl: server.url,
    templateName,
    seeds: Array.from({ length: seeds }, (_, index) => from + index),
    days,
    subscriptions: [Number(range[1]), Number(range[2])],
    moveIn,
    sabotage: values.sabotage,
    processes: number('processes'),
    told: (result) => {
      add(result)
      // One that was broken on purpose is found once.
      return (
        (values.sabotage === undefined || result.broken.length === 0) &&
        (process.uptime() < latest || total.seeds < least)
      )
    },
  })
} finally {
  await server.stop()
}
const sorted = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
console.log(JSON.stringify({ ...total, faults: sorted(total.faults), acts: sorted(total.acts) }))
const spared = total.seeds < enoughSeeds ? [] : never(total.faults, total.acts)
if (spared.length > 0) console.log(`never came: ${spared.join(', ')}`)
process.exitCode = total.broken > 0 || spared.length > 0 ? 1 : 0
