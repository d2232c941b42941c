/** Price changes as the console shows them: the form as texts, what was typed, and the figures of a draft or of a started one. */
import type { Shop } from '#app.ts'
import { customersById, plansById } from '#modules/analytics/names.ts'
import { previewCampaign, progressOf, type Revenue } from '#modules/subscriptions/preview-campaign.ts'
import { type Campaign, type CampaignFacts, changesOfCampaign } from '#modules/subscriptions/price-campaigns.ts'
import { Condition, describeCondition } from '#modules/subscriptions/rules/condition.ts'
import { type PriceRule, PriceRule as PriceRuleSchema } from '#modules/subscriptions/rules/price-change.ts'
import type { Tx } from '#platform/db.ts'
import { format, money, toDecimal } from '#platform/money.ts'
import type { ListQuery } from '../ui/list-query.ts'
import { formReader } from './form-reader.server.ts'
import { readPage } from './list-page.server.ts'
import { readTests, type TestDraft } from './policy-draft.ts'
import { conditionDraft, conditionTyped, type Names } from './policy-form.server.ts'

/** The form as texts. */
export type CampaignDraft = {
  name: string
  by: string
  percent: string
  roundTo: string
  amount: string
  effective: string
  notice: string
  consent: string
  note: string
  join: string
  kept: string
  tests: TestDraft[]
}

export const consents = ['notice', 'ask_keep', 'ask_end'] as const

export const emptyDraft = (shop: Shop): CampaignDraft => ({
  name: '',
  by: 'percent',
  percent: '10',
  roundTo: '10',
  amount: '',
  effective: shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().add({ months: 1 }).with({ day: 1 }).toString(),
  notice: '30',
  consent: 'notice',
  note: '',
  join: 'all',
  kept: '',
  tests: [],
})

export const draftOfCampaign = (campaign: Campaign, names: Names, shop: Shop): CampaignDraft => ({
  ...emptyDraft(shop),
  name: campaign.name,
  ...ruleTexts(campaign.change),
  effective: campaign.effectiveAt.toZonedDateTimeISO(shop.zone).toPlainDate().toString(),
  notice: String(campaign.noticeDays),
  consent: campaign.consent === 'notice' ? 'notice' : `ask_${campaign.silence}`,
  note: campaign.note,
  ...(campaign.condition === null ? {} : conditionDraft(campaign.condition, names)),
})

const ruleTexts = (rule: PriceRule) =>
  rule.by === 'percent'
    ? { by: 'percent', percent: String(rule.percent), roundTo: String(rule.round_to) }
    : { by: 'amount', amount: toDecimal(money(rule.amount, rule.currency)) }

/** What was typed, or the faults beside their fields. */
export function campaignTyped(
  form: FormData,
  names: Names,
  shop: Shop,
): { facts: CampaignFacts } | { errors: Record<string, string> } {
  const read = formReader(form)
  const name = read.text('name', { most: 80 })
  const by = read.choice('by', ['percent', 'amount'])
  const change = by === 'percent' ? percentTyped(read) : amountTyped(read, shop)
  const effective = dayTyped(read.raw('effective'))
  if (effective === null) read.refuse('effective', 'Please choose a day.')
  const noticeDays = read.whole('notice', { from: 0, to: 365 })
  const consent = read.choice('consent', consents)
  const note = read.text('note', { most: 1_000, least: 0, lines: true })
  const whom = {
    tests: readTests(read.raw, 'whom'),
    join: read.raw('whom.join') || 'all',
    kept: read.raw('whom.kept'),
  }
  const typed = whom.tests.length === 0 && whom.kept === '' ? null : conditionTyped(whom, names)
  const condition = typed === null ? null : Condition.safeParse(typed)
  if (condition?.success === false)
    read.refuse('whom', 'Please give whole conditions: a fact, a comparison and a value that fits it.')
  if (read.failed || change === null || effective === null) return { errors: read.errors }
  return {
    facts: {
      name,
      change,
      condition: condition?.data ?? null,
      effectiveAt: effective.toZonedDateTime(shop.zone).toInstant(),
      noticeDays,
      consent: consent === 'notice' ? 'notice' : 'ask',
      silence: consent === 'ask_end' ? 'end' : 'keep',
      note,
    },
  }
}

type Reader = ReturnType<typeof formReader>

