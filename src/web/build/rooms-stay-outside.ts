import { join } from 'node:path'
import type { Plugin } from 'vite'

const contextFile = join(import.meta.dirname, '../context.ts')

/** What a browser may receive of the code outside `src/web`: values and pure rules. */
const forBrowsers = /^#(platform\/(money|errors)\.ts|modules\/[a-z-]+\/rules(\.ts|\/.+\.ts))$/

/**
 * Rooms are imported as `#...` and stay outside the server bundle, where they would be second copies with state of their
 * own; Node resolves them through `imports` of package.json. `src/web/context.ts` stays outside too: its key must be the
 * same object for the bundle and for the handler. In the browser bundle a room is a mistake, and stops the build.
 */
export function roomsStayOutside(): Plugin {
  return {
    name: 'rooms-stay-outside',
    enforce: 'pre',
    async resolveId(source, importer) {
      const server = this.environment.name === 'ssr'
      if (source.startsWith('#') && !source.startsWith('#web/')) {
        if (server) return { id: source, external: true }
        if (!forBrowsers.test(source)) {
          this.error(
            `${source} must not reach the browser (imported by ${importer}): use it in a loader or an action only`,
          )
        }
        return null
      }
      if (server && /(^|\/)context\.ts$/.test(source)) {
        const resolved = await this.resolve(source, importer, { skipSelf: true })
        if (resolved?.id === contextFile) return { id: '#web/context.ts', external: true }
      }
      return null
    },
  }
}
