/** Disputes: money of a payment that its buyer, his bank or his wallet takes back. */
import type { Shop } from '#app.ts'
import { decideDispute, enterDispute, releaseCustomer } from '#modules/billing/disputes/dispute-by-hand.ts'
import { evidenceOf, sendEvidence } from '#modules/billing/disputes/evidence.ts'
import { findDispute, listDisputes } from '#modules/billing/disputes/queries.ts'
import { askAboutDispute } from '#modules/billing/disputes/refresh-dispute.ts'
import { renderEvidencePdf } from '#modules/billing/disputes/render-evidence.ts'
import type { Dispute } from '#modules/billing/disputes/rules.ts'
import { type DisputeSettings, disputeSetting } from '#modules/billing/disputes/settings.ts'
import { findPayment } from '#modules/billing/queries.ts'
import { readSetting, saveSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, pdfRoute, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  flag,
  id,
  instantIn,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const status = z.enum(['warning', 'open', 'under_review', 'won', 'lost', 'closed'])
const kind = z.enum(['card', 'wallet', 'bank_return'])

const DisputeOut = resource('Dispute', {
  id: z.string(),
  payment_id: z.string(),
  customer_id: z.string(),
  gateway_id: z.string(),
  gateway_reference: z.string().nullable().openapi({ description: 'Null: staff entered it, and say how it ends.' }),
  kind,
  status: status.openapi({
    description: '`warning`: a bank asks, nothing is taken; `closed`: over without a verdict.',
  }),
  amount: money,
  withdrawn: money.openapi({ description: 'Taken and not given back.' }),
  lost: money,
  fee: money,
  reason: z.string(),
  evidence_due_at: time.nullable(),
  evidence_sent_at: time.nullable(),
  customer_frozen: z.boolean().openapi({ description: 'Its customer buys nothing, and nothing is charged to him.' }),
  released_at: time.nullable(),
  released_by: z.string().nullable(),
  suspended_subscriptions: z.array(z.string()),
  by: z.string(),
  opened_at: time,
  created_at: time,
  closed_at: time.nullable(),
})

const disputeOf = (shop: Shop, dispute: Dispute): z.input<typeof DisputeOut> => ({
  id: dispute.id,
  payment_id: dispute.paymentId,
  customer_id: dispute.customerId,
  gateway_id: dispute.gatewayAccountId,
  gateway_reference: dispute.remoteRef,
  kind: dispute.kind,
  status: dispute.status,
  amount: minor(dispute.amountMinor, dispute.currency),
  withdrawn: minor(dispute.withdrawnMinor, dispute.currency),
  lost: minor(dispute.lostMinor, dispute.currency),
  fee: minor(dispute.feeMinor, dispute.currency),
  reason: dispute.reason,
  evidence_due_at: atOr(dispute.evidenceDueAt),
  evidence_sent_at: atOr(dispute.evidenceSentAt),
  customer_frozen: dispute.releasedAt === null,
  released_at: atOr(dispute.releasedAt),
  released_by: dispute.releasedBy,
  suspended_subscriptions: dispute.suspended,
  by: dispute.by,
  opened_at: at(dispute.openedAt),
  created_at: at(dispute.createdAt),
  closed_at: atOr(dispute.closedAt),
  livemode: shop.livemode,
})

const read = async (call: Call, disputeId: string): Promise<z.input<typeof DisputeOut>> => {
  const found = await call.read((tx) => findDispute(tx, disputeId))
  if (found === null) throw new Refusal('not_found', 'There is no such dispute.')
  return disputeOf(call.shop, found)
}

const shape = {
  when_opened: z.enum(['keep', 'suspend', 'end']).openapi({
    description: 'The lines that the money paid for: go on, are cut off until it is decided, or end at once.',
  }),
  when_lost: z.enum(['end', 'keep']).openapi({ description: 'They end and give up unused time, or go on.' }),
}
const SettingsOut = resource('DisputeSettings', shape)

const settings = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => ({
    ...(await readSetting<DisputeSettings>(tx, call.shop, disputeSetting)),
    livemode: call.shop.livemode,
  }))

