/** `linekeeper prove`: asks every invariant over all businesses. */
import { prove as proveAll } from '#modules/invariants.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { storeHelp, storeOptions, withApp } from './with-app.ts'

export const prove: Command = {
  name: 'prove',
  help: `linekeeper prove [--demo | --live] [--json]

Runs each invariant as a query that must return no rows, over all businesses. Changes nothing. Exit code 1 when one is broken.

${storeHelp}
  --json            prints {"checked":N,"broken":[{"id","text","rows"}]}`,
  async run(args) {
    const { values } = readArgs(prove, args, {
      ...storeOptions,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    })
    if (values.help) {
      print(prove.help)
      return 0
    }
    const { checked, broken } = await withApp(values, (app) => proveAll(app, app.clock.now()))
    if (values.json) printJson({ checked, broken })
    else if (broken.length === 0) print(`All ${checked} invariants hold.`)
    else
      for (const { id, text, rows } of broken)
        print([`${id}: ${text}`, ...rows.slice(0, 10).map((row) => `  ${JSON.stringify(row)}`)].join('\n'))
    return broken.length === 0 ? 0 : 1
  },
}
