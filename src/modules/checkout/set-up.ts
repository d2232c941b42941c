/**
 * From an empty business to an open shop: what is done, what is missing, and the opening itself. A thing that can be tried counts as
 * done only after its live test passed.
 */
import { z } from 'zod'
import { type Shop, transaction } from '#app.ts'
import { one, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isOffered, listGateways } from '../billing/gateways.ts'
import { listPlans, type Plan } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { listPanels, productPanels } from '../lines/panels.ts'
import { readMailSettings } from '../messages/mail-settings.ts'
import { attestRights, type BusinessChange, goLive, readBusiness } from '../people/business.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'
import { changeShop } from './change-shop.ts'
import { whyNotSold } from './why-not-sold.ts'

export const setUpSteps = ['brand', 'money', 'mail', 'panel', 'gateway', 'plan', 'credits', 'rights', 'live'] as const
export type SetUpStep = (typeof setUpSteps)[number]

/** `skipped`: works without; only mail can be. An operator needs no credits: that step is for resellers. */
export type SetUpState = { step: SetUpStep; state: 'done' | 'skipped' | 'next' }[]

const Progress = z.object({
  brand_at: z.string().nullish(),
  money_at: z.string().nullish(),
  mail_skipped_at: z.string().nullish(),
})
export const setUpSetting = defineSetting('set_up', Progress as z.ZodType<z.infer<typeof Progress>>)

export async function setUpState(tx: Tx, shop: Shop): Promise<SetUpState> {
  const business = await readBusiness(tx)
  const progress = await readSetting(tx, shop, setUpSetting)
  const mail = await readMailSettings(tx, shop)
  const done: Record<SetUpStep, boolean> = {
    // An open shop has shown them to everybody.
    brand: Boolean(progress.brand_at) || business.liveAt !== null,
    money: Boolean(progress.money_at) || business.liveAt !== null,
    mail: Boolean(mail.tested_at),
    panel: (await listPanels(tx)).some(({ testedAt }) => testedAt !== null) || (await sellsOnParents(tx, shop)),
    gateway: await hasGateway(tx, shop),
    plan: (await sellablePlans(tx, shop).next()).done !== true,
    // A wallet that ran out later closes nothing: its lines wait.
    credits: shop.parentId === null || business.liveAt !== null || (await hasCredits(tx, shop)),
    rights: business.rightsAttestedAt !== null,
    live: business.liveAt !== null,
  }
  const skipped = progress.mail_skipped_at && !mail.host
  const steps = shop.parentId === null ? setUpSteps.filter((step) => step !== 'credits') : setUpSteps
  return steps.map((step) => ({
    step,
    state: done[step] ? 'done' : step === 'mail' && skipped ? 'skipped' : 'next',
  }))
}

/** The parent has tried his panels himself. */
const sellsOnParents = async (tx: Tx, shop: Shop): Promise<boolean> =>
  shop.parentId !== null && (await productPanels(tx)).some(({ panelBusinessId }) => panelBusinessId !== shop.businessId)

/** Tested; where staff confirm the money there is nothing to test. */
const hasGateway = async (tx: Tx, shop: Shop): Promise<boolean> =>
  (await listGateways(tx)).some((account) => {
    const { testedAt, kind } = account
    const known = shop.app.gateways.get(kind)
    return isOffered(account) && known !== undefined && (testedAt !== null || known.capabilities.staffConfirms)
  })

/** One at a time: most who ask want only the first. */
async function* sellablePlans(tx: Tx, shop: Shop): AsyncGenerator<Plan, void> {
  for (const plan of await listPlans(tx, { forSale: true }))
    if ((await whyNotSold(tx, shop, plan)).length === 0) yield plan
}

/** The first line that is sold can be made: there are free credits, or a plan that costs his wallet none. */
async function hasCredits(tx: Tx, shop: Shop): Promise<boolean> {
  const { free } = await one(
    tx,
    sql<{ free: boolean }>`select coalesce(bool_or(balance > held), false) as free from own_wallet()`,
  )
  if (free) return true
  for await (const { id, productId } of sellablePlans(tx, shop)) {
    const panels = await productPanels(tx, productId)
    if (panels.every(({ panelBusinessId }) => panelBusinessId === shop.businessId)) return true
    const { costs } = await one(
      tx,
      sql<{
        costs: boolean
      }>`select coalesce(bool_or(credit_cost_milli > 0), true) as costs from terms_of_plan(${id})`,
    )
    if (!costs) return true
  }
  return false
}

/** Saves a page of the wizard and counts it as done. */
export async function confirmStep(tx: Tx, shop: Shop, step: 'brand' | 'money', change: BusinessChange): Promise<void> {
  if (Object.keys(change).length > 0) await changeShop(tx, shop, change)
  await note(tx, shop, step === 'brand' ? 'brand_at' : 'money_at')
}

/** A shop without mail works: what it would have mailed becomes a task for staff. */
export const skipMail = (tx: Tx, shop: Shop): Promise<void> => note(tx, shop, 'mail_skipped_at')

async function note(tx: Tx, shop: Shop, field: keyof z.infer<typeof Progress>): Promise<void> {
  const progress = await readSetting(tx, shop, setUpSetting)
  await saveSetting(tx, shop, setUpSetting, { ...progress, [field]: shop.now().toString() })
}

/** The operator says that he holds the rights to what his panels serve; kept with who said it. Repeating it changes nothing. */
export async function attest(shop: Shop): Promise<void> {
  await transaction(shop, 'attest-rights', async (tx) => {
    if ((await readBusiness(tx)).rightsAttestedAt !== null) return
    await attestRights(tx, shop, shop.actor, shop.now())
    await record(tx, shop, shop.now(), event(shop, 'business.rights_attested'))
  })
}

/** Opens shop and automation. Refuses `conflict` with what is missing; open already: nothing happens. */
export async function openForBusiness(shop: Shop): Promise<void> {
  await transaction(shop, 'open-for-business', async (tx) => {
    if ((await readBusiness(tx)).liveAt !== null) return
    const missing = (await setUpState(tx, shop)).filter(({ step, state }) => state === 'next' && step !== 'live')
    if (missing.length > 0)
      throw new Refusal(
        'conflict',
        'Some steps are still open.',
        missing.map(({ step }) => ({ pointer: `/${step}`, code: 'missing', detail: missingWords[step] })),
      )
    await goLive(tx, shop, shop.now())
    await record(tx, shop, shop.now(), event(shop, 'business.opened'))
  })
}

const missingWords: Record<SetUpStep, string> = {
  brand: 'Name and color are not confirmed.',
  money: 'Currency and time zone are not confirmed.',
  mail: 'Mail is neither tested nor skipped.',
  panel: 'No panel has passed its test.',
  gateway: 'There is no tested way to pay.',
  plan: 'No plan can be sold yet.',
  credits: 'There are no credits for the first line.',
  rights: 'The rights are not confirmed.',
  live: 'The shop is closed.',
}

const event = (shop: Shop, type: string) => ({ type, subjectType: 'business', subjectId: shop.businessId })