export const disputes = [
  route({
    method: 'get',
    path: '/disputes',
    scope: 'disputes:read',
    summary: 'Lists disputes, newest first.',
    query: listQuery({
      status: status.optional(),
      open: flag.optional(),
      customer_id: id('cus').optional(),
      payment_id: id('pay').optional(),
    }),
    answer: list(DisputeOut),
    handle: async (call) => {
      const { status, open, customer_id: customerId, payment_id: paymentId } = call.query
      const found = await call.read((tx) => listDisputes(tx, { status, open, customerId, paymentId }, call.page))
      return call.list(
        found,
        (each) => disputeOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/disputes/{id}',
    scope: 'disputes:read',
    summary: 'Reads a dispute.',
    params: byId('dsp'),
    answer: DisputeOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/disputes',
    scope: 'disputes:write',
    summary: 'Enters a dispute of which no gateway tells: a letter of the acquirer, a debit that a bank took back.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      payment_id: id('pay'),
      amount: moneyIn,
      fee: moneyIn.optional(),
      kind: kind.default('card'),
      reason: words(200),
      withdrawn: z.boolean().default(true).openapi({ description: 'The money is gone already.' }),
      evidence_due_at: instantIn.nullish(),
    }),
    answer: DisputeOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { payment_id: paymentId, amount, fee, kind, reason, withdrawn, evidence_due_at: due } = call.body
      if ((await call.read((tx) => findPayment(tx, paymentId))) === null)
        throw new Refusal('invalid_input', 'Please check the payment.', [
          { pointer: '/payment_id', code: 'unknown', detail: 'There is no such payment.' },
        ])
      const made = await enterDispute(call.shop, {
        paymentId,
        amount: moneyOf(amount),
        fee: fee === undefined ? null : moneyOf(fee),
        kind,
        reason,
        withdrawn,
        evidenceDueAt: due ?? null,
      })
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/disputes/{id}/decide',
    scope: 'disputes:write',
    summary: 'Says how a dispute ended that was entered by hand.',
    needsKey: true,
    params: byId('dsp'),
    body: z.strictObject({ verdict: z.enum(['won', 'lost', 'closed']) }),
    answer: DisputeOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await decideDispute(call.shop, call.params.id, call.body.verdict)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/disputes/{id}/refresh',
    scope: 'disputes:write',
    summary: 'Asks the gateway now how it stands, as is done every day by itself.',
    params: byId('dsp'),
    answer: DisputeOut,
    again: true,
    refuses: ['conflict', 'gateway_failed', 'outcome_unknown'],
    handle: async (call) => {
      await askAboutDispute(call.shop, call.params.id)
      return read(call, call.params.id)
    },
  }),
  pdfRoute({
    method: 'get',
    path: '/disputes/{id}/evidence',
    scope: 'disputes:read',
    summary: 'The evidence file as a PDF: invoice, consent, deliveries, first stream, days of use.',
    params: byId('dsp'),
    handle: async (call) => renderEvidencePdf(await call.read((tx) => evidenceOf(tx, call.shop, call.params.id))),
  }),
  route({
    method: 'post',
    path: '/disputes/{id}/send_evidence',
    scope: 'disputes:write',
    summary: 'Hands the evidence in at the gateway, once and for good, where its API takes it.',
    needsKey: true,
    params: byId('dsp'),
    answer: DisputeOut,
    refuses: ['conflict', 'gateway_failed', 'outcome_unknown'],
    handle: async (call) => {
      await sendEvidence(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/disputes/{id}/release',
    scope: 'disputes:write',
    summary: 'Lets its customer buy and be charged again, while it is open or after it was lost.',
    params: byId('dsp'),
    body: z.strictObject({ reason: words(500) }),
    answer: DisputeOut,
    again: true,
    handle: async (call) => {
      await releaseCustomer(call.shop, call.params.id, call.body.reason)
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/settings/disputes',
    scope: 'settings:read',
    summary: 'Reads what becomes of lines whose money is taken back.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/disputes',
    scope: 'settings:write',
    summary: 'Sets what becomes of lines whose money is taken back.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-dispute-settings', (tx) => saveSetting(tx, call.shop, disputeSetting, call.body))
      return settings(call)
    },
  }),
]
