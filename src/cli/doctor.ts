/** `linekeeper doctor`: tries everything that a shop needs, and says what is wrong. Changes nothing outside. */
import { type App, type Shop, transaction } from '#app.ts'
import { listGateways, openGateway } from '#modules/billing/gateways.ts'
import { listPanels, openRow } from '#modules/lines/panels.ts'
import { mailerOf } from '#modules/messages/mail-settings.ts'
import { allShops } from '#modules/people/business.ts'
import { StartError } from '#platform/errors.ts'
import { ready } from '#platform/health.ts'
import { listMigrations } from '#platform/migrate.ts'
import type { Store } from '../store.ts'
import { type Command, print, printJson, readArgs, table } from './command.ts'
import { storeHelp, storeOptions, withApp } from './with-app.ts'

type Check = { check: string; ok: boolean; detail: string }

export const doctor: Command = {
  name: 'doctor',
  help: `linekeeper doctor [--demo | --live] [--json]

Tries what a shop needs: the database and its migrations, the secret key, the mail server, each panel, each gateway. Nothing is
made, sent or charged. Exit code 1 when something is wrong.

${storeHelp}
  --json            prints {"checks":[{"check","ok","detail"}]}`,
  async run(args) {
    const { values } = readArgs(doctor, args, {
      ...storeOptions,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    })
    if (values.help) {
      print(doctor.help)
      return 0
    }
    const checks = await withApp(values, examine).catch((error: unknown): Check[] => {
      if (!(error instanceof StartError)) throw error
      return [{ check: 'start', ok: false, detail: error.message }]
    })
    if (values.json) printJson({ checks })
    else print(table(checks.map(({ check, ok, detail }) => [ok ? 'ok' : 'BAD', check, detail])))
    return checks.every(({ ok }) => ok) ? 0 : 1
  },
}

async function examine(app: App, store: Store): Promise<Check[]> {
  const { rows } = await app.db.pool.query<{ version: string }>(`select current_setting('server_version') as version`)
  const health = await ready(app.db)
  const checks: Check[] = [
    { check: 'database', ok: true, detail: `PostgreSQL ${rows[0]?.version}, ${store.kind} data in ${store.folder}` },
    { check: 'migrations', ok: health.ok, detail: health.ok ? `${listMigrations().length} done` : health.reason },
    // Opening the store has compared it already.
    { check: 'secret key', ok: true, detail: 'opens what this database keeps' },
  ]
  for await (const shop of allShops(app)) {
    checks.push(await mail(shop, store), ...(await panels(shop)), ...(await gateways(shop)))
  }
  return checks
}

async function mail(shop: Shop, store: Store): Promise<Check> {
  const check = `${shop.slug}: mail`
  if (store.kind === 'demo') return { check, ok: true, detail: 'caught by the demo while it runs' }
  const mailer = await transaction(shop, 'read-mailer', (tx) => mailerOf(tx, shop))
  if (mailer === null) return { check, ok: false, detail: 'no mail server is set up: messages become tasks for staff' }
  const { outcome, detail } = await mailer.transport.checkConnection()
  return { check, ok: outcome === 'accepted', detail }
}

async function panels(shop: Shop): Promise<Check[]> {
  const found = await transaction(shop, 'read-panels', listPanels)
  return Promise.all(
    found.map((row) =>
      attempt(`${shop.slug}: panel ${row.name}`, async () => (await openRow(shop, row).panel.checkConnection()).detail),
    ),
  )
}

async function gateways(shop: Shop): Promise<Check[]> {
  const found = (await transaction(shop, 'read-gateways', listGateways)).filter(({ active }) => active)
  return Promise.all(
    found.map((account) =>
      attempt(
        `${shop.slug}: gateway ${account.name}`,
        async () => (await openGateway(shop, account).gateway.checkConnection()).detail,
      ),
    ),
  )
}

const attempt = (check: string, work: () => Promise<string>): Promise<Check> =>
  work().then(
    (detail) => ({ check, ok: true, detail }),
    (error: unknown) => ({ check, ok: false, detail: error instanceof Error ? error.message : String(error) }),
  )
