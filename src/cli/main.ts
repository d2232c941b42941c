/** The command line: finds the command, lets it work, tells faults in one sentence, and ends with its code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, StartError } from '#platform/errors.ts'
import { type Command, print, table } from './command.ts'

type Entry = { name: string; summary: string; load(): Promise<Command> }

/** Loaded when called: `--help` and an imitation need no whole house. */
const commands: readonly Entry[] = [
  {
    name: 'serve',
    summary: 'start the whole house: web, worker and database',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'worker',
    summary: 'start a worker only: jobs and sweeps, no web',
    load: async () => (await import('./serve.ts')).worker,
  },
  {
    name: 'migrate',
    summary: 'bring the database up to date',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  {
    name: 'doctor',
    summary: 'check database, key, mail, panels and gateways',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'admin',
    summary: 'make a member of staff, or a key for a program',
    load: async () => (await import('./admin.ts')).admin,
  },
  {
    name: 'import',
    summary: 'take over lines that are on a panel already, or in a file; tells first',
    load: async () => (await import('./import.ts')).importLines,
  },
  {
    name: 'travel',
    summary: 'move the clock of a test business, step by step',
    load: async () => (await import('./travel.ts')).travel,
  },
  {
    name: 'rehearse',
    summary: 'tell what the lifecycle will do, without doing it',
    load: async () => (await import('./rehearse.ts')).rehearse,
  },
  {
    name: 'catch-up',
    summary: 'let a business go on that stands still after a silence, a restore or a move',
    load: async () => (await import('./catch-up.ts')).catchUp,
  },
  {
    name: 'reconcile',
    summary: 'compare every line with its panel and set it right',
    load: async () => (await import('./reconcile.ts')).reconcile,
  },
  {
    name: 'prove',
    summary: 'check every invariant: books, periods, lines',
    load: async () => (await import('./prove.ts')).prove,
  },
  {
    name: 'imitate',
    summary: 'start an imitation of a panel or a gateway',
    load: async () => (await import('./imitate.ts')).imitate,
  },
]

const help = `linekeeper <command> [options]

${table(commands.map(({ name, summary }) => [`  ${name}`, summary]))}

"linekeeper <command> --help" tells more. Settings come from the environment: see docs/configuring.md.`

const code = await main(process.argv.slice(2))
// A pipe takes little at a time: what was said is waited for, or the end of a long answer would be lost.
await Promise.all(
  [process.stdout, process.stderr].map((each) => new Promise<void>((done) => each.write('', () => done()))),
)
// Ended here, not by the loop running empty: a kept-alive connection must not hold a finished command.
process.exit(code)

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(help)
    return name === undefined ? 1 : 0
  }
  if (name === '--version') {
    print(version())
    return 0
  }
  const command = commands.find((each) => each.name === name)
  if (command === undefined) return fail(`There is no command "${name}". See: linekeeper --help`)
  try {
    return await (await command.load()).run(args)
  } catch (error) {
    return fail(sentence(error))
  }
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`)
  return 1
}

/** What the caller can mend is one sentence; anything else is a bug of ours, and its stack helps to mend it. */
function sentence(error: unknown): string {
  if (error instanceof StartError) return error.message
  if (error instanceof Refusal) return [error.message, ...error.fields.map(({ detail }) => detail)].join(' ')
  return `Something went wrong that should not have: ${error instanceof Error ? error.stack : String(error)}`
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
