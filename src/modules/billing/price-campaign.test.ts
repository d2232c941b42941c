/** Campaigns for a new price, as stories: who is told, from which renewal on it is asked, who keeps his price, and what never changes. */
import { describe, expect } from 'vitest'
import { transaction } from '#app.ts'
import { explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { answerPrice } from '#modules/subscriptions/answer-price.ts'
import { moveEnd } from '#modules/subscriptions/move-end.ts'
import { previewCampaign, progressOf } from '#modules/subscriptions/preview-campaign.ts'
import {
  type Campaign,
  type CampaignFacts,
  changesOfCampaign,
  readCampaign,
  saveCampaign,
  startCampaign,
  stopCampaign,
} from '#modules/subscriptions/price-campaigns.ts'
import { rows, sql } from '#platform/db.ts'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { type Purchase, parsedMails, payInvoice, present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changeAddOn } from './change-add-ons.ts'
import { changePlan } from './change-plan.ts'
import { renewalInvoice } from './invoices.ts'
import { previewAddOn } from './preview-add-ons.ts'
import { previewPlanChange } from './preview-plan-change.ts'
import { endPriceException, makePriceException } from './price-exception.ts'

const at = (text: string) => Temporal.Instant.from(text)

const facts: CampaignFacts = {
  name: 'Spring',
  condition: null,
  change: { by: 'percent', percent: 10, round_to: 10 },
  effectiveAt: at('2026-02-01T00:00:00Z'),
  noticeDays: 30,
  consent: 'notice',
  silence: 'keep',
  note: 'Licences have become dearer.',
}

const draft = ({ shop }: World, more: Partial<CampaignFacts> = {}): Promise<Campaign> =>
  transaction(shop, 'save', (tx) => saveCampaign(tx, shop, { ...facts, ...more }, shop.now()))

async function started(world: World, more: Partial<CampaignFacts> = {}): Promise<Campaign> {
  const { id, version } = await draft(world, more)
  await startCampaign(world.shop, id, version)
  await world.settle()
  return read(world.shop, (tx) => readCampaign(tx, id))
}

const asked = (world: World, { subscriptionId }: Purchase) =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        starts: string
        minor: string
        status: string
      }>`select to_char(i.period_start, 'YYYY-MM-DD') as starts, i.total_minor::text as minor, v.status from invoice_items i
        join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        where i.business_id = current_business() and i.subscription_id = ${subscriptionId} and i.period_start is not null order by 1`,
    ),
  )

const states = async (world: World, campaign: Campaign) =>
  (await read(world.shop, (tx) => changesOfCampaign(tx, campaign.id, {}, { limit: 50 }))).map(({ status }) => status)

scenario('B-19: the new price is asked from the first renewal after the notice on, and never before', async (world) => {
  const ana = await world.customer('ana').buys() // Through February 28.
  await world.until('2026-02-10')
  const campaign = await started(world)
  expect(campaign).toMatchObject({ status: 'running' })
  expect(campaign.announcedAt).not.toBeNull()
  // Told on February 10, thirty days: the renewal of February 28 is at the old price, that of March 31 at the new one.
  const mail = present((await parsedMails(world.mailbox.mails)).find(({ subject }) => subject?.includes('new price')))
  // Who gave no name is greeted without one.
  expect(mail.text).toMatch(/^Hello,/)
  expect(mail.text).toContain('14.30 EUR instead of 12.99 EUR')
  expect(mail.text).toContain('31 March 2026')
  expect(mail.text).toContain('Licences have become dearer.')
  await world.until('2026-02-25')
  expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1299', status: 'open' }])
  await world.customer('ana').paysOpenInvoice()
  expect((await ana.subscription()).priceMinor).toBe(1299n)
  await world.until('2026-03-28')
  expect((await asked(world, ana)).at(-1)).toEqual({ starts: '2026-03-31', minor: '1430', status: 'open' })
  // What is asked is not yet agreed: that it is once it is paid.
  expect((await ana.subscription()).priceMinor).toBe(1299n)
  await world.customer('ana').paysOpenInvoice()
  expect((await ana.subscription()).priceMinor).toBe(1430n)
  expect(await states(world, campaign)).toEqual(['applied'])
  // And the one after is at it, too.
  expect((await ana.renews()).totalMinor).toBe(1430n)
  expect(world.mailbox.mails.length).toBeGreaterThan(0)
  expect((await ana.messages()).filter(({ template }) => template === 'price_change')).toHaveLength(1)
})

