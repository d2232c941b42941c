/** What staff do with the whole business, as a table: how often a day, and how. Each goes through a door of the house. */
import { transaction } from '#app.ts'
import { saveTrialSettings, trialSetting } from '#modules/checkout/trial-settings.ts'
import { previewCompensation } from '#modules/dunning/compensation.ts'
import {
  changeIncident,
  compensateIncident,
  declareIncident,
  waiveIncident,
  withdrawIncident,
} from '#modules/dunning/incidents.ts'
import { listIncidents, readIncident, standardRule } from '#modules/lines/incidents.ts'
import { readSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { listCampaigns, saveCampaign, startCampaign, stopCampaign } from '#modules/subscriptions/price-campaigns.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import { defaultSteps } from '#modules/subscriptions/rules/policy.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { changesProgramme, paysAffiliate } from './affiliates.ts'
import { answersBank, changesDisputeRules, decidesByHand, entersDispute, releases } from './banks.ts'
import { asksForComparison, roundOfComparisons } from './comparing.ts'
import { resellerActs } from './resellers.ts'
import type { World } from './world.ts'

export type StaffAct = {
  name: string
  perDay: number
  /** False: there was nothing to do it to. */
  do(world: World): Promise<boolean>
}

const ann = (world: World) => world.shopFor('staff:ann')

export const staffActs: readonly StaffAct[] = [
  { name: 'a price campaign starts', perDay: 0.03, do: startsCampaign },
  { name: 'a price campaign is stopped', perDay: 0.01, do: stopsCampaign },
  { name: 'an incident is declared', perDay: 0.05, do: declares },
  { name: 'an incident is over', perDay: 0.4, do: ends },
  { name: 'an incident is decided', perDay: 0.4, do: decides },
  { name: 'the policy is changed', perDay: 0.02, do: changesPolicy },
  { name: 'somebody may buy again', perDay: 0.1, do: releases },
  { name: 'a bank gets evidence', perDay: 0.1, do: answersBank },
  { name: 'a letter tells of a dispute', perDay: 0.02, do: entersDispute },
  { name: 'a dispute is decided by hand', perDay: 0.1, do: decidesByHand },
  { name: 'what a dispute does is changed', perDay: 0.03, do: changesDisputeRules },
  { name: 'the rules of subscriptions are changed', perDay: 0.04, do: changesLife },
  { name: 'the programme for affiliates is changed', perDay: 0.02, do: changesProgramme },
  { name: 'an affiliate is paid by hand', perDay: 0.1, do: paysAffiliate },
  { name: 'the gateway is compared with the books', perDay: 0.1, do: asksForComparison },
  { name: 'the round of comparisons comes by', perDay: 0.7, do: roundOfComparisons },
  { name: 'the limits of trials are changed', perDay: 0.03, do: limitsTrials },
  ...resellerActs,
]

async function startsCampaign(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  const draft = await transaction(shop, 'save-campaign', (tx) =>
    saveCampaign(
      tx,
      shop,
      {
        name: 'New prices',
        condition: null,
        change: { by: 'percent', percent: chance.oneOf([-10, 5, 12.5, 40]), round_to: 1 },
        effectiveAt: shop.now().add({ hours: Math.ceil(chance.between(1, 600)) }),
        noticeDays: Math.ceil(chance.between(0, 20)),
        consent: chance.oneOf(['notice', 'ask']),
        silence: chance.oneOf(['keep', 'end']),
        note: 'Everything gets dearer.',
      },
      shop.now(),
    ),
  )
  await startCampaign(shop, draft.id, draft.version)
  return true
}

async function stopsCampaign(world: World): Promise<boolean> {
  const shop = await ann(world)
  const all = await transaction(shop, 'read-campaigns', (tx) => listCampaigns(tx, { limit: 100 }))
  const running = all.filter(({ status }) => status === 'running')
  if (running.length === 0) return false
  await stopCampaign(shop, world.chance.oneOf(running).id, 'too many complaints')
  return true
}

async function declares(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  const starts = shop.now().add({ minutes: Math.round(chance.between(-600, 600)) })
  await declareIncident(shop, {
    ...(chance.next() < 0.7
      ? { panelId: world.panelId, productId: null }
      : { panelId: null, productId: world.productId }),
    name: 'Outage',
    sentence: 'Some channels do not play.',
    starts,
    ends: chance.next() < 0.5 ? starts.add({ minutes: Math.ceil(chance.between(1, 3_000)) }) : null,
    rule: standardRule,
  })
  return true
}

const openIncidents = async (world: World) => {
  const shop = await ann(world)
  return transaction(shop, 'read-incidents', (tx) => listIncidents(tx, { open: true }, { limit: 100 }))
}

async function ends(world: World): Promise<boolean> {
  const shop = await ann(world)
  const running = (await openIncidents(world)).filter(
    ({ starts, ends }) => ends === null && Temporal.Instant.compare(starts, shop.now()) < 0,
  )
  if (running.length === 0) return false
  await changeIncident(shop, world.chance.oneOf(running).id, { ends: shop.now() })
  return true
}

async function decides(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  const over = (await openIncidents(world)).filter(
    ({ ends }) => ends !== null && Temporal.Instant.compare(ends, shop.now()) <= 0,
  )
  if (over.length === 0) return false
  const { id } = chance.oneOf(over)
  const decision = chance.weighted([
    ['compensate', 6],
    ['waive', 1],
    ['withdraw', 1],
  ] as const)
  if (decision === 'waive') await waiveIncident(shop, id, 'nobody noticed')
  else if (decision === 'withdraw') await withdrawIncident(shop, id, 'it was none')
  else {
    const { fingerprint } = await transaction(shop, 'read-preview', async (tx) =>
      previewCompensation(tx, shop, await readIncident(tx, id), shop.now()),
    )
    await compensateIncident(shop, id, { fingerprint, tells: chance.next() < 0.7 })
  }
  world.log.did(`incident: ${decision}`)
  return true
}

/** With fewer screens first, with more or fewer days, or as it was. */
async function changesPolicy(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  await transaction(shop, 'save-policy', async (tx) => {
    const [policy] = await listPolicies(tx)
    const fewer: Step = {
      key: 'fewer',
      action: 'restrict',
      connections: 1,
      offset_hours: Math.ceil(chance.between(0, 60)),
    }
    const later = chance.oneOf([7, 14, 30])
    const steps = defaultSteps.map((step) => (step.action === 'terminate' ? { ...step, offset_days: later } : step))
    const wish = { name: 'Standard', steps: chance.next() < 0.7 ? [...steps, fewer] : steps }
    await savePolicy(tx, shop, { id: policy?.id ?? '', ...wish }, shop.now())
  })
  return true
}

/** How changes are counted, what is given back, what lateness costs, what balances do. */
async function changesLife(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  const settings = lifeSetting.schema.parse({
    upgrade: chance.oneOf(['keep', 'restart']),
    proration: chance.oneOf(['second', 'day']),
    invoices: chance.oneOf(['per_subscription', 'per_day']),
    balance: chance.oneOf(['by_itself', 'when_asked']),
    refund: { kind: chance.oneOf(['none', 'prorated', 'full_within']), fee_minor: chance.oneOf([0, 50]) },
    late_fees: {
      fee: chance.oneOf(['off', 'percent', 'amount']),
      after_days: Math.ceil(chance.between(0, 5)),
      amount_minor: 150,
      every_days: chance.oneOf([0, 2, 7]),
      most_percent: chance.oneOf([10, 60]),
    },
  })
  await transaction(shop, 'save-life', (tx) => saveLifeSettings(tx, shop, settings))
  return true
}

async function limitsTrials(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  await transaction(shop, 'save-trials', async (tx) => {
    const limits = await readSetting(tx, shop, trialSetting)
    await saveTrialSettings(tx, shop, {
      ...limits,
      per_day: chance.oneOf([0, 1, 5]),
      once_per_customer: chance.next() < 0.8,
    })
  })
  return true
}
