/** Gateway accounts: ways to be paid. Secrets go in and never come out. */
import type { Shop } from '#app.ts'
import {
  findGateway,
  type GatewayAccount,
  listGateways,
  noticeUrlOf,
  saveGateway,
  shownGatewaySettings,
  testGateway,
} from '#modules/billing/gateways.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, given, list, position, resource, time, words, z } from './schemas.ts'

const shape = {
  name: words(80),
  settings: z
    .record(z.string().max(64), z.unknown())
    .openapi({ description: 'What the kind asks for. A secret that is left out stays as it was.' }),
  active: z.boolean(),
  position,
  shared: z.boolean().openapi({
    description: 'Others take money by this account, too: what is not ours there is no difference when it is compared.',
  }),
}

const GatewayOut = resource('Gateway', {
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secrets_set: z.array(z.string()),
  active: z.boolean(),
  position: z.int(),
  shared: z.boolean(),
  lent_by: z.string().nullable().openapi({ description: 'The business that collects with it; null: it is our own.' }),
  notice_url: z.string().openapi({ description: 'Tell it to the gateway: its notices come here.' }),
  tested_at: time.nullable(),
  last_error: z.string().nullable(),
  created_at: time,
})

function gatewayOf(shop: Shop, account: GatewayAccount): z.input<typeof GatewayOut> {
  const { shown, secretsSet } = shownGatewaySettings(shop.app, account)
  return {
    id: account.id,
    name: account.name,
    kind: account.kind,
    settings: shown,
    secrets_set: secretsSet,
    active: account.active,
    position: account.position,
    shared: account.shared,
    lent_by: account.lent?.lenderId ?? null,
    notice_url: noticeUrlOf(shop.app, account.id),
    tested_at: atOr(account.testedAt),
    last_error: account.lastError,
    created_at: at(account.createdAt),
    livemode: shop.livemode,
  }
}

const missing = () => new Refusal('not_found', 'There is no such gateway.')

const read = async (call: Call, accountId: string): Promise<z.input<typeof GatewayOut>> => {
  const found = await call.read((tx) => findGateway(tx, accountId))
  if (found === null) throw missing()
  return gatewayOf(call.shop, found)
}

export const gateways = [
  route({
    method: 'get',
    path: '/gateways',
    scope: 'gateways:read',
    summary: 'Lists all gateway accounts, in the order of the shop.',
    answer: list(GatewayOut),
    handle: async (call) => {
      const found = await call.read(listGateways)
      return whole(
        call,
        found.map((each) => gatewayOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/gateways',
    scope: 'gateways:write',
    summary: 'Adds a gateway account.',
    status: 201,
    body: z.strictObject({
      ...shape,
      kind: words(40),
      active: shape.active.default(true),
      position: position.default(0),
      shared: shape.shared.default(false),
    }),
    answer: GatewayOut,
    handle: async (call) => read(call, await call.write('save-gateway', (tx) => saveGateway(tx, call.shop, call.body))),
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/gateways/{id}',
    scope: 'gateways:read',
    summary: 'Reads a gateway account.',
    params: byId('gwa'),
    answer: GatewayOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/gateways/{id}',
    scope: 'gateways:write',
    summary: 'Changes a gateway account. Other settings must be tested again.',
    params: byId('gwa'),
    body: z.strictObject(shape).partial(),
    answer: GatewayOut,
    handle: async (call) => {
      await call.write('save-gateway', async (tx) => {
        const before = await findGateway(tx, call.params.id)
        if (before === null) throw missing()
        const { settings: change, ...rest } = given(call.body)
        const { name, kind, active, position: place } = before
        const { shown } = shownGatewaySettings(call.app, before)
        return saveGateway(
          tx,
          call.shop,
          { name, kind, active, position: place, ...rest, settings: { ...shown, ...change } },
          before.id,
        )
      })
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/gateways/{id}/test',
    scope: 'gateways:write',
    summary: 'Proves address, key and mode at the gateway.',
    params: byId('gwa'),
    answer: resource('GatewayTest', { ok: z.boolean(), detail: z.string() }),
    again: true,
    refuses: ['gateway_failed'],
    handle: async (call) => {
      const { detail } = await testGateway(call.shop, call.params.id)
      return { ok: true, detail, livemode: call.shop.livemode }
    },
  }),
]