scenario(
  'B-19: an invoice that is out stays as it is, and so does what is paid ahead before the day',
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-25') // The invoice of February 28 is out.
    await started(world, { noticeDays: 0, effectiveAt: at('2026-02-25T00:00:00Z') })
    await world.until('2026-02-26')
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1299', status: 'open' }])
    await world.customer('ana').paysOpenInvoice()
    expect((await ana.renews()).totalMinor).toBe(1430n)
    expect((await ana.items()).map(({ totalMinor }) => totalMinor)).toEqual([1299n])
  },
)

scenario(
  'B-19: the notice begins when the announcement was taken by a transport, not when it was written',
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-10')
    const { id, version } = await draft(world, { noticeDays: 17 })
    await startCampaign(world.shop, id, version)
    // Written, and not sent yet: nothing has begun.
    await transaction(world.shop, 'run', async (tx) => {
      const invoice = present(await renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now()))
      expect(invoice.totalMinor).toBe(1299n)
    })
    await world.settle()
  },
)

scenario(
  'B-19: the preview tells how many, the revenue before and after, and why others are left out',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    await world.customer('cem').orders()
    await makePriceException(shop, ben.subscriptionId, 'a friend of the house')
    const campaign = await draft(world)
    const preview = await read(shop, (tx) => previewCampaign(tx, campaign, { limit: 10 }, shop.now()))
    expect(preview).toMatchObject({
      count: 1,
      revenue: [{ currency: 'EUR', count: 1, monthlyBefore: 1299n, monthlyAfter: 1430n }],
      leftOut: { exception: 1 },
      next: null,
    })
    expect(preview.rows.map(({ subscription, newMinor, first }) => [subscription.id, newMinor, String(first)])).toEqual(
      [[ana.subscriptionId, 1430n, '2026-03-31T11:00:00Z']],
    )
    // A filter on facts: who is not meant is not counted at all.
    const none: Campaign = { ...campaign, condition: { fact: 'country', op: 'in', value: ['DE'] } }
    expect(await read(shop, (tx) => previewCampaign(tx, none, { limit: 10 }, shop.now()))).toMatchObject({
      count: 0,
      leftOut: {},
    })
    // And looking wrote nothing.
    expect(await states(world, campaign)).toEqual([])
    await startCampaign(shop, campaign.id, campaign.version)
    await world.settle()
    expect(await read(shop, (tx) => progressOf(tx, campaign.id))).toEqual({
      counts: { announced: 1 },
      revenue: preview.revenue,
    })
  },
)

