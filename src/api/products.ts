/** Products: what a line gets, and which package of which panel that is. */
import type { Shop } from '#app.ts'
import { findProduct, listProducts, type Product, type ProductFacts, saveProduct } from '#modules/catalog/plans.ts'
import { findPanel, mapProduct, productPanels } from '#modules/lines/panels.ts'
import { previewRoute } from '#modules/lines/route-line.ts'
import { causes, standings } from '#modules/lines/rules/route.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { byId, country, given, id, lines, list, position, resource, text, words, z } from './schemas.ts'

const Mapping = z.strictObject({
  panel_id: id('pan'),
  package_id: text(64).optional(),
  bouquets: z.array(z.int().min(0).max(2_147_483_647)).max(1_000),
})

const outputs = z
  .array(z.enum(['hls', 'ts', 'rtmp']))
  .min(1)
  .max(3)
const shape = {
  name: words(80),
  description: lines(2_000),
  line_kind: z.enum(['line', 'mag', 'enigma']),
  box: z
    .enum(['mag', 'enigma'])
    .nullable()
    .openapi({ description: 'The kind of box that is sold beside the login of a `line`, as one with it.' }),
  connections: z.int().min(1).max(50),
  outputs,
  username_strategy: z.enum(['generated', 'chosen', 'hybrid']),
  password_strategy: z.enum(['generated', 'chosen']),
  active: z.boolean(),
  position,
  panels: z.array(Mapping).max(50),
}

const New = z.strictObject({
  ...shape,
  description: shape.description.default(''),
  line_kind: shape.line_kind.default('line'),
  box: shape.box.default(null),
  connections: shape.connections.default(1),
  outputs: outputs.default(['hls', 'ts']),
  username_strategy: shape.username_strategy.default('hybrid'),
  password_strategy: shape.password_strategy.default('generated'),
  active: shape.active.default(true),
  position: position.default(0),
  panels: shape.panels.default([]),
})

const ProductOut = resource('Product', {
  id: z.string(),
  ...shape,
  name: z.string(),
  description: z.string(),
  connections: z.int(),
  position: z.int(),
  panels: z.array(
    z.strictObject({ panel_id: z.string(), package_id: z.string().nullable(), bouquets: z.array(z.int()) }),
  ),
})

const RouteOut = resource('Route', {
  product_id: z.string(),
  country: z.string().nullable(),
  panel_id: z.string().nullable().openapi({ description: 'Null: no panel takes it, so its plans cannot be sold.' }),
  because: z.enum(causes).nullable(),
  panels: z.array(
    z.strictObject({
      panel_id: z.string(),
      name: z.string(),
      standing: z.enum(standings),
      lines: z.int().openapi({ description: 'That are there, and places that open orders hold.' }),
      room: z.int().nullable().openapi({ description: 'Places that sales may still take; null: no bound.' }),
    }),
  ),
})

type Mapped = { panelId: string; package: { packageId?: string | undefined; bouquets: number[] } }

const productOf = (shop: Shop, product: Product, panels: readonly Mapped[]): z.input<typeof ProductOut> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  line_kind: product.lineKind,
  box: product.box,
  connections: product.connections,
  outputs: product.outputs,
  username_strategy: product.usernameStrategy,
  password_strategy: product.passwordStrategy,
  active: product.active,
  position: product.position,
  panels: panels.map((each) => ({
    panel_id: each.panelId,
    package_id: each.package.packageId ?? null,
    bouquets: each.package.bouquets,
  })),
  livemode: shop.livemode,
})

const read = (call: Call, productId: string): Promise<z.input<typeof ProductOut>> =>
  call.read(async (tx) => {
    const found = await findProduct(tx, productId)
    if (found === null) throw new Refusal('not_found', 'There is no such product.')
    return productOf(call.shop, found, await productPanels(tx, productId))
  })

