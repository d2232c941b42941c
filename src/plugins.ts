/**
 * Adapters from outside: modules that LINEKEEPER_PLUGINS names, loaded once at the start. A module exports a function that gets what an
 * adapter needs of us, so that it imports nothing, and gives the kinds it brings. See docs/adapters.md.
 */
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import * as normalize from '#adapters/panels/normalize.ts'
import { isOurLine, type PanelKind } from '#adapters/panels/panel.ts'
import { judgeStatus, readBody } from '#adapters/panels/reply.ts'
import { panelKinds } from '#main.ts'
import { type Config, configFaults, parseConfig } from '#platform/config.ts'
import { ProviderError } from '#platform/errors.ts'

/** Handed to a plugin. `z` must be this one: what marks a field as secret is kept beside it. */
export type PluginKit = {
  z: typeof z
  ProviderError: typeof ProviderError
  isOurLine: typeof isOurLine
  judgeStatus: typeof judgeStatus
  readBody: typeof readBody
  normalize: typeof normalize
}

/** What a plugin's module exports as its default. */
export type Plugin = (kit: PluginKit) => { panels: readonly PanelKind[] } | Promise<{ panels: readonly PanelKind[] }>

const kit: PluginKit = { z, ProviderError, isOurLine, judgeStatus, readBody, normalize }

/** The environment's settings and the adapters they name. Throws one `StartError` that names every fault of both. */
export async function readSettings(
  environment: Record<string, string | undefined>,
): Promise<{ config: Config; panels: readonly PanelKind[] }> {
  const { config, faults } = parseConfig(environment)
  const panels = await loadPlugins(config.plugins, faults)
  if (faults.length > 0) throw configFaults(faults)
  return { config, panels }
}

/** What cannot be used is told in `faults`, a clause each, and left out. */
async function loadPlugins(names: readonly string[], faults: string[]): Promise<PanelKind[]> {
  const loaded: PanelKind[] = []
  for (const name of names) {
    const known = new Set([...panelKinds.keys(), ...loaded.map(({ kind }) => kind)])
    const found = await load(name).catch((error: unknown) => messageOf(error))
    if (typeof found === 'string') faults.push(`LINEKEEPER_PLUGINS names ${name}, which cannot be used: ${found}`)
    else if (found.some(({ kind }) => known.has(kind)))
      faults.push(`LINEKEEPER_PLUGINS names ${name}, which brings a kind of panel that is there already`)
    else loaded.push(...found)
  }
  return loaded
}

async function load(name: string): Promise<readonly PanelKind[]> {
  const module = (await import(addressOf(name))) as { default?: unknown }
  if (typeof module.default !== 'function') throw new Error('its default export is not a function')
  const brought = Brought.safeParse(await (module.default as Plugin)(kit))
  if (brought.success) return brought.data.panels as unknown as PanelKind[]
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

const Brought = z.object({
  panels: z
    .array(
      z.looseObject({
        kind: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, 'must be a word of small letters, digits and underscores'),
        title: z.string().min(1).max(60),
        settings: z.custom<unknown>((value) => value instanceof z.ZodObject, 'must be made with z.object'),
        capabilities: z.looseObject({
          absoluteExpiry: z.boolean(),
          chargesEachExtension: z.boolean(),
          canList: z.boolean(),
          canDelete: z.boolean(),
          canDropConnections: z.boolean(),
          tellsUsage: z.boolean().optional(),
        }),
        open: isFunction,
        connectionDetails: isFunction,
      }),
    )
    .min(1, 'must hold at least one kind'),
})

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message.split('\n')[0] : undefined) ?? 'no reason'
