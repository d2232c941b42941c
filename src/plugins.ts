/**
 * Adapters from outside: modules that LINEKEEPER_PLUGINS names, loaded once at the start. A module exports a function that gets what an
 * adapter needs of us, so that it imports nothing, and gives the kinds it brings. See docs/adapters.md.
 */
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { checkBodySignature } from '#adapters/gateways/body-signature.ts'
import { failureOf } from '#adapters/gateways/declines.ts'
import { type GatewayKind, NoticeError } from '#adapters/gateways/gateway.ts'
import { jsonApi } from '#adapters/gateways/json-api.ts'
import { activeSecrets, checkSignature, noticeJson } from '#adapters/gateways/signed-notice.ts'
import * as normalize from '#adapters/panels/normalize.ts'
import { isOurLine, type PanelKind } from '#adapters/panels/panel.ts'
import { judgeStatus, readBody } from '#adapters/panels/reply.ts'
import { gatewayKinds, type OutsideKinds, panelKinds } from '#main.ts'
import { type Config, configFaults, parseConfig } from '#platform/config.ts'
import { ProviderError } from '#platform/errors.ts'
import { fromDecimal, money, toDecimal, zero } from '#platform/money.ts'

/** Handed to a plugin. `z` must be this one: what marks a field as secret is kept beside it. */
const kit = {
  z,
  ProviderError,
  isOurLine,
  judgeStatus,
  readBody,
  normalize,
  NoticeError,
  jsonApi,
  failureOf,
  notices: { checkBodySignature, checkSignature, activeSecrets, noticeJson },
  money: { money, zero, fromDecimal, toDecimal },
}
export type PluginKit = typeof kit

/** What a plugin's module exports as its default: at least one kind of either. */
export type Plugin = (kit: PluginKit) => Partial<OutsideKinds> | Promise<Partial<OutsideKinds>>

/** The environment's settings and the adapters they name. Throws one `StartError` that names every fault of both. */
export async function readSettings(
  environment: Record<string, string | undefined>,
): Promise<{ config: Config; plugins: OutsideKinds }> {
  const { config, faults } = parseConfig(environment)
  const plugins = await loadPlugins(config.plugins, faults)
  if (faults.length > 0) throw configFaults(faults)
  return { config, plugins }
}

/** What cannot be used is told in `faults`, a clause each, and left out. */
async function loadPlugins(names: readonly string[], faults: string[]): Promise<OutsideKinds> {
  const panels: PanelKind[] = []
  const gateways: GatewayKind[] = []
  for (const name of names) {
    const found = await load(name).catch((error: unknown) => messageOf(error))
    const fault =
      typeof found === 'string'
        ? `which cannot be used: ${found}`
        : (taken('panel', found.panels, panelKinds, panels) ?? taken('gateway', found.gateways, gatewayKinds, gateways))
    if (fault !== null) faults.push(`LINEKEEPER_PLUGINS names ${name}, ${fault}`)
    if (typeof found === 'string' || fault !== null) continue
    panels.push(...found.panels)
    gateways.push(...found.gateways)
  }
  return { panels, gateways }
}

type Named = { kind: string }

function taken(what: string, brought: readonly Named[], ours: ReadonlyMap<string, Named>, theirs: readonly Named[]) {
  const kinds = [...theirs, ...brought].map(({ kind }) => kind)
  const again = new Set([...ours.keys(), ...kinds]).size < ours.size + kinds.length
  return again ? `which brings a kind of ${what} that is there already` : null
}

async function load(name: string): Promise<OutsideKinds> {
  const module = (await import(addressOf(name))) as { default?: unknown }
  if (typeof module.default !== 'function') throw new Error('its default export is not a function')
  const brought = Brought.safeParse(await (module.default as Plugin)(kit))
  if (brought.success) return brought.data as unknown as OutsideKinds
  throw new Error(
    brought.error.issues.map(({ path, message }) => `${path.join('.') || 'its answer'}: ${message}`).join(', '),
  )
}

/** A path is one of the folder in which the program was started; any other word is a package that is installed there. */
function addressOf(name: string): string {
  if (isAbsolute(name) || /^\.{1,2}[\\/]/.test(name)) return pathToFileURL(resolve(name)).href
  return pathToFileURL(createRequire(join(process.cwd(), 'plugins.js')).resolve(name)).href
}

const isFunction = z.custom<unknown>((value) => typeof value === 'function', 'must be a function')

const named = {
  kind: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, 'must be a word of small letters, digits and underscores'),
  title: z.string().min(1).max(60),
  settings: z.custom<unknown>((value) => value instanceof z.ZodObject, 'must be made with z.object'),
  open: isFunction,
}

const BroughtPanel = z.looseObject({
  ...named,
  capabilities: z.looseObject({
    absoluteExpiry: z.boolean(),
    chargesEachExtension: z.boolean(),
    canList: z.boolean(),
    canDelete: z.boolean(),
    canDropConnections: z.boolean(),
    canSwitchOff: z.boolean().optional(),
    tellsUsage: z.boolean().optional(),
  }),
  connectionDetails: isFunction,
})

const BroughtGateway = z.looseObject({
  ...named,
  capabilities: z.looseObject({
    checkout: z.enum(['redirect', 'instructions']),
    notices: z.boolean(),
    refund: z.boolean(),
    delayed: z.boolean(),
    staffConfirms: z.boolean(),
    savesMethods: z.boolean(),
    savesWithoutPayment: z.boolean(),
    findsUnpaid: z.boolean(),
    testOnly: z.boolean(),
  }),
  currencies: z.array(z.string().regex(/^[A-Z]{3}$/, 'must be a code of three capital letters')).nullable(),
  paymentPages: z.array(z.url()).optional(),
  noticeAddress: z.literal('sent').optional(),
})

const Brought = z
  .object({ panels: z.array(BroughtPanel).default([]), gateways: z.array(BroughtGateway).default([]) })
  .refine(({ panels, gateways }) => panels.length + gateways.length > 0, 'must hold at least one kind')

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message.split('\n')[0] : undefined) ?? 'no reason'
