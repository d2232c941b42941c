/** A panel from outside `src`: loaded by its path, held to the same contract as ours, and sold on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Operation, panelContract } from '../../src/adapters/panels/contract.ts'
import { familyWorld } from '../../src/adapters/panels/xtream-family/world.test-support.ts'
import { readSettings } from '../../src/plugins.ts'
import { createWorld } from '../support/world.ts'
import { toyDefaults, toyImitation } from './imitation.ts'

const path = join(import.meta.dirname, 'index.ts')
const load = async (plugins: string) => (await readSettings({ LINEKEEPER_PLUGINS: plugins })).plugins

const actions: Record<Operation, string> = {
  create: 'POST /lines',
  edit: 'PATCH /lines/*',
  suspend: 'PATCH /lines/*',
  resume: 'PATCH /lines/*',
  delete: 'DELETE /lines/*',
  read: 'GET /lines/*',
  find: 'GET /lines',
}

panelContract('a toy panel from outside', async () => {
  const [kind] = (await load(path)).panels
  if (!kind) throw new Error('it was not loaded')
  return familyWorld({
    imitation: toyImitation,
    kind,
    settings: ({ url }) => ({ url, key: toyDefaults.key, viewer_host: 'tv.example' }),
    wrong: { key: 'another-key' },
    actions,
    secrets: [toyDefaults.key, 'another-key'],
    bouquets: ['Red', 'Blue'],
    packages: [
      { bouquets: [1], outputs: [] },
      { bouquets: [1, 2], outputs: [] },
    ],
    leavesOut: ['outputs'],
  })
})

test('lines are sold on it like on any other', async () => {
  const world = await createWorld({
    plugins: await load(relative(process.cwd(), path).replace(/^(?!\.)/, './')),
    house: {
      imitation: toyImitation,
      settings: (origin) => ({ url: origin, key: toyDefaults.key, viewer_host: 'tv.example' }),
      package: { bouquets: [1] },
    },
  })
  onTestFinished(() => world.close())
  const ana = await world.customer('ana').buys()
  expect(await world.linesOnPanel()).toMatchObject([{ username: 'ana', enabled: 1, bouquets: [1] }])
  expect(await (await ana.line()).stored()).toMatchObject({ differs: [], trouble: null })
  expect((await world.proof()).broken).toEqual([])
})

describe('what cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-plugins-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const told = (plugins: string, more: Record<string, string> = {}) =>
    readSettings({ LINEKEEPER_PLUGINS: plugins, ...more }).then(
      () => expect.unreachable('it did not fail'),
      (error: Error) => error.message,
    )
  const kind = `{ kind: 'mine', title: 'Mine', settings: z.object({}), open: () => ({}), connectionDetails: () => ({}),
    capabilities: { absoluteExpiry: true, chargesEachExtension: false, canList: false, canDelete: true, canDropConnections: false } }`
  const plugin = (text: string) => `export default ({ z }) => ({ panels: [${text}] })`

  test('is told together with all other faults, each with its name', async () => {
    const empty = written('empty.mjs', 'export const x = 1')
    const message = await told(`./nowhere.js, no-such-package,${empty}`, { PORT: 'many' })
    expect(message).toMatch(/^These settings cannot work: PORT is "many"/)
    expect(message).toMatch(/\.\/nowhere\.js, which cannot be used: .*; .*no-such-package, which cannot be used: .*; /)
    expect(message).toContain(`${empty}, which cannot be used: its default export is not a function`)
  })

  test.each([
    ['no kinds', '', /its answer: must hold at least one kind/],
    ['a kind that is no word', kind.replace("'mine'", "'My Panel'"), /panels\.0\.kind: must be a word/],
    [
      'settings of another library',
      kind.replace('z.object({})', '{}'),
      /panels\.0\.settings: must be made with z\.object/,
    ],
    ['no open', kind.replace('open:', 'opens:'), /panels\.0\.open: must be a function/],
    ['half the capabilities', kind.replace('canDelete: true,', ''), /panels\.0\.capabilities\.canDelete/],
    ['a kind of ours', kind.replace("'mine'", "'xui'"), /brings a kind of panel that is there already/],
    ['an error', `(() => { throw new Error('it has a bad day') })()`, /cannot be used: it has a bad day/],
  ])('%s', async (name, text, complaint) => {
    expect(await told(written(`${name.replaceAll(' ', '-')}.mjs`, plugin(text)))).toMatch(complaint)
  })

  test('the same kind twice; once is well', async () => {
    const [one, two] = [written('one.mjs', plugin(kind)), written('two.mjs', plugin(kind))]
    expect((await load(one)).panels.map((each) => each.title)).toEqual(['Mine'])
    expect(await told(`${one},${two}`)).toMatch(/two\.mjs, which brings a kind of panel that is there already/)
  })
})
