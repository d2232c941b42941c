/** The house checks itself: each check passes over the project, and complains about a fault planted for it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentSettings } from '#platform/config.ts'
import { refusals } from '#platform/errors.ts'
import * as checks from './support/tidy-checks.ts'

const root = join(import.meta.dirname, '..')
const generated = new Set([
  'node_modules',
  '.git',
  'data',
  'build',
  'shots',
  'coverage',
  '.react-router',
  'package-lock.json',
])
const isText = (name: string) =>
  /\.(ts|tsx|js|mjs|json|md|sql|css|yml)$/.test(name) || name === 'run' || name === 'LICENSE'

/** Every text of the project that a person wrote. */
function projectFiles(folder = ''): checks.File[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !generated.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return projectFiles(path)
      return isText(entry.name) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
    })
}

const files = projectFiles()
const later = `TO${'DO'}` // In one piece it would be found in this file.
const home = `/${'home'}/ann/code`

type Planted = [path: string, text: string, complaint: RegExp | null]

/** The check, and faults that it must find; `null` marks what looks like a fault and is none. */
const proofs: [string, checks.Check, Planted[]][] = [
  [
    'imports go down',
    checks.importsGoDown,
    [
      ['src/platform/a.ts', `import { b } from '#modules/lines/b.ts'`, /platform may not know modules/],
      ['src/platform/a.ts', `import {\n  b,\n} from '../adapters/b.ts'`, /platform may not know adapters/],
      ['src/adapters/panels/a.ts', `import type { b } from '#modules/lines/b.ts'`, /adapters may not know modules/],
      [
        'src/adapters/panels/a.ts',
        `const b = await import('#imitations/panels/b.ts')`,
        /adapters may not know imitations/,
      ],
      ['src/imitations/panels/a.ts', `import { b } from '#adapters/panels/b.ts'`, /imitations may not know adapters/],
      ['src/modules/lines/a.ts', `export * from '#api/b.ts'`, /modules may not know api/],
      ['src/web/a.tsx', `import '#api/b.ts'`, /web may not know api/],
      ['src/api/a.ts', `import { b } from '../main.ts'`, /api may not know main/],
      ['src/main.ts', `import { b } from './imitations/panels/b.ts'`, null],
      ['src/cli/imitate.ts', `import { b } from '#imitations/panels/b.ts'`, null],
      ['src/adapters/a.test.ts', `import { b } from '#imitations/panels/b.ts'`, null],
      ['src/imitations/a.ts', `import { b } from '#platform/b.ts'`, null],
    ],
  ],
  [
    'every folder has its place',
    checks.everyFolderHasItsPlace,
    [
      ['src/utils/a.ts', '', /no such place/],
      ['src/cli/a.ts', '', null],
    ],
  ],
  [
    'rooms import lower rooms',
    checks.roomsImportLowerRooms,
    [
      ['src/modules/lines/a.ts', `import { b } from '../billing/b.ts'`, /billing is not below lines/],
      ['src/modules/people/a.ts', `import { b } from '#modules/catalog/b.ts'`, /catalog is not below people/],
      ['src/modules/billing/a.ts', `import { b } from '../lines/b.ts'`, null],
    ],
  ],
  [
    'rules are made of values',
    checks.rulesAreValues,
    [
      ['src/modules/lines/rules.ts', `import { rows } from '#platform/db.ts'`, /rules are made of values/],
      [
        'src/modules/lines/rules/expiry.ts',
        `import { systemClock } from '#platform/clock.ts'`,
        /rules are made of values/,
      ],
      ['src/modules/lines/rules.ts', `import { readFileSync } from 'node:fs'`, /rules are made of values/],
      ['src/modules/lines/rules.ts', `import { xui } from '#adapters/panels/xui.ts'`, /rules are made of values/],
      ['src/modules/lines/rules.ts', `import type { Panel } from '#adapters/panels/panel.ts'`, null],
      ['src/modules/lines/rules.ts', `import { plus } from '#platform/money.ts'`, null],
    ],
  ],
  [
    'only the clock asks the time',
    checks.onlyTheClockAsks,
    [
      ['src/modules/lines/a.ts', 'const at = Date.now()', /a\.ts:1 asks the time/],
      ['src/web/a.tsx', 'const at = new Date()', /asks the time/],
      ['src/imitations/a.ts', 'return Temporal.Now.instant()', /asks the time/],
      ['src/platform/a.ts', 'const started = performance.now() // clock:', /asks the time/],
      ['src/adapters/a.ts', 'new Date(0) // clock: the mailer asks for a Date', null],
      ['src/platform/a.ts', ' * Never call Date.now() here.', null],
    ],
  ],
  [
    'every room has its paper',
    checks.everyRoomHasItsPaper,
    [
      ['src/modules/lines/a.ts', '', /lines has no README/],
      ['src/modules/attic/README.md', '', /attic is not in the list of rooms/],
    ],
  ],
  [
    'every test runs',
    checks.everyTestRuns,
    [
      ['src/a.test.ts', `it.${'only'}('works', () => {})`, /not every test runs/],
      ['test/a.test.ts', `describe.${'skip'}('works', () => {})`, /not every test runs/],
      ['test/a.test.ts', `it.concurrent.${'todo'}('works')`, /not every test runs/],
      [
        'src/contract.ts',
        `import { test } from 'vitest'; test.${'runIf'}(able)('works', () => {})`,
        /not every test runs/,
      ],
      ['test/a.test.ts', `it.each([1])('works', () => {})`, null],
    ],
  ],
  ['nothing is left for later', checks.nothingIsLeftForLater, [['docs/a.md', `${later}: write`, /left for later/]]],
  [
    'no path of a machine',
    checks.noMachinesPaths,
    [
      ['src/a.ts', `read('${home}')`, /path of somebody's machine/],
      ['docs/a.md', 'see https://example.com/home/ann/code and ./work/x', null],
    ],
  ],
  [
    'every refusal is explained',
    checks.everyRefusalIsExplained(refusals),
    [
      ['docs/errors.md', '# Errors\n', /does not explain not_found/],
      ['docs/errors.md', '## `not_found`\nHTTP 410\n', /not_found is HTTP 404/],
      ['docs/errors.md', '## `lost`\nHTTP 404\n', /explains lost, which does not exist/],
    ],
  ],
  [
    'every setting is explained',
    checks.everySettingIsExplained(environmentSettings),
    [
      ['docs/configuring.md', '', /does not explain PORT/],
      ['docs/configuring.md', '| `COLOR` | blue |', /explains COLOR, which is not read/],
    ],
  ],
  [
    'links lead somewhere',
    checks.linksLeadSomewhere,
    [
      ['docs/a.md', 'see [there](b.md)', /links to b\.md/],
      ['docs/a.md', 'see [here](../docs/a.md#top) and [out](https://example.com)', null],
    ],
  ],
  [
    'migrations have their number',
    checks.migrationsHaveTheirNumber,
    [
      ['src/platform/migrations/2-late.sql', '', /is not called like/],
      ['src/platform/migrations/0001-people.sql', '', null],
    ],
  ],
]

describe.each(proofs)('%s', (_, check, planted) => {
  it('in this project', () => {
    expect(check(files)).toEqual([])
  })

  it.each(planted)('seen in %s: %s', (path, text, complaint) => {
    const complaints = check([{ path, text }])
    if (complaint === null) expect(complaints).toEqual([])
    else expect(complaints.join('\n')).toMatch(complaint)
  })
})

it('sees two migrations with one number', () => {
  const twins = ['0003-people.sql', '0003-catalog.sql'].map((name) => ({
    path: `src/platform/migrations/${name}`,
    text: '',
  }))
  expect(checks.migrationsHaveTheirNumber(twins)).toEqual(['migration 0003-catalog.sql has the number of another'])
})

it('reads the project, not an empty folder', () => {
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['package.json', 'src/app.ts', 'test/tidy.test.ts', '.ci/run']),
  )
})
