/** What numbers of papers begin with is each business's own; a series has no gap and no number twice, whatever is changed in between. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { joins, sells } from '../../../test/support/resellers.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changeShop } from '../checkout/change-shop.ts'
import { readBusiness } from '../people/business.ts'
import { documentOf } from './document-of.ts'
import { invoiceNumber } from './rules.ts'
import { takeBackInvoice } from './withdraw-invoice.ts'

type Legal = { invoicePrefix?: string; creditNotePrefix?: string }
const changes = (world: World, change: Legal, shop = world.shop) =>
  transaction(shop, 'change', async (tx) => {
    const { legal } = await readBusiness(tx)
    await changeShop(tx, shop, { legal: { ...legal, ...change } })
  })
const invoicesOf = (world: World) =>
  world.db.pool.query<{ id: string; series: string; number: number }>(
    `select id, series, number from invoices where business_id = $1 and number is not null order by issued_at, number, series`,
    [world.businessId],
  )
const numbersOf = async (world: World) =>
  (await invoicesOf(world)).rows.map(({ series, number }) => invoiceNumber(series, number)).sort()

scenario(
  'another prefix begins a new series, one that was there goes on, and no number is given twice',
  async (world) => {
    await world.customer('ana').buys()
    await world.customer('ben').buys()
    await changes(world, { invoicePrefix: 'TV-A' })
    await Promise.all(['cleo', 'dan', 'eva'].map((name) => world.customer(name).buys()))
    await changes(world, { invoicePrefix: 'INV' })
    await world.customer('fay').buys()
    expect(await numbersOf(world)).toEqual([
      ...['INV-2026-00001', 'INV-2026-00002', 'INV-2026-00003'],
      ...['TV-A-2026-00001', 'TV-A-2026-00002', 'TV-A-2026-00003'],
    ])
  },
)

scenario(
  'credit notes have a prefix of their own, never one of invoices; what is no prefix is refused and loses nothing',
  async (world) => {
    await world.customer('ana').buys()
    await world.until('2026-02-25')
    const renewal = present((await invoicesOf(world)).rows.at(-1))
    await changes(world, { creditNotePrefix: 'GS' })
    await transaction(world.shop, 'test', (tx) =>
      takeBackInvoice(tx, world.shop, renewal.id, 'by mistake', world.shop.now()),
    )
    const notes = await world.db.pool.query(`select series, number from credit_notes where business_id = $1`, [
      world.businessId,
    ])
    expect(notes.rows).toEqual([{ series: 'GS-2026', number: 1 }])

    const before = await read(world.shop, readBusiness)
    for (const [change, code] of [
      [{ invoicePrefix: 'inv' }, 'invalid'],
      [{ invoicePrefix: '' }, 'invalid'],
      [{ invoicePrefix: 'A'.repeat(13) }, 'invalid'],
      [{ creditNotePrefix: 'TV/A' }, 'invalid'],
      [{ invoicePrefix: 'GS' }, 'in_use'],
      // Of invoices that there are, though they get other numbers now.
      [{ invoicePrefix: 'TV', creditNotePrefix: 'INV' }, 'in_use'],
      [{ invoicePrefix: 'TV', creditNotePrefix: 'TV' }, 'in_use'],
    ] as const)
      await expect(changes(world, change)).rejects.toMatchObject({ code: 'invalid_input', fields: [{ code }] })
    expect(await read(world.shop, readBusiness)).toEqual(before)
    const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, renewal.id))
    expect(paper.number).toBe(invoiceNumber(renewal.series, renewal.number))
  },
)

scenario('a reseller numbers as he likes, and his supplier goes on as before', async (world) => {
  const south = await joins(world, { slug: 'south', credits: 10_000n })
  await changes(world, { invoicePrefix: 'SUED' }, south)
  await sells(world, south, 'lea')
  await world.customer('ana').buys()
  const { rows } = await world.db.pool.query(
    `select series, number from invoices where number is not null order by series`,
  )
  expect(rows).toEqual([
    { series: 'INV-2026', number: 1 },
    { series: 'SUED-2026', number: 1 },
  ])
})
