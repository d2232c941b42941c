import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { build, type Plugin, type Rolldown } from 'vite'

const entry = join(import.meta.dirname, '../plain/enhance.ts')
const virtual = 'virtual:enhance'

/**
 * The one script of plain pages, bundled apart from the framework: a classic deferred script that old TV browsers load
 * too. `import href from 'virtual:enhance'` gives its address; the name carries the hash of the content.
 */
export function enhanceFile(): Plugin {
  let bundled: Promise<{ code: string; path: string }> | undefined
  return {
    name: 'enhance-file',
    resolveId: (source) => (source === virtual ? `\0${virtual}` : null),
    async load(id) {
      if (id !== `\0${virtual}`) return null
      bundled ??= bundle()
      const { code, path } = await bundled
      if (this.environment.name === 'client') this.emitFile({ type: 'asset', fileName: path, source: code })
      return `export default ${JSON.stringify(`/${path}`)}`
    },
  }
}

async function bundle(): Promise<{ code: string; path: string }> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { write: false, target: 'es2017', lib: { entry, formats: ['iife'], name: 'enhance' } },
  })
  const [output] = (result as Rolldown.RolldownOutput[])[0]?.output ?? []
  if (output?.type !== 'chunk') throw new Error('the enhancement file was not built')
  return {
    code: output.code,
    path: `assets/enhance-${createHash('sha256').update(output.code).digest('hex').slice(0, 8)}.js`,
  }
}
