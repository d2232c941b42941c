/** Our accounts at panels that charge: what there is besides what our calls took, and what was bought. */
import type { Shop } from '#app.ts'
import {
  type AccountDifference,
  type AccountPurchase,
  accountDifferences,
  accountPurchases,
  accountStates,
  explainDifference,
  findAccountDifference,
  findAccountPurchase,
  notePurchase,
  undoPurchase,
} from '#modules/lines/compare-account.ts'
import { readPanel } from '#modules/lines/panels.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, list, listQuery, resource, time, words, z } from './schemas.ts'

const decimal = z.string().openapi({ description: 'Credits, as a decimal.', example: '12.5000' })

const DifferenceOut = resource('AccountDifference', {
  id: z.string(),
  panel_id: z.string(),
  from: time.openapi({ description: 'The reading before, with which this one was compared.' }),
  at: time,
  expected: decimal.openapi({ description: 'What was there before, less what our calls took since.' }),
  found: decimal,
  bought: decimal.openapi({ description: 'Of what more there is, purchases that people noted.' }),
  rest: decimal.openapi({ description: 'What is not explained by them; below nothing: credits are gone.' }),
  state: z.enum(accountStates).openapi({
    description:
      '`open`: credits are gone and nobody has said why. `rise`: more is there, which is taken as bought. `clear`: as much as was noted. `explained`: a person said what it was.',
  }),
  reason: z.string().nullable(),
  explained_at: time.nullable(),
  explained_by: z.string().nullable(),
})

const differenceOf = (shop: Shop, each: AccountDifference): z.input<typeof DifferenceOut> => ({
  id: each.id,
  panel_id: each.panelId,
  from: at(each.fromAt),
  at: at(each.at),
  expected: each.expected,
  found: each.found,
  bought: each.bought,
  rest: each.rest,
  state: each.state,
  reason: each.reason,
  explained_at: atOr(each.explainedAt),
  explained_by: each.explainedBy,
  livemode: shop.livemode,
})

const readDifference = async (call: Call, id: string) => {
  const found = await call.read((tx) => findAccountDifference(tx, id))
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  return differenceOf(call.shop, found)
}

const PurchaseOut = resource('AccountPurchase', {
  id: z.string(),
  panel_id: z.string(),
  credits: decimal,
  note: z.string(),
  difference_id: z
    .string()
    .nullable()
    .openapi({ description: 'The rise of the account in which it was seen; null: it has not come yet.' }),
  created_at: time,
  created_by: z.string(),
  undone_at: time.nullable(),
})

const purchaseOf = (shop: Shop, each: AccountPurchase): z.input<typeof PurchaseOut> => ({
  id: each.id,
  panel_id: each.panelId,
  credits: each.credits,
  note: each.note,
  difference_id: each.differenceId,
  created_at: at(each.createdAt),
  created_by: each.createdBy,
  undone_at: atOr(each.undoneAt),
  livemode: shop.livemode,
})

const readPurchase = async (call: Call, id: string) => {
  const found = await call.read((tx) => findAccountPurchase(tx, id))
  if (found === null) throw new Refusal('not_found', 'There is no such purchase.')
  return purchaseOf(call.shop, found)
}

export const panelAccounts = [
  route({
    method: 'get',
    path: '/panels/{id}/account_differences',
    scope: 'panels:read',
    summary:
      'Lists where our account at a panel that charges had something else than our calls and purchases explain, newest first.',
    params: byId('pan'),
    query: listQuery({}),
    answer: list(DifferenceOut),
    handle: async (call) =>
      call.list(
        await call.read(async (tx) => accountDifferences(tx, (await readPanel(tx, call.params.id)).id, call.page)),
        (each) => differenceOf(call.shop, each),
        (each) => each.at,
      ),
  }),
  route({
    method: 'post',
    path: '/account_differences/{id}/explain',
    scope: 'panels:write',
    summary: 'Says what it was: spent by hand, taken or given by the supplier. It counts as settled then.',
    params: byId('acd'),
    body: z.strictObject({ reason: words(500) }),
    answer: DifferenceOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('explain-account', (tx) => explainDifference(tx, call.shop, call.params.id, call.body.reason))
      return readDifference(call, call.params.id)
    },
    retell: (call) => readDifference(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/panels/{id}/account_purchases',
    scope: 'panels:read',
    summary: 'Lists the credits that people said they had bought at a panel, newest first.',
    params: byId('pan'),
    query: listQuery({}),
    answer: list(PurchaseOut),
    handle: async (call) =>
      call.list(
        await call.read(async (tx) => accountPurchases(tx, (await readPanel(tx, call.params.id)).id, call.page)),
        (each) => purchaseOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/panels/{id}/account_purchases',
    scope: 'panels:write',
    summary:
      'Notes that credits were bought at a panel. They explain the oldest rise of the last week that nobody explained, or the next one.',
    status: 201,
    needsKey: true,
    params: byId('pan'),
    body: z.strictObject({
      credits: z.string().regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,4})?$/, 'A decimal above nothing, like 50 or 2.5.'),
      note: z.string().max(200).default(''),
    }),
    answer: PurchaseOut,
    refuses: ['conflict'],
    handle: async (call) =>
      readPurchase(
        call,
        await call.write('note-purchase', (tx) => notePurchase(tx, call.shop, call.params.id, call.body)),
      ),
    retell: (call, made) => readPurchase(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/account_purchases/{id}/undo',
    scope: 'panels:write',
    summary: 'Takes back a purchase that was noted by mistake.',
    params: byId('acp'),
    answer: PurchaseOut,
    handle: async (call) => {
      await call.write('undo-purchase', (tx) => undoPurchase(tx, call.shop, call.params.id))
      return readPurchase(call, call.params.id)
    },
    again: true,
  }),
]
