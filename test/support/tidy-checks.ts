/** The plan of the house as checks. Each is a pure function from files to complaints, so that a planted fault can prove it. */
import { posix } from 'node:path'

export type File = { path: string; text: string }
export type Check = (files: readonly File[]) => string[]

/** From the ground up: a room imports only rooms before it. New rooms join at the height that their imports ask for. */
export const rooms = [
  'events',
  'people',
  'catalog',
  'messages',
  'ledger',
  'lines',
  'subscriptions',
  'billing',
  'dunning',
  'vouchers',
  'adoption',
  'affiliates',
  'checkout',
  'reselling',
  'twins',
  'analytics',
]

/** `main` is every file directly in `src` but `app.ts`, and the folders that are started like it. */
const floors: Record<string, number> = { platform: 0, adapters: 1, app: 2, modules: 3, api: 4, web: 4, main: 5 }
const started = ['cli', 'demo', 'server', 'twins']

/** Tests, and what only they use. */
const isTest = (path: string) => /\.test(-support)?\.tsx?$/.test(path)
const isSource = (path: string) => /^src\/.*\.tsx?$/.test(path) && !isTest(path)

/** Imports go down, never up; imitations know only the platform, and only what starts the house knows them. */
export const importsGoDown: Check = (files) =>
  importsOf(files).flatMap(({ from, to }) => {
    const [a, b] = [placeOf(from), placeOf(to)]
    if (a === b) return []
    const allowed = a === 'imitations' ? b === 'platform' : b === 'imitations' ? a === 'main' : floorOf(a) > floorOf(b)
    return allowed ? [] : [`${from} imports ${to}: ${a} may not know ${b}`]
  })

export const everyFolderHasItsPlace: Check = (files) =>
  files
    .filter(({ path }) => isSource(path) && placeOf(path) !== 'imitations' && floors[placeOf(path)] === undefined)
    .map(({ path }) => `${path}: the plan of the house has no such place`)

export const roomsImportLowerRooms: Check = (files) =>
  importsOf(files).flatMap(({ from, to }) => {
    const [a, b] = [roomOf(from), roomOf(to)]
    if (a === null || b === null || a === b || rooms.indexOf(b) < rooms.indexOf(a)) return []
    return [`${from} imports ${to}: the room ${b} is not below ${a}`]
  })

/** What a rule may work with besides other rules: values. Types are free, they do nothing. */
const values = ['src/platform/money.ts', 'src/platform/time.ts', 'src/platform/errors.ts', 'src/platform/ids.ts', 'zod']
const isRule = (path: string) => /\/rules(\/.+)?\.tsx?$/.test(path)

export const rulesAreValues: Check = (files) =>
  importsOf(files, { packages: true })
    .filter(({ from, to, typeOnly }) => isRule(from) && !typeOnly && !isRule(to) && !values.includes(to))
    .map(({ from, to }) => `${from} imports ${to}: rules are made of values only`)