/** A mapping names panels of this business; an unknown one is a fault of its field. */
async function map(tx: Tx, shop: Shop, productId: string, panels: z.output<typeof Mapping>[]): Promise<void> {
  for (const [index, each] of panels.entries()) {
    const twice = panels.findIndex((other) => other.panel_id === each.panel_id) < index
    if (!twice && (await findPanel(tx, each.panel_id)) !== null) continue
    throw new Refusal('invalid_input', 'Please check the panels.', [
      {
        pointer: `/panels/${index}/panel_id`,
        code: twice ? 'duplicate' : 'unknown',
        detail: twice ? 'This panel is named twice.' : 'There is no such panel.',
      },
    ])
  }
  await mapProduct(
    tx,
    shop,
    productId,
    panels.map((each) => ({ panelId: each.panel_id, packageId: each.package_id, bouquets: each.bouquets })),
  )
}

const factsOf = (body: Omit<z.output<typeof New>, 'panels'>): ProductFacts => ({
  name: body.name,
  description: body.description,
  lineKind: body.line_kind,
  box: body.box,
  connections: body.connections,
  outputs: body.outputs,
  usernameStrategy: body.username_strategy,
  passwordStrategy: body.password_strategy,
  active: body.active,
  position: body.position,
})

export const products = [
  route({
    method: 'get',
    path: '/products',
    scope: 'products:read',
    summary: 'Lists all products, in the order of the shop.',
    answer: list(ProductOut),
    handle: async (call) => {
      const { found, mapped } = await call.read(async (tx) => ({
        found: await listProducts(tx),
        mapped: await productPanels(tx),
      }))
      const of = Map.groupBy(mapped, ({ productId }) => productId)
      const data = found.map((each) => productOf(call.shop, each, of.get(each.id) ?? []))
      return whole(call, data)
    },
  }),
  route({
    method: 'post',
    path: '/products',
    scope: 'products:write',
    summary: 'Makes a product.',
    status: 201,
    body: New,
    answer: ProductOut,
    handle: async (call) => {
      const made = await call.write('save-product', async (tx) => {
        const productId = await saveProduct(tx, call.shop, factsOf(call.body))
        await map(tx, call.shop, productId, call.body.panels)
        return productId
      })
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/products/{id}',
    scope: 'products:read',
    summary: 'Reads a product.',
    params: byId('prod'),
    answer: ProductOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/products/{id}/route',
    scope: 'products:read',
    summary: 'Tells which panel a new line of the product would go to now, why, and how the others come off.',
    params: byId('prod'),
    query: z.strictObject({ country: country.optional().openapi({ description: 'Of the buyer.' }) }),
    answer: RouteOut,
    handle: (call) =>
      call.read(async (tx) => {
        const product = await findProduct(tx, call.params.id)
        if (product === null) throw new Refusal('not_found', 'There is no such product.')
        const asked = call.query.country ?? null
        const { chosen, because, panels } = await previewRoute(tx, product.id, asked, call.now)
        return {
          product_id: product.id,
          country: asked,
          panel_id: chosen,
          because,
          panels: panels.map(({ id: panel_id, name, standing, used, room }) => ({
            panel_id,
            name,
            standing,
            lines: used,
            room,
          })),
          livemode: call.shop.livemode,
        }
      }),
  }),
  route({
    method: 'patch',
    path: '/products/{id}',
    scope: 'products:write',
    summary: 'Changes a product; `active: false` takes it off sale. Lines that were sold stay as they are.',
    params: byId('prod'),
    body: z.strictObject(shape).partial(),
    answer: ProductOut,
    handle: async (call) => {
      await call.write('save-product', async (tx) => {
        const before = await findProduct(tx, call.params.id)
        if (before === null) throw new Refusal('not_found', 'There is no such product.')
        const { livemode: _, id: __, ...as } = productOf(call.shop, before, [])
        const { panels, ...change } = call.body
        await saveProduct(tx, call.shop, factsOf({ ...as, ...given(change) }), before.id)
        if (panels !== undefined) await map(tx, call.shop, before.id, panels)
      })
      return read(call, call.params.id)
    },
  }),
]