describe('where agreement is asked for', () => {
  const ask = { consent: 'ask', noticeDays: 0, effectiveAt: at('2026-02-11T00:00:00Z') } as const

  scenario('who agrees pays the new price', async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-10')
    const campaign = await started(world, { ...ask, silence: 'end' })
    await answerPrice(world.shop, ana.subscriptionId, true)
    await answerPrice(world.shop, ana.subscriptionId, true)
    await world.until('2026-02-22')
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1430', status: 'open' }])
    await expect(answerPrice(world.shop, ana.subscriptionId, false)).rejects.toMatchObject({ code: 'conflict' })
    await world.customer('ana').paysOpenInvoice()
    expect(await states(world, campaign)).toEqual(['applied'])
  })

  scenario('silence keeps the old price, for good', async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-10')
    const campaign = await started(world, { ...ask, silence: 'keep' })
    await world.until('2026-02-22')
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1299', status: 'open' }])
    expect(await states(world, campaign)).toEqual(['kept'])
    await expect(answerPrice(world.shop, ana.subscriptionId, true)).rejects.toMatchObject({ code: 'conflict' })
  })

  scenario('declined, and the price stays', async (world) => {
    const ana = await world.customer('ana').buys()
    const campaign = await started(world, { ...ask, silence: 'keep' })
    await answerPrice(world.shop, ana.subscriptionId, false)
    expect(await states(world, campaign)).toEqual(['kept'])
    expect((await ana.renews()).totalMinor).toBe(1299n)
  })

  scenario(
    'silence ends it with the paid time, as it was rehearsed: no invoice, no charge, TV up to the last day',
    async (world) => {
      const ana = await world.customer('ana').buys()
      await world.until('2026-02-10')
      await started(world, { ...ask, silence: 'end' })
      const { rows: told } = await rehearse(world.shop, { days: 30, payments: 'as_before' })
      await world.until('2026-02-22')
      expect(await asked(world, ana)).toEqual([])
      expect(await ana.subscription()).toMatchObject({ status: 'active', cancelAtEnd: true })
      await world.until('2026-03-01')
      expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
      await world.until('2026-03-10')
      expect(await ana.subscription()).toMatchObject({ status: 'terminated', terminatedBecause: 'canceled' })
      const steps = told.filter(({ outcome }) => outcome === 'done').map(({ at: when, action }) => `${when} ${action}`)
      expect(steps).toEqual([
        '2026-02-21T12:00:00Z issue_invoice',
        '2026-02-28T12:00:00Z suspend',
        '2026-03-07T12:00:00Z terminate',
      ])
      expect(told.map(({ amount }) => amount)).toEqual([null, null, null])
    },
  )

  scenario('who agrees on the last day goes on: the end is taken back and the invoice issued', async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-10')
    await started(world, { ...ask, silence: 'end' })
    await answerPrice(world.shop, ana.subscriptionId, false)
    await world.until('2026-02-27')
    expect(await ana.subscription()).toMatchObject({ cancelAtEnd: true })
    await answerPrice(world.shop, ana.subscriptionId, true)
    await world.settle()
    expect(await ana.subscription()).toMatchObject({ cancelAtEnd: false, autoRenew: true })
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1430', status: 'open' }])
  })

  scenario('who comes back after the end pays the price that he was shown', async (world) => {
    const ana = await world.customer('ana').buys()
    await started(world, { ...ask, silence: 'end', effectiveAt: at('2026-02-01T00:00:00Z') })
    await world.until('2026-03-15')
    expect(await ana.subscription()).toMatchObject({ status: 'terminated' })
    expect((await ana.renews()).totalMinor).toBe(1430n)
    expect(await ana.subscription()).toMatchObject({ status: 'active', priceMinor: 1430n })
  })
})

scenario('B-19: a stopped campaign asks nobody any more, and tells those who were told', async (world) => {
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  await started(world, { noticeDays: 0, consent: 'ask', silence: 'end' })
  const { id, version } = await draft(world)
  await expect(startCampaign(world.shop, id, version + 1)).rejects.toMatchObject({ code: 'conflict' })
  const [running] = await read(world.shop, (tx) =>
    rows(
      tx,
      sql<{ id: string }>`select id from price_campaigns where business_id = current_business() and status = 'running'`,
    ),
  )
  await answerPrice(world.shop, ben.subscriptionId, true)
  await world.until('2026-02-25') // Ben has his invoice at the new price, Ana's end is planned.
  expect(await ana.subscription()).toMatchObject({ cancelAtEnd: true })
  await stopCampaign(world.shop, present(running).id, 'too many complained')
  await world.settle()
  expect(await ana.subscription()).toMatchObject({ cancelAtEnd: false })
  expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1299', status: 'open' }])
  expect((await ana.messages()).map(({ template }) => template)).toContain('price_kept')
  expect((await ben.messages()).map(({ template }) => template)).not.toContain('price_kept')
  await world.customer('ben').paysOpenInvoice()
  expect(await ben.subscription()).toMatchObject({ priceMinor: 1430n })
  await expect(stopCampaign(world.shop, present(running).id, 'again')).rejects.toMatchObject({ code: 'conflict' })
})

