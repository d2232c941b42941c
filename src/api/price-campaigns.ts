import {
  type CampaignPreview,
  previewCampaign,
  progressOf,
  type Revenue,
} from '#modules/subscriptions/preview-campaign.ts'
import {
  type Campaign,
  changesOfCampaign,
  listCampaigns,
  readCampaign,
  saveCampaign,
  startCampaign,
  stopCampaign,
} from '#modules/subscriptions/price-campaigns.ts'
import type { StoredPriceChange } from '#modules/subscriptions/price-changes.ts'
import { Condition, describeCondition } from '#modules/subscriptions/rules/condition.ts'
import { leftOut, PriceRule } from '#modules/subscriptions/rules/price-change.ts'
import { Refusal } from '#platform/errors.ts'
import { silences } from './coming-prices.ts'
import { parsed, tree } from './policies.ts'
import { type Call, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  given,
  id,
  instantIn,
  list,
  listQuery,
  minor,
  money,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const consents = ['notice', 'ask'] as const
const states = ['announced', 'accepted', 'declined', 'kept', 'excepted', 'canceled', 'applied'] as const

const change = z
  .strictObject({
    by: z.enum(['percent', 'amount']),
    percent: z.number().min(-90).max(500).optional(),
    round_to: z.int().min(1).max(10_000).optional(),
    amount: z.int().min(0).max(1_000_000_000).optional(),
    currency: z.string().optional(),
  })
  .openapi({
    description:
      '`{ "by": "percent", "percent": 10, "round_to": 10 }` of the agreed price, rounded to a multiple of minor units; or `{ "by": "amount", "amount": 1499, "currency": "EUR" }` for everybody who pays in that currency.',
  })

const revenue = z.array(
  z.strictObject({
    currency: z.string(),
    count: z.int(),
    monthly_before: money,
    monthly_after: money.openapi({ description: 'Recurring revenue of these subscriptions in an average month.' }),
  }),
)

const CampaignOut = resource('PriceCampaign', {
  id: z.string(),
  name: z.string(),
  status: z.enum(['draft', 'running', 'stopped']),
  condition: z.looseObject({}).nullable(),
  condition_text: z.string().nullable(),
  change: z.looseObject({ by: z.string() }),
  effective_at: time,
  notice_days: z.int(),
  consent: z.enum(consents),
  silence: z.enum(silences),
  note: z.string(),
  created_at: time,
  started_at: time.nullable(),
  announced_at: time.nullable().openapi({ description: 'When everybody whom it reaches was found.' }),
  stopped_at: time.nullable(),
  stop_reason: z.string().nullable(),
  version: z.int(),
  counts: z.record(z.string(), z.int()).openapi({
    description: 'Subscriptions by state, once it was started; `ended`: they ended before renewing at the new price.',
  }),
  revenue,
})

const PreviewOut = resource('PriceCampaignPreview', {
  campaign_id: z.string(),
  version: z.int().openapi({ description: 'To be sent with the start.' }),
  count: z.int(),
  revenue,
  left_out: z
    .record(z.enum(leftOut), z.int().optional())
    .openapi({ description: 'Who is meant and yet left out, by reason.' }),
  subscriptions: z.array(
    z.strictObject({
      subscription_id: z.string(),
      customer_id: z.string(),
      plan_id: z.string(),
      price: money,
      new_price: money,
      first_renewal: time
        .nullable()
        .openapi({ description: 'The first renewal at the new price, were they told now.' }),
    }),
  ),
  next: z.string().nullable().openapi({ description: '`after` of the next page.' }),
})

const ChangeOut = resource('PriceChange', {
  id: z.string(),
  campaign_id: z.string(),
  subscription_id: z.string(),
  customer_id: z.string(),
  price: money,
  new_price: money,
  status: z.enum(states),
  told_at: time.nullable().openapi({ description: 'When the announcement was delivered: the notice begins here.' }),
  answered_at: time.nullable(),
  ended_at: time.nullable(),
  end_reason: z.string(),
  created_at: time,
})

const revenueOf = (found: readonly Revenue[]) =>
  found.map(({ currency, count, monthlyBefore, monthlyAfter }) => ({
    currency,
    count,
    monthly_before: minor(monthlyBefore, currency),
    monthly_after: minor(monthlyAfter, currency),
  }))

const shown = async (call: Call, campaign: Campaign): Promise<z.input<typeof CampaignOut>> => {
  const progress = await call.read((tx) => progressOf(tx, campaign.id))
  return {
    id: campaign.id,
    name: campaign.name,
    status: campaign.status,
    condition: campaign.condition,
    condition_text: campaign.condition && describeCondition(campaign.condition),
    change: campaign.change,
    effective_at: at(campaign.effectiveAt),
    notice_days: campaign.noticeDays,
    consent: campaign.consent,
    silence: campaign.silence,
    note: campaign.note,
    created_at: at(campaign.createdAt),
    started_at: atOr(campaign.startedAt),
    announced_at: atOr(campaign.announcedAt),
    stopped_at: atOr(campaign.stoppedAt),
    stop_reason: campaign.stopReason,
    version: campaign.version,
    counts: progress.counts as Record<string, number>,
    revenue: revenueOf(progress.revenue),
    livemode: call.shop.livemode,
  }
}

const read = async (call: Call<{ id: string }>) =>
  shown(call, await call.read((tx) => readCampaign(tx, call.params.id)))

const previewOf = (
  call: Call,
  { id: campaignId, version }: Campaign,
  found: CampaignPreview,
): z.input<typeof PreviewOut> => ({
  campaign_id: campaignId,
  version,
  count: found.count,
  revenue: revenueOf(found.revenue),
  left_out: found.leftOut as Record<(typeof leftOut)[number], number>,
  subscriptions: found.rows.map(({ subscription, newMinor, first }) => ({
    subscription_id: subscription.id,
    customer_id: subscription.customerId,
    plan_id: subscription.planId,
    price: minor(subscription.priceMinor, subscription.currency),
    new_price: minor(newMinor, subscription.currency),
    first_renewal: atOr(first),
  })),
  next: found.next,
  livemode: call.shop.livemode,
})

const changeOf = (each: StoredPriceChange, livemode: boolean): z.input<typeof ChangeOut> => ({
  id: each.id,
  campaign_id: each.campaignId,
  subscription_id: each.subscriptionId,
  customer_id: each.customerId,
  price: minor(each.oldMinor, each.currency),
  new_price: minor(each.newMinor, each.currency),
  status: each.status,
  told_at: atOr(each.toldAt),
  answered_at: atOr(each.answeredAt),
  ended_at: atOr(each.endedAt),
  end_reason: each.endReason,
  created_at: at(each.createdAt),
  livemode,
})

const fields = {
  name: words(80),
  condition: tree.nullable(),
  change,
  effective_at: instantIn,
  notice_days: z.int().min(0).max(365),
  consent: z.enum(consents),
  silence: z.enum(silences),
  note: text(1_000),
}

export const priceCampaigns = [
  route({
    method: 'get',
    path: '/price_campaigns',
    scope: 'plans:read',
    summary: 'Lists price campaigns, newest first.',
    query: listQuery({}),
    answer: list(CampaignOut),
    handle: async (call) => {
      const found = await call.read((tx) => listCampaigns(tx, call.page))
      const known = new Map<string, z.input<typeof CampaignOut>>()
      for (const each of found) known.set(each.id, await shown(call, each))
      return call.list(
        found,
        (each) => known.get(each.id) as z.input<typeof CampaignOut>,
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/price_campaigns',
    scope: 'plans:write',
    summary: 'Makes a draft of a price campaign: nothing happens before it is started.',
    status: 201,
    body: z.strictObject({
      ...fields,
      condition: tree
        .nullable()
        .optional()
        .openapi({ description: 'Whom it means, as in smart rules; null: everybody.' }),
      note: text(1_000).optional(),
      silence: z.enum(silences).optional().openapi({
        description: 'Where consent is asked and none is given: `keep` the old price, or `end` with the paid time.',
      }),
    }),
    answer: CampaignOut,
    handle: async (call) => {
      const { condition, change: wanted, effective_at, notice_days, consent, silence, note, name } = call.body
      const campaign = await call.write('save-campaign', (tx) =>
        saveCampaign(
          tx,
          call.shop,
          {
            name,
            condition: condition ? parsed(Condition, condition, '/condition') : null,
            change: parsed(PriceRule, wanted, '/change'),
            effectiveAt: effective_at,
            noticeDays: notice_days,
            consent,
            silence: silence ?? 'keep',
            note: note ?? '',
          },
          call.now,
        ),
      )
      return shown(call, campaign)
    },
    retell: async (call, subjectId) => shown(call, await call.read((tx) => readCampaign(tx, subjectId ?? ''))),
  }),
  route({
    method: 'get',
    path: '/price_campaigns/{id}',
    scope: 'plans:read',
    summary: 'Reads a price campaign, with how far it is.',
    params: byId('pcm'),
    answer: CampaignOut,
    handle: read,
  }),
  route({
    method: 'patch',
    path: '/price_campaigns/{id}',
    scope: 'plans:write',
    summary: 'Changes a draft. What was started stays as it was announced.',
    params: byId('pcm'),
    body: z.strictObject(fields).partial(),
    answer: CampaignOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { condition, change: wanted, effective_at, notice_days, ...rest } = call.body
      const campaign = await call.write('save-campaign', async (tx) =>
        saveCampaign(
          tx,
          call.shop,
          {
            ...(await readCampaign(tx, call.params.id)),
            ...given(rest),
            ...(condition === undefined
              ? {}
              : { condition: condition === null ? null : parsed(Condition, condition, '/condition') }),
            ...(wanted === undefined ? {} : { change: parsed(PriceRule, wanted, '/change') }),
            ...(effective_at === undefined ? {} : { effectiveAt: effective_at }),
            ...(notice_days === undefined ? {} : { noticeDays: notice_days }),
          },
          call.now,
          call.params.id,
        ),
      )
      return shown(call, campaign)
    },
  }),
  route({
    method: 'get',
    path: '/price_campaigns/{id}/preview',
    scope: 'plans:read',
    summary:
      'Tells whom a draft would reach now, at what price, and what that does to the recurring revenue. Writes nothing.',
    params: byId('pcm'),
    query: z.strictObject({
      show: z.coerce.number().int().min(1).max(200).default(50),
      after: id('sub').optional(),
    }),
    answer: PreviewOut,
    refuses: ['conflict'],
    handle: (call) =>
      call.read(async (tx) => {
        const campaign = await readCampaign(tx, call.params.id)
        if (campaign.status !== 'draft')
          throw new Refusal('conflict', 'This campaign was started: read it, or list its changes.')
        return previewOf(
          call,
          campaign,
          await previewCampaign(tx, campaign, { after: call.query.after, limit: call.query.show }, call.now),
        )
      }),
  }),
  route({
    method: 'post',
    path: '/price_campaigns/{id}/start',
    scope: 'plans:write',
    summary: 'Starts a draft: everybody whom it reaches is told once. `version` is that of the preview.',
    needsKey: true,
    params: byId('pcm'),
    body: z.strictObject({ version: z.int().min(1).max(1_000_000) }),
    answer: CampaignOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await startCampaign(call.shop, call.params.id, call.body.version)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/price_campaigns/{id}/stop',
    scope: 'plans:write',
    summary:
      'Stops a campaign for those who have no invoice at the new price yet; who was told learns that his price stays.',
    needsKey: true,
    params: byId('pcm'),
    body: z.strictObject({ reason: words(200) }),
    answer: CampaignOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await stopCampaign(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'get',
    path: '/price_campaigns/{id}/changes',
    scope: 'plans:read',
    summary: 'Lists whom a started campaign reached, newest first, with what became of each.',
    params: byId('pcm'),
    query: listQuery({ status: z.enum(states).optional() }),
    answer: list(ChangeOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await readCampaign(tx, call.params.id)
        return changesOfCampaign(tx, call.params.id, { status: call.query.status }, call.page)
      })
      return call.list(
        found,
        (each) => changeOf(each, call.shop.livemode),
        (each) => each.createdAt,
      )
    },
  }),
]