function percentTyped(read: Reader): PriceRule | null {
  const text = read.raw('percent').replace(',', '.')
  const rule = PriceRuleSchema.safeParse({
    by: 'percent',
    percent: /^-?\d{1,3}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN,
    round_to: read.whole('roundTo', { from: 1, to: 10_000 }),
  })
  if (rule.success) return rule.data
  read.refuse('percent', 'Please enter a number from -90 to 500, with two decimals at most.')
  return null
}

function amountTyped(read: Reader, shop: Shop): PriceRule | null {
  const amount = read.money('amount', shop.currency, { required: true })
  if (amount === null) return null
  const rule = PriceRuleSchema.safeParse({ by: 'amount', amount: Number(amount.minor), currency: shop.currency })
  if (rule.success) return rule.data
  read.refuse('amount', 'This is too much.')
  return null
}

function dayTyped(text: string): Temporal.PlainDate | null {
  try {
    const day = Temporal.PlainDate.from(text)
    return day.year > 1970 && day.year < 2100 ? day : null
  } catch {
    return null
  }
}

/** The new price in words: `+10 %, rounded to 0.10` is told by the page; here are its parts. */
const ruleShown = (rule: PriceRule, language: string) =>
  rule.by === 'percent'
    ? `${rule.percent > 0 ? '+' : ''}${rule.percent} %`
    : format(money(rule.amount, rule.currency), language)

export const campaignShown = (campaign: Campaign, shop: Shop) => ({
  id: campaign.id,
  name: campaign.name,
  status: campaign.status,
  version: campaign.version,
  change: ruleShown(campaign.change, shop.language),
  condition: campaign.condition && describeCondition(campaign.condition),
  effectiveAt: campaign.effectiveAt.toString(),
  noticeDays: campaign.noticeDays,
  consent: campaign.consent === 'notice' ? ('notice' as const) : (`ask_${campaign.silence}` as const),
  note: campaign.note,
  startedAt: campaign.startedAt?.toString() ?? null,
  stoppedAt: campaign.stoppedAt?.toString() ?? null,
  stopReason: campaign.stopReason,
  finding: campaign.status === 'running' && campaign.announcedAt === null,
})

const revenueShown = (revenue: readonly Revenue[]) =>
  revenue.map(({ currency, monthlyBefore, monthlyAfter }) => ({
    currency,
    before: money(monthlyBefore, currency),
    after: money(monthlyAfter, currency),
    share: monthlyBefore === 0n ? null : Number(((monthlyAfter - monthlyBefore) * 1_000n) / monthlyBefore) / 10,
  }))

/** How many rows of a preview are shown at once. */
const rowsShown = 25

export async function previewShown(tx: Tx, campaign: Campaign, after: string | null, shop: Shop) {
  const found = await previewCampaign(tx, campaign, { after: after ?? undefined, limit: rowsShown }, shop.now())
  const customers = await customersById(
    tx,
    found.rows.map(({ subscription }) => subscription.customerId),
  )
  const plans = await plansById(
    tx,
    found.rows.map(({ subscription }) => subscription.planId),
  )
  return {
    count: found.count,
    revenue: revenueShown(found.revenue),
    leftOut: found.leftOut,
    next: found.next,
    paged: after !== null,
    rows: found.rows.map(({ subscription, newMinor, first }) => {
      const customer = customers.get(subscription.customerId)
      return {
        id: subscription.id,
        customer: customer?.name || customer?.email || '',
        plan: plans.get(subscription.planId)?.name ?? '',
        old: money(subscription.priceMinor, subscription.currency),
        new: money(newMinor, subscription.currency),
        first: first?.toString() ?? null,
      }
    }),
  }
}

export async function progressShown(tx: Tx, campaign: Campaign, query: ListQuery) {
  const progress = await progressOf(tx, campaign.id)
  const status = query.filters.status as keyof typeof progress.counts | undefined
  const { rows, page } = await readPage(query, (each) =>
    changesOfCampaign(tx, campaign.id, { status: status === 'ended' ? undefined : status }, each),
  )
  const customers = await customersById(
    tx,
    rows.map(({ customerId }) => customerId),
  )
  return {
    counts: progress.counts,
    revenue: revenueShown(progress.revenue),
    page,
    rows: rows.map((row) => {
      const customer = customers.get(row.customerId)
      return {
        id: row.id,
        subscriptionId: row.subscriptionId,
        customer: customer?.name || customer?.email || '',
        old: money(row.oldMinor, row.currency),
        new: money(row.newMinor, row.currency),
        status: row.status,
        toldAt: row.toldAt?.toString() ?? null,
        reason: row.endReason,
      }
    }),
  }
}