scenario(
  'B-19: an exception takes the new price back, invoice included; undone, the notice begins anew',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const campaign = await started(world, { noticeDays: 20, effectiveAt: at('2026-02-01T00:00:00Z') })
    await world.until('2026-02-25')
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1430', status: 'open' }])
    await makePriceException(shop, ana.subscriptionId, 'here since the first day')
    await expect(makePriceException(shop, ana.subscriptionId, 'twice')).rejects.toMatchObject({ code: 'conflict' })
    await world.settle()
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1299', status: 'open' }])
    expect(await states(world, campaign)).toEqual(['excepted'])
    await world.customer('ana').paysOpenInvoice()
    await endPriceException(shop, ana.subscriptionId, 'it was somebody else')
    await world.settle()
    expect(await states(world, campaign)).toEqual(['announced'])
    expect((await ana.messages()).filter(({ template }) => template === 'price_change')).toHaveLength(2)
    // Told again on February 25: March 31 is later than twenty days.
    expect((await ana.renews()).totalMinor).toBe(1430n)
    await expect(endPriceException(shop, ana.subscriptionId, 'again')).rejects.toMatchObject({ code: 'conflict' })
  },
)

scenario(
  'B-19: the end cannot be moved to before the notice while an invoice asks for the new price',
  async (world) => {
    const ana = await world.customer('ana').buys()
    await started(world, { noticeDays: 25 })
    await world.until('2026-02-22')
    expect(await asked(world, ana)).toEqual([{ starts: '2026-02-28', minor: '1430', status: 'open' }])
    await expect(moveEnd(world.shop, ana.subscriptionId, at('2026-02-24T12:00:00Z'), 'x')).rejects.toMatchObject({
      code: 'conflict',
    })
    await moveEnd(world.shop, ana.subscriptionId, at('2026-03-05T12:00:00Z'), 'a gift')
  },
)

scenario('B-19: another plan comes with its own price, and what was announced is void', async (world) => {
  const ana = await world.customer('ana').buys()
  const bigger = await anotherPlan(world, { amount: 2599n })
  const campaign = await started(world, { noticeDays: 0 })
  const preview = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, ana.subscriptionId, bigger, world.shop.now()),
  )
  const { invoiceId } = await changePlan(world.shop, ana.subscriptionId, bigger, preview.fingerprint)
  expect(invoiceId).not.toBeNull()
  await world.customer('ana').paysOpenInvoice()
  expect(await states(world, campaign)).toEqual(['canceled'])
  expect((await ana.renews()).totalMinor).toBe(2599n)
})

scenario("B-19: a new price is the plan's alone; add-ons stand beside it at theirs", async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  const change = async (quantity: number) => {
    const wish = { addOnId: extra, quantity }
    const look = await read(world.shop, (tx) =>
      previewAddOn(tx, world.shop, ana.subscriptionId, extra, quantity, world.shop.now()),
    )
    return changeAddOn(world.shop, ana.subscriptionId, wish, look.fingerprint)
  }
  const { invoiceId } = await change(2)
  await payInvoice(world, present(invoiceId))
  await started(world, { noticeDays: 7 })
  await world.until('2026-02-25')
  const open = async () =>
    (await world.customer('ana').invoices()).flatMap(({ status, totalMinor }) =>
      status === 'open' ? [totalMinor] : [],
    )
  expect(await open()).toEqual([1430n + 600n])
  // The invoice that is out is replaced, still at the announced price.
  await change(1)
  expect(await open()).toEqual([1430n + 300n])
  await world.customer('ana').paysOpenInvoice()
  expect(await ana.subscription()).toMatchObject({ priceMinor: 1430n, addOnsMinor: 300n })
  expect((await ana.renews()).totalMinor).toBe(1730n)
})

scenario('B-19: rehearsal and explanation know the price to come', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-10')
  await started(world)
  const { rows: told } = await rehearse(world.shop, { days: 60, payments: 'as_before' })
  expect(
    told.flatMap(({ action, outcome, amount }) => (action === 'payment' && outcome === 'done' ? [amount?.minor] : [])),
  ).toEqual([])
  await ana.renews()
  const { rows: later } = await rehearse(world.shop, { days: 60, payments: 'as_before' })
  expect(later.flatMap(({ action, amount }) => (action === 'issue_invoice' ? [`${amount?.minor}`] : []))).toEqual([
    '1430',
  ])
  const explained = await read(world.shop, (tx) =>
    explainSubscription(tx, world.shop, ana.subscriptionId, world.shop.now()),
  )
  expect(explained.coming).toMatchObject({ newMinor: 1430n, oldMinor: 1299n })
  expect(String(explained.comesOn)).toBe('2026-03-31T11:00:00Z')
})
