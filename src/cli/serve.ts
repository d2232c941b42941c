/** `linekeeper serve` and `linekeeper worker`: a house that runs until it is asked to stop. */
import { setUpCode } from '#modules/people/first-admin.ts'
import { stopwatch } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { type House, startHouse } from '../house.ts'
import { readSettings } from '../plugins.ts'
import { storeKind } from '../store.ts'
import { askedToStop, type Command, print, printJson, readArgs, table } from './command.ts'

const options = {
  demo: { type: 'boolean' },
  empty: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const flags = `  --demo   a demo business with customers, panels, payments and mail, all imitated
           (the default, unless DATABASE_URL or NODE_ENV=production is set)
  --empty  a real, empty installation that begins with its set-up
  --json   one line of JSON when it is ready`

export const serve: Command = {
  name: 'serve',
  help: `linekeeper serve [--demo | --empty] [--json]

Starts everything and runs until it gets SIGTERM or Ctrl-C. Settings come from the environment (docs/configuring.md).

${flags}`,
  run: (args) => runHouse(serve, args, (config) => config),
}

export const worker: Command = {
  name: 'worker',
  help: `linekeeper worker [--demo | --empty] [--json]

As "linekeeper serve" with LINEKEEPER_ROLE=worker: any number of them may work on one database.

${flags}`,
  run: (args) => runHouse(worker, args, (config) => ({ ...config, role: 'worker' })),
}

async function runHouse(command: Command, args: string[], adapt: (config: Config) => Config): Promise<number> {
  const { values } = readArgs(command, args, options)
  if (values.help) {
    print(command.help)
    return 0
  }
  const started = stopwatch()
  const settings = await readSettings(process.env)
  const config = adapt(settings.config)
  const log = createLog(process.env.LOG_LEVEL || config.production ? config.logLevel : 'warn')
  const kind = storeKind(config, { demo: values.demo ?? false, empty: values.empty ?? false })
  const toStop = askedToStop()
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const starting = startHouse(config, { kind, log, say, plugins: settings.plugins })
  // Asked to stop while it starts: it stops as soon as it stands.
  const house = await starting
  const code = house.demo === null && house.url !== null ? await setUpCode(house.app) : null
  if (values.json) printJson(facts(house, code))
  else print(welcome(house, code, Math.round((stopwatch() - started) / 100) / 10))
  await toStop
  if (!values.json) say('Stopping ...')
  await house.stop()
  return 0
}

const facts = ({ url, store, demo }: House, code: string | null) => ({
  ready: true,
  url,
  kind: store.kind,
  data: store.folder,
  ...(code === null ? {} : { set_up_code: code }),
  ...(demo === null
    ? {}
    : { admin: demo.newAdmin, admin_login_file: demo.loginFile, mail: `${url}/demo/mail`, panels: demo.panelUrls }),
})

function welcome({ url, store, demo }: House, code: string | null, seconds: number): string {
  if (url === null) return `The worker is ready (${store.kind}, after ${seconds} s).`
  const lines = [
    ['Shop', `${url}/`],
    ['Console', `${url}/admin`],
  ]
  if (code !== null) lines.push(['Set-up code', `${code} (the console asks for it once)`])
  if (demo !== null) {
    if (demo.newAdmin !== null) lines.push(['Sign-in', `${demo.newAdmin.email}  ${demo.newAdmin.password}`])
    lines.push([
      demo.newAdmin === null ? 'Sign-in' : '  kept in',
      demo.newAdmin === null ? `see ${demo.loginFile}` : demo.loginFile,
    ])
    lines.push(['Mail', `${url}/demo/mail`], ['Panels', demo.panelUrls.join(', ')])
  }
  const note = demo === null ? '' : '\n\nThis is a demo: nothing is charged, and no mail leaves this machine.'
  return `\nLinekeeper is ready after ${seconds} s.\n\n${table(lines)}${note}\n`
}
