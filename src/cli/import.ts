/** `linekeeper import`: lines that are on a panel already come under our care. Tells what would become of each first; makes it with `--yes`, asleep. */
import { readFile as readBytes } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Shop, transaction } from '#app.ts'
import { adoptNow } from '#modules/adoption/begin-adoption.ts'
import { moveAdoption } from '#modules/adoption/move-adoption.ts'
import { type Adoption, type AdoptionCounts, countsOf, readAdoption } from '#modules/adoption/queries.ts'
import { readFile } from '#modules/adoption/read-file.ts'
import { takeUpAdoption } from '#modules/adoption/take-up-adoption.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { leaseSeconds } from '#modules/lines/jobs.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { openShop } from '#modules/people/business.ts'
import { StartError } from '#platform/errors.ts'
import { isAfter, plusSeconds } from '#platform/time.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { importJson, importText, readRows } from './import-told.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

const options = {
  ...storeOptions,
  panel: { type: 'string' },
  plan: { type: 'string' },
  business: { type: 'string' },
  yes: { type: 'boolean' },
  rows: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export const importLines: Command = {
  name: 'import',
  help: `linekeeper import --panel NAME [--plan NAME] [--business SLUG] [--yes] [--rows] [--json]
linekeeper import FILE.csv [--panel NAME] [--plan NAME] [--business SLUG] [--yes] [--rows] [--json]

Takes over lines that are on a panel already: what it lists and nobody here knows, or what a file names. Each is read on the panel, gently; without
--yes it only tells what would become of each. With --yes customers, subscriptions and lines are made, asleep: nobody is billed, written to or cut
off, and nothing is written on the panel, until somebody wakes them in the console. Broken off, the same command goes on where it was. Exit code 1
when the panel could not be read, or when with --yes a line is left that waits for a person.

  FILE.csv          a table whose first row names its columns: username, password, email, expires, plan. Only the first is needed
  --panel           its name or id (not needed with a file where there is only one)
  --plan            name or id, for lines whose package there belongs to no plan, or to several
  --yes             take over what can be
  --rows            print every line; else the first fifty, those that wait before the others
  --business        slug or id (default: the operator's own)
${storeHelp}
  --json            prints {"adoption","panel","state","dry_run","lines","waits_because","plans","rows","url"}`,
  async run(args) {
    const { values, positionals } = readArgs(importLines, args, options)
    if (values.help) {
      print(importLines.help)
      return 0
    }
    const [path, ...others] = positionals
    if (others.length > 0) throw new StartError('One file at a time. See: linekeeper import --help')
    if (path === undefined && values.panel === undefined)
      throw new StartError('From where? Name a panel with --panel, or a file. See: linekeeper import --help')
    const csv = path === undefined ? null : await textOf(path)
    return withApp(values, async (app) => {
      const businessId = await businessNamed(app, values.business)
      const shop = await openShop(app, businessId, 'staff:command-line')
      if (shop.standstill !== null)
        throw new StartError('This business stands still, so nothing is read or made. See: linekeeper catch-up')
      const wish = { ...(await meant(shop, values)), filed: csv === null ? null : readFile(csv, shop.zone) }
      const yes = values.yes === true
      const id = await transaction(shop, 'take-up-adoption', (tx) => takeUpAdoption(tx, shop, wish, yes, shop.now()))
      await atRest(shop, id)
      if (yes) await adopt(shop, id)
      const told = { ...(await standOf(shop, id)), dryRun: !yes, url: `${app.publicUrl}/admin/adoptions/${id}` }
      const rows = await readRows(shop, id, values.rows === true || values.json === true ? null : 50)
      if (values.json) printJson(importJson(told, rows))
      else print(importText(shop, told, rows))
      return yes && told.counts.waits > 0 ? 1 : 0
    })
  },
}

const textOf = (path: string): Promise<string> =>
  readBytes(path, 'utf8').catch(() => {
    throw new StartError(`The file ${path} cannot be read.`)
  })

type Named = { id: string; name: string }

async function meant(shop: Shop, { panel, plan }: { panel?: string | undefined; plan?: string | undefined }) {
  const [panels, plans] = await transaction(shop, 'read-panels', (tx) => Promise.all([listPanels(tx), listPlans(tx)]))
  const [only, ...more] = panels
  if (only === undefined) throw new StartError('There is no panel yet: add it in the console first.')
  if (panel === undefined && more.length > 0)
    throw new StartError(`On which panel? Say --panel with one of: ${panels.map(({ name }) => name).join(', ')}.`)
  return {
    panelId: panel === undefined ? only.id : named(panels, panel, 'panel').id,
    planId: plan === undefined ? null : named(plans, plan, 'plan').id,
  }
}

function named<T extends Named>(among: readonly T[], word: string, what: string): T {
  const found = among.filter(({ id, name }) => id === word || name.toLowerCase() === word.toLowerCase())
  const [first, ...more] = found
  if (first === undefined) throw new StartError(`There is no ${what} "${word}".`)
  if (more.length > 0)
    throw new StartError(`Several are called "${word}": say its id, one of ${found.map(({ id }) => id).join(', ')}.`)
  return first
}

const standOf = (shop: Shop, id: string): Promise<{ adoption: Adoption; counts: AdoptionCounts }> =>
  transaction(shop, 'read-adoption', async (tx) => ({
    adoption: await readAdoption(tx, id),
    counts: await countsOf(tx, id),
  }))

/** Somebody else may have said so a moment ago. */
async function adopt(shop: Shop, id: string): Promise<void> {
  await transaction(shop, 'adopt-now', async (tx) => {
    const { state } = await readAdoption(tx, id, true)
    if (state !== 'adopting' && (await countsOf(tx, id)).fits > 0) await adoptNow(tx, shop, id, shop.now())
  })
  await atRest(shop, id)
}

/** Does here what is due of it, or waits while a running house is at it; what it stands at is told meanwhile. */
async function atRest(shop: Shop, id: string): Promise<void> {
  for (let said = ''; ; ) {
    const moving = moveAdoption(shop, id).then(() => true)
    while (!(await Promise.race([moving, sleep(1_000, false)]))) said = await progress(shop, id, said)
    const { adoption } = await standOf(shop, id)
    const { lastError, nextLookAt, panelName, state } = adoption
    if (state === 'failed' || lastError !== null)
      throw new StartError(
        `${panelName} could not be read: ${lastError?.replace(/\.$/, '')}. Nothing was made. The same command goes on where it was.`,
      )
    if (nextLookAt === null) return
    if (isAfter(nextLookAt, plusSeconds(shop.now(), leaseSeconds)))
      throw new StartError(`${panelName} is not asked before ${nextLookAt}. The same command goes on then.`)
    said = await progress(shop, id, said)
    await sleep(1_000)
  }
}

/** On standard error: the answer stays alone on the other. */
async function progress(shop: Shop, id: string, said: string): Promise<string> {
  const { adoption, counts } = await standOf(shop, id)
  const { adopted, fits, unread, undone, waits } = counts
  const all = adopted + fits + unread + undone + waits
  const text =
    adoption.state === 'adopting'
      ? `taken over: ${adopted} of ${adopted + fits}`
      : adoption.listed
        ? `read: ${all - unread} of ${all}`
        : `listed: ${all}`
  if (text !== said) process.stderr.write(`${text}\n`)
  return text
}