const askingTheTime = /\bDate\.now\b|\bnew Date\(|\bTemporal\.Now\b|\bperformance\.now\b|\bprocess\.(hrtime|uptime)\b/

/** `// clock: <why>` on the line, or on the one before, is an exception with its reason. */
export const onlyTheClockAsks: Check = (files) =>
  files
    .filter(({ path }) => isSource(path) && path !== 'src/platform/clock.ts')
    .flatMap(({ path, text }) => {
      const lines = text.split('\n')
      const excused = (index: number) => [index, index - 1].some((each) => /\/\/ clock: \S+/.test(lines[each] ?? ''))
      return lines.flatMap((line, index) =>
        askingTheTime.test(withoutComment(line)) && !excused(index)
          ? [`${path}:${index + 1} asks the time: ${line.trim()}`]
          : [],
      )
    })

export const everyRoomHasItsPaper: Check = (files) => {
  const found = new Set(files.flatMap(({ path }) => /^src\/modules\/([^/]+)\//.exec(path)?.[1] ?? []))
  return [...found].flatMap((room) => [
    ...(rooms.includes(room) ? [] : [`src/modules/${room} is not in the list of rooms`]),
    ...(files.some(({ path }) => path === `src/modules/${room}/README.md`)
      ? []
      : [`src/modules/${room} has no README.md`]),
  ])
}

export const everyTestRuns: Check = (files) =>
  onLines(
    // Contracts are tests, too.
    files.filter(({ path, text }) => isTest(path) || text.includes("from 'vitest'")),
    /\b(it|test|describe|scenario)(\.\w+)*\.(only|skip|todo|skipIf|runIf|fails)\b/,
    'not every test runs',
  )

export const nothingIsLeftForLater: Check = (files) => onLines(files, /\bTO(?:DO)\b|\bFIX(?:ME)\b/, 'left for later')

/** `/home/panel` is nobody's: it is where an imitated panel says it lives. */
export const noMachinesPaths: Check = (files) =>
  onLines(files, /(?<![\w.~}-])\/(work|root|home\/(?!panel\/)\w+|Users\/\w+)\/\w/, "a path of somebody's machine")

/** `documented`: the codes under which the page has a section, `## code`, with the status in the section. */
export const everyRefusalIsExplained =
  (refusals: Record<string, { status: number }>): Check =>
  (files) => {
    const page = files.find(({ path }) => path === 'docs/errors.md')?.text ?? ''
    const sections = new Map(
      page
        .split(/^## /m)
        .slice(1)
        .map((each) => [each.split('\n')[0]?.replaceAll('`', '').trim() ?? '', each]),
    )
    return [
      ...Object.entries(refusals).flatMap(([code, { status }]) => {
        const section = sections.get(code)
        if (section === undefined) return [`docs/errors.md does not explain ${code}`]
        return section.includes(`HTTP ${status}`) ? [] : [`docs/errors.md: ${code} is HTTP ${status}`]
      }),
      ...[...sections.keys()]
        .filter((code) => !(code in refusals))
        .map((code) => `docs/errors.md explains ${code}, which does not exist`),
    ]
  }

/** Every setting has a row of the table, and every row is a setting. */
export const everySettingIsExplained =
  (settings: readonly string[]): Check =>
  (files) => {
    const page = files.find(({ path }) => path === 'docs/configuring.md')?.text ?? ''
    const explained = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1] as string)
    return [
      ...settings
        .filter((name) => !explained.includes(name))
        .map((name) => `docs/configuring.md does not explain ${name}`),
      ...explained
        .filter((name) => !settings.includes(name))
        .map((name) => `docs/configuring.md explains ${name}, which is not read`),
    ]
  }

/** Links from one paper to a file of the project lead somewhere. */
export const linksLeadSomewhere: Check = (files) => {
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].flatMap(([, target = '']) => {
        const resolved = posix.join(posix.dirname(path), target).replace(/\/$/, '')
        return known.has(resolved) ? [] : [`${path} links to ${target}, which is not there`]
      }),
    )
}

/** Forward only, in the order of their numbers: two with the same number would run in the order of their names. */
export const migrationsHaveTheirNumber: Check = (files) => {
  const names = files.flatMap(({ path }) => /^src\/platform\/migrations\/(.+)$/.exec(path)?.[1] ?? [])
  const numbers = names.map((name) => name.slice(0, 4))
  return [
    ...names
      .filter((name) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
      .map((name) => `migration ${name} is not called like 0001-people.sql`),
    ...names
      .filter((name, index) => numbers.indexOf(name.slice(0, 4)) < index)
      .map((name) => `migration ${name} has the number of another`),
  ]
}

type Import = { from: string; to: string; typeOnly: boolean }

/** Imports of our own files, as paths from the project's root; of packages too, by name, when asked for. */
function importsOf(files: readonly File[], { packages = false } = {}): Import[] {
  const statement =
    /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return files
    .filter(({ path }) => isSource(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(statement)].flatMap(([, type, fixed, dynamic]) => {
        const wanted = fixed ?? dynamic ?? ''
        const own = wanted.startsWith('#') || wanted.startsWith('.')
        if (!own && !packages) return []
        const to = wanted.startsWith('#')
          ? `src/${wanted.slice(1)}`
          : own
            ? posix.join(posix.dirname(path), wanted)
            : wanted
        return [{ from: path, to, typeOnly: type !== undefined }]
      }),
    )
}

function placeOf(path: string): string {
  const [, first = '', second] = path.split('/')
  if (second === undefined) return first === 'app.ts' ? 'app' : 'main'
  return started.includes(first) ? 'main' : first
}

const floorOf = (place: string) => floors[place] ?? Number.POSITIVE_INFINITY
const roomOf = (path: string) => /^src\/modules\/([^/]+)\//.exec(path)?.[1] ?? null
const withoutComment = (line: string) => line.replace(/^\s*(\/\/|\/?\*).*/, '')
const foldersOf = (path: string): string[] =>
  path.includes('/') ? [posix.dirname(path), ...foldersOf(posix.dirname(path))] : []

const onLines = (files: readonly File[], pattern: RegExp, complaint: string) =>
  files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1} ${complaint}: ${line.trim().slice(0, 120)}`] : [],
      ),
  )
