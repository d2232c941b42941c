/** `linekeeper imitate`: another company's machine, to try things on. */
import { join } from 'node:path'
import { authorizenet } from '#imitations/gateways/authorizenet.ts'
import { btcpay } from '#imitations/gateways/btcpay.ts'
import { gocardless } from '#imitations/gateways/gocardless.ts'
import { mollie } from '#imitations/gateways/mollie.ts'
import { nowpayments } from '#imitations/gateways/nowpayments.ts'
import { paypal } from '#imitations/gateways/paypal.ts'
import { sandbox } from '#imitations/gateways/sandbox.ts'
import { stripe } from '#imitations/gateways/stripe.ts'
import { type ImitationKind, serveImitation } from '#imitations/kit.ts'
import { httpPanel } from '#imitations/panels/http-panel.ts'
import { mediaServer } from '#imitations/panels/media-server.ts'
import { ministra } from '#imitations/panels/ministra.ts'
import { nxt } from '#imitations/panels/nxt.ts'
import { oneStream } from '#imitations/panels/onestream.ts'
import { xcVm } from '#imitations/panels/xc-vm.ts'
import { xtreamCodes } from '#imitations/panels/xtream-codes.ts'
import { xui } from '#imitations/panels/xui.ts'
import { xuiReseller } from '#imitations/panels/xui-reseller.ts'
import { ecb } from '#imitations/rates/ecb.ts'
import { systemClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { StartError } from '#platform/errors.ts'
import { askedToStop, type Command, print, printJson, readArgs, table } from './command.ts'

const kinds: readonly ImitationKind[] = [
  xui,
  xcVm,
  xuiReseller,
  xtreamCodes,
  ministra,
  nxt,
  oneStream,
  mediaServer,
  httpPanel,
  stripe,
  mollie,
  paypal,
  btcpay,
  nowpayments,
  authorizenet,
  gocardless,
  sandbox,
  ecb,
]

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  option: { type: 'string', multiple: true, default: [] as string[] },
  'public-url': { type: 'string' },
  list: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export const imitate: Command = {
  name: 'imitate',
  help: `linekeeper imitate <kind> [--port N] [--host A] [--data FOLDER] [--public-url URL] [--option name=value ...] [--json]
linekeeper imitate --list [--json]

Starts a machine that behaves like another company's and runs until it gets SIGTERM or Ctrl-C: docs/imitations.md. Its controls
ask for no password: never put one on the internet.

  --port            default: a free one, which is printed
  --host            default: 127.0.0.1
  --data            where its state is kept (default: imitations/<kind>-<port> in the data folder)
  --public-url      what it calls itself in links, behind a proxy
  --option          one of its own switches, as --list shows them
  --list            the kinds with their options
  --json            one line of JSON: the kinds, or where it listens`,
  async run(args) {
    const { values, positionals } = readArgs(imitate, args, options)
    if (values.help) {
      print(imitate.help)
      return 0
    }
    if (values.list) return list(values.json ?? false)
    const kind = kinds.find((each) => each.kind === positionals[0])
    if (kind === undefined)
      throw new StartError(`Which one? ${kinds.map((each) => each.kind).join(', ')}. See: linekeeper imitate --help`)
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new StartError('--port is a number from 0 to 65535.')
    const served = await serveImitation(kind, {
      port,
      host: values.host,
      now: systemClock.now,
      folder: values.data ?? join(readConfig(process.env).dataFolder, 'imitations', `${kind.kind}-${port}`),
      options: readPairs(values.option),
      ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
    }).catch((error: unknown) => refuse(error, values.host, port))
    const { url, controlUrl } = served
    if (values.json) printJson({ kind: kind.kind, url, port: served.port, control_url: controlUrl })
    else print(`${kind.title}: ${url}\nControls, also while it plays dead: ${controlUrl}`)
    await askedToStop()
    await served.close()
    return 0
  },
}

function list(asJson: boolean): number {
  if (asJson)
    printJson({ kinds: kinds.map(({ kind, title, role, defaults }) => ({ kind, title, role, options: defaults })) })
  else
    print(
      table(
        kinds.flatMap(({ kind, title, defaults }) => [
          [kind, title],
          ...Object.entries(defaults).map(([name, value]) => ['', `--option ${name}=${value}`]),
        ]),
      ),
    )
  return 0
}

function readPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new StartError(`--option is written name=value, not "${pair}".`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function refuse(error: unknown, host: string, port: number): never {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE')
    throw new StartError(`Port ${port} is taken by another program: choose another with --port.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new StartError(`${host} is no address of this machine.`)
  if (code === 'EACCES' || code === 'ENOTDIR' || code === 'EROFS')
    throw new StartError(`The folder for its state cannot be written: ${(error as Error).message}.`)
  if (error instanceof RangeError) throw new StartError(`${error.message}.`)
  throw error
}
