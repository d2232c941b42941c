/** A real browser for the tests: the system's Chromium, or the one that Playwright keeps, or Debian's package. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

export type FoundChromium = { path: string; from: string }

/** Null when the machine has none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): FoundChromium | null {
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean)
  const system = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
  if (system) return { path: system, from: 'the system' }
  if (isProgram(macPath)) return { path: macPath, from: 'the system' }
  const kept = chromium.executablePath()
  return existsSync(kept) ? { path: kept, from: 'Playwright' } : null
}

/** Finds one, or installs Debian's where we may; else throws a sentence that says what to do. */
export function ensureChromium(say: (line: string) => void): FoundChromium {
  const found = findChromium()
  if (found) return found
  const debian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0
  if (!debian)
    throw new Error(
      'The tests need a Chromium and found none: install the package "chromium", or run "npx playwright-core install chromium".',
    )
  say('No Chromium here; installing the Debian package "chromium".')
  apt('update')
  apt('install', '-y', '--no-install-recommends', 'chromium')
  const installed = findChromium()
  if (installed) return { ...installed, from: 'Debian, installed just now' }
  throw new Error('The Debian package "chromium" was installed, but there is no program of that name.')
}

/** For the tests themselves. Chromium's sandbox does not work for root. */
export async function launchChromium(): Promise<Browser> {
  const { path } = ensureChromium(console.log)
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: path, args: [...args, '--disable-dev-shm-usage'] })
}

function apt(...args: string[]): void {
  const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed: ${stderr.trim().split('\n').at(-1)}`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
