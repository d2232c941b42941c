/** `linekeeper migrate`: brings the database up to date without starting anything. */
import { listMigrations } from '#platform/migrate.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { storeHelp, storeOptions, withApp } from './with-app.ts'

export const migrate: Command = {
  name: 'migrate',
  help: `linekeeper migrate [--demo | --live] [--json]

Runs the migrations that are missing, under a lock that others wait for. "serve" does the same at its start.

${storeHelp}
  --json            prints {"migrations":N}`,
  async run(args) {
    const { values } = readArgs(migrate, args, {
      ...storeOptions,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    })
    if (values.help) {
      print(migrate.help)
      return 0
    }
    // Opening a store migrates it.
    await withApp(values, async () => {})
    const count = listMigrations().length
    if (values.json) printJson({ migrations: count })
    else print(`The database is up to date (${count} migrations).`)
    return 0
  },
}
