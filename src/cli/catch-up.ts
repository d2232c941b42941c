/** `linekeeper catch-up`: what a business that stands still would catch up, and the word that lets it. */

import { transaction } from '#app.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { openShop, readBusiness } from '#modules/people/business.ts'
import { confirmCatchUp } from '#modules/people/standstill.ts'
import { type Command, print, printJson, readArgs, table } from './command.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

export const catchUp: Command = {
  name: 'catch-up',
  help: `linekeeper catch-up [--confirm] [--business SLUG] [--json]

After a long silence, a jump of the clock, a restored backup or a move nothing is charged, mailed or cut off until a person confirms. Tells why a
business stands still and what would be caught up at once; "linekeeper rehearse --days 0 --rows" shows each row.

  --confirm         let it go on
  --business        slug or id (default: the operator's own)
${storeHelp}
  --json            prints {"stands","because","detail","due","confirmed"}`,
  async run(args) {
    const { values } = readArgs(catchUp, args, {
      ...storeOptions,
      confirm: { type: 'boolean' },
      business: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    })
    if (values.help) {
      print(catchUp.help)
      return 0
    }
    const told = await withApp(values, async (app) => {
      const shop = await openShop(app, await businessNamed(app, values.business), 'staff:command-line')
      const { standsBecause, standsDetail } = await transaction(shop, 'read-business', readBusiness)
      const { summary } = await rehearse(shop, { days: 0, most: null })
      const confirmed = values.confirm === true && (await confirmCatchUp(shop))
      const due = summary.totals.map(({ action, count, mails }) => ({ action, count, mails }))
      return {
        stands: standsBecause !== null && !confirmed,
        because: standsBecause,
        detail: standsDetail,
        due,
        confirmed,
      }
    })
    if (values.json) printJson(told)
    else {
      print(told.because === null ? 'It does not stand still.' : `${told.confirmed ? 'Confirmed. ' : ''}${told.detail}`)
      if (told.due.length > 0) print(table(told.due.map(({ action, count }) => [`  ${action}`, String(count)])))
    }
    return told.stands ? 1 : 0
  },
}
