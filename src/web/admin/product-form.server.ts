/** What the form of a product sent, and the bouquets to choose from. */
import { setTimeout as wait } from 'node:timers/promises'
import type { PackageChoice } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import type { ProductFacts } from '#modules/catalog/plans.ts'
import type { PanelRow } from '#modules/lines/panels.ts'
import { bouquetsOf, packagesOf } from '#modules/lines/test-panel.ts'
import { Refusal } from '#platform/errors.ts'
import { formReader } from './form-reader.server.ts'

/** What the form offers as one choice: what is sold, and the box beside a login. */
export const soldAs = ['line', 'mag', 'enigma', 'line_mag', 'line_enigma'] as const
const soldKinds: Record<(typeof soldAs)[number], Pick<ProductFacts, 'lineKind' | 'box'>> = {
  line: { lineKind: 'line', box: null },
  mag: { lineKind: 'mag', box: null },
  enigma: { lineKind: 'enigma', box: null },
  line_mag: { lineKind: 'line', box: 'mag' },
  line_enigma: { lineKind: 'line', box: 'enigma' },
}

const outputs = ['hls', 'ts', 'rtmp'] as const

export function readProductForm(form: FormData): { facts: ProductFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const facts: ProductFacts = {
    name: read.text('name', { most: 80 }),
    description: read.text('description', { most: 2_000, least: 0, lines: true }),
    ...soldKinds[read.choice('line_kind', soldAs)],
    connections: read.whole('connections', { from: 1, to: 50 }),
    outputs: read.choices('outputs', outputs),
    usernameStrategy: read.choice('username_strategy', ['generated', 'chosen', 'hybrid']),
    passwordStrategy: read.choice('password_strategy', ['generated', 'chosen']),
    active: read.flag('active'),
    position: read.whole('position', { from: 0, to: 9_999 }),
  }
  if (facts.outputs.length === 0) read.refuse('outputs', 'Please choose at least one.')
  return { facts, errors: read.errors }
}

export type Mapping = { panelId: string; packageId?: string; bouquets: number[] }

/** `map.<panel>` is ticked where the product is delivered; its bouquets are boxes, or typed where the panel could not list them. */
export function readMappings(
  form: FormData,
  panelIds: readonly string[],
): { mappings: Mapping[]; errors: Record<string, string> } {
  const errors: Record<string, string> = {}
  const strangers = [...form.keys()].filter((name) => name.startsWith('map.') && !panelIds.includes(name.slice(4)))
  if (strangers.length > 0) throw new Refusal('not_found', 'There is no such panel.')
  const mappings = panelIds.flatMap((panelId): Mapping[] => {
    if (form.get(`map.${panelId}`) === null) return []
    const typed = String(form.get(`bouquets_typed.${panelId}`) ?? '').split(/[\s,;]+/)
    const texts = [...form.getAll(`bouquets.${panelId}`).map(String), ...typed].filter((each) => each !== '')
    const bouquets = [...new Set(texts.map(Number))]
    const packageId = String(form.get(`package.${panelId}`) ?? '').trim()
    if (bouquets.some((each) => !Number.isSafeInteger(each) || each < 0))
      errors[`bouquets_typed.${panelId}`] = 'Please enter the numbers of bouquets, like 1, 2, 5.'
    else if (bouquets.length === 0 && packageId === '')
      errors[`map.${panelId}`] = 'Please choose at least one bouquet, or name a package.'
    if (packageId.length > 60) errors[`package.${panelId}`] = 'This is too long: at most 60 characters.'
    return [{ panelId, bouquets, ...(packageId === '' ? {} : { packageId }) }]
  })
  return { mappings, errors }
}

/** `packages` where the panel sells by package: then bouquets are not chosen. */
export type BouquetAnswer = {
  bouquets: { id: number; name: string }[] | null
  packages: PackageChoice[] | null
  trouble: string | null
}

const patienceMs = 4_000

/** All panels are asked at once; one that is slow or down does not keep the page back: its bouquets are typed instead. */
export async function bouquetsOfAll(
  shop: Shop,
  panels: readonly Pick<PanelRow, 'id'>[],
): Promise<Map<string, BouquetAnswer>> {
  const answers = panels.map(async ({ id }): Promise<[string, BouquetAnswer]> => {
    const slow = wait(patienceMs, unread('The panel did not answer in time.'), { ref: false })
    return [id, await Promise.race([ask(shop, id), slow])]
  })
  return new Map(await Promise.all(answers))
}

const unread = (trouble: string): BouquetAnswer => ({ bouquets: null, packages: null, trouble })

async function ask(shop: Shop, panelId: string): Promise<BouquetAnswer> {
  try {
    const packages = await packagesOf(shop, panelId)
    return { bouquets: packages === null ? await bouquetsOf(shop, panelId) : [], packages, trouble: null }
  } catch (error) {
    if (error instanceof Refusal) return unread(error.message)
    throw error
  }
}
