/** Resellers: the branch below a business, what is shared with each, invitations, credits. */
import type { Shop } from '#app.ts'
import { readLimits, saveLimits } from '#modules/people/limits.ts'
import { closeBranch, liftBranch, moveBranch, suspendBranch } from '#modules/reselling/branch.ts'
import { buyCredits, packsForSale, purchasesOf, readTopUp, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { lostSoon } from '#modules/reselling/expire-credits.ts'
import { runwayOf } from '#modules/reselling/forecast.ts'
import { inviteReseller, withdrawInvitation } from '#modules/reselling/invite-reseller.ts'
import { giveCredits, moveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { findPack, listPacks, type Pack, savePack } from '#modules/reselling/packs.ts'
import {
  branchLines,
  findInvitation,
  type Invitation,
  listBranch,
  listInvitations,
  ownTerms,
  ownWallet,
  plansFor,
  type Reseller,
  readChild,
  readReseller,
  stateOfInvitation,
  type WalletEntry,
  walletEntries,
} from '#modules/reselling/queries.ts'
import { deductions, resumeOrders } from '#modules/reselling/rules.ts'
import { saveResumeOrder } from '#modules/reselling/save-resume-order.ts'
import { saveTerms, termsWith } from '#modules/reselling/save-terms.ts'
import { sharePlan, stopSharing } from '#modules/reselling/share-plans.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  email,
  id,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const milli = z.int().min(0).max(1_000_000_000_000).openapi({ description: 'Thousandths of a credit: 1500 is 1.5.' })
const anyMilli = z.int().openapi({ description: 'Thousandths of a credit: 1500 is 1.5.' })

const ResellerOut = resource('Reseller', {
  id: z.string(),
  parent_id: z.string(),
  depth: z.int().openapi({ description: '1: a direct child.' }),
  name: z.string(),
  slug: z.string(),
  currency: z.string(),
  lines_running: z.int(),
  lines_waiting: z.int().openapi({ description: 'Paid periods that wait for credits.' }),
  balance_milli: anyMilli,
  held_milli: anyMilli,
  open_since: time.nullable(),
  suspended_at: time.nullable(),
  suspended_because: z.string().nullable(),
  suspended_lines: z.enum(['kept', 'paused']).nullable(),
  closed_at: time.nullable(),
  created_at: time,
})

const resellerOf = (shop: Shop, each: Reseller): z.input<typeof ResellerOut> => ({
  id: each.id,
  parent_id: each.parentId,
  depth: each.depth,
  name: each.name,
  slug: each.slug,
  currency: each.currency,
  lines_running: each.linesRunning,
  lines_waiting: each.linesWaiting,
  balance_milli: Number(each.balance),
  held_milli: Number(each.held),
  open_since: atOr(each.liveAt),
  suspended_at: atOr(each.suspendedAt),
  suspended_because: each.suspendedBecause,
  suspended_lines: each.suspendedLines,
  closed_at: atOr(each.closedAt),
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const SharedPlanOut = z
  .strictObject({
    plan_id: z.string(),
    name: z.string(),
    shared: z.boolean(),
    plan_cost_milli: anyMilli.openapi({ description: 'What the plan itself says.' }),
    credit_cost_milli: anyMilli
      .nullable()
      .openapi({ description: 'What was agreed with this reseller; null: what the plan says.' }),
    breaks: z.array(z.strictObject({ from: z.int(), cost_milli: anyMilli })),
    least: z.int().nullable(),
    most: z.int().nullable(),
  })
  .openapi('SharedPlan')

const breaks = z
  .array(z.strictObject({ from: z.int().min(2).max(1_000_000), cost_milli: milli }))
  .max(10)
  .openapi({ description: 'From that many periods in a calendar month on, each costs so much.' })

const sharedPlans = async (call: Call, resellerId: string) =>
  whole(
    call,
    await call.read(async (tx) => {
      await readChild(tx, resellerId)
      return (await plansFor(tx, resellerId)).map((each) => ({
        plan_id: each.planId,
        name: each.name,
        shared: each.shared,
        plan_cost_milli: Number(each.ownCostMilli),
        credit_cost_milli: each.costMilli === null ? null : Number(each.costMilli),
        breaks: each.breaks.map(({ from, costMilli }) => ({ from, cost_milli: Number(costMilli) })),
        least: each.leastMinor === null ? null : Number(each.leastMinor),
        most: each.mostMinor === null ? null : Number(each.mostMinor),
      }))
    }),
  )

const WalletEntryOut = z
  .strictObject({
    id: z.string(),
    purpose: z.string(),
    amount_milli: anyMilli.openapi({ description: 'Below nothing: taken from the wallet.' }),
    balance_milli: anyMilli.openapi({ description: 'After it.' }),
    seller_id: z.string().nullable(),
    plan: z.string().nullable(),
    username: z.string().nullable(),
    period_starts: time.nullable(),
    period_ends: time.nullable(),
    reason: z.string().nullable(),
    actor: z.string().nullable(),
    at: time,
  })
  .openapi('WalletEntry')

const entryOf = (each: WalletEntry): z.input<typeof WalletEntryOut> => ({
  id: each.id,
  purpose: each.purpose,
  amount_milli: Number(each.amount),
  balance_milli: Number(each.balance),
  seller_id: each.sellerId,
  plan: each.plan,
  username: each.username,
  period_starts: atOr(each.starts),
  period_ends: atOr(each.ends),
  reason: each.reason,
  actor: each.actor,
  at: at(each.at),
})

const count = z.int().min(0).max(1_000_000).nullable()

const limitsShape = {
  requests_per_minute: z.int().min(10).max(1_000_000).nullable().openapi({
    description:
      'Of the API and of the shop’s pages, dealt out evenly over the minute but for a fifth; the console is not counted. Null: unlimited.',
  }),
  mails_per_day: count.openapi({ description: 'More wait for their place; sign-in and TV logins never do.' }),
  lines_per_day: count.openapi({
    description: 'Orders beyond it are refused with `rate_limited`, before anybody pays.',
  }),
  trials_per_day: count,
}

const LimitsOut = resource('Limits', {
  business_id: z.string(),
  ...limitsShape,
  mails: z.int().openapi({ description: 'Sent within the last 24 hours.' }),
  lines: z.int().openapi({ description: 'Begun within the last 24 hours.' }),
  trials: z.int().openapi({ description: 'Begun within the last 24 hours.' }),
})

const limitsOf = async (call: Call, businessId: string): Promise<z.input<typeof LimitsOut>> => {
  const { limits, mails, lines, trials } = await call.read((tx) => readLimits(tx, businessId, call.now))
  return {
    business_id: businessId,
    requests_per_minute: limits.requestsPerMinute,
    mails_per_day: limits.mailsPerDay,
    lines_per_day: limits.linesPerDay,
    trials_per_day: limits.trialsPerDay,
    mails,
    lines,
    trials,
    livemode: call.shop.livemode,
  }
}

const InvitationOut = resource('ResellerInvitation', {
  id: z.string(),
  email: z.string(),
  name: z.string(),
  state: z.enum(['open', 'accepted', 'withdrawn', 'expired']),
  plan_ids: z.array(z.string()),
  credits_milli: anyMilli,
  reseller_id: z.string().nullable(),
  expires_at: time,
  created_at: time,
})

const invitationOf = (shop: Shop, each: Invitation): z.input<typeof InvitationOut> => ({
  id: each.id,
  email: each.email,
  name: each.name,
  state: stateOfInvitation(each, shop.now()),
  plan_ids: each.planIds,
  credits_milli: Number(each.creditsMilli),
  reseller_id: each.acceptedAt === null ? null : each.childId,
  expires_at: at(each.expiresAt),
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const retellInvitation = async (call: Call, invitationId: string | null) => {
  const found = await call.read((tx) => findInvitation(tx, invitationId ?? ''))
  if (found === null) throw new Refusal('not_found', 'There is no such invitation.')
  return invitationOf(call.shop, found)
}

const retellReseller = async (call: Call<{ id: string }>) =>
  resellerOf(call.shop, await call.read((tx) => readChild(tx, call.params.id)))

const retellBranch = async (call: Call<{ id: string }>) =>
  resellerOf(call.shop, await call.read((tx) => readReseller(tx, call.params.id)))

const PackOut = resource('CreditPack', {
  id: z.string(),
  name: z.string(),
  credits_milli: anyMilli,
  price: money,
  active: z.boolean(),
})

const packOf = (shop: Shop, pack: Pack): z.input<typeof PackOut> => ({
  id: pack.id,
  name: pack.name,
  credits_milli: Number(pack.creditsMilli),
  price: minor(pack.priceMinor, pack.currency),
  active: pack.active,
  livemode: shop.livemode,
})

const packShape = { name: words(80), credits_milli: milli.min(1), price: moneyIn, active: z.boolean() }

const factsOf = (body: {
  name: string
  credits_milli: number
  price: { amount: number; currency: string }
  active: boolean
}) => ({
  name: body.name,
  creditsMilli: BigInt(body.credits_milli),
  currency: body.price.currency,
  priceMinor: BigInt(body.price.amount),
  active: body.active,
})

const TopUpOut = resource('TopUp', {
  under_milli: anyMilli.nullable(),
  pack_id: z.string().nullable(),
  per_day: z.int().nullable(),
})

const topUpOut = async (call: Call): Promise<z.input<typeof TopUpOut>> => {
  const found = await readTopUp(call.shop)
  return {
    under_milli: found === null ? null : Number(found.underMilli),
    pack_id: found?.packId ?? null,
    per_day: found?.perDay ?? null,
    livemode: call.shop.livemode,
  }
}

const ResumeOrderOut = resource('ResumeOrder', {
  resumes: z.enum(resumeOrders).nullable().openapi({
    description:
      '`oldest`: who waits longest is first. `most_valuable`: for whose period most was paid before tax, in the currency of the business; then, by its credits, what has no such price; then the oldest. Null: no parent.',
  }),
})

const resumeOrderOut = async (call: Call): Promise<z.input<typeof ResumeOrderOut>> => ({
  resumes: (await call.read(ownTerms))?.resumes ?? null,
  livemode: call.shop.livemode,
})

const WalletOut = resource('Wallet', {
  issuer_id: z
    .string()
    .nullable()
    .openapi({ description: 'Whose credits they are; null: this business has no parent.' }),
  issuer_name: z.string().nullable(),
  balance_milli: anyMilli,
  held_milli: anyMilli,
  waiting: z.int().openapi({ description: 'Paid periods that wait for credits of this wallet.' }),
  ends_at: time.nullable().openapi({ description: 'When they end at the present pace; null: not within a year.' }),
  would_wait: z.int().openapi({ description: 'Renewals of the next 14 days that would find no credits.' }),
  floor_milli: anyMilli.openapi({ description: 'About what a week takes.' }),
  credits_last_days: z
    .int()
    .nullable()
    .openapi({ description: 'Credits that are older are lost; null: they last for ever.' }),
  lost_soon_milli: anyMilli.openapi({ description: 'What is lost within 14 days, unless some are used before.' }),
  deducts: z
    .enum(deductions)
    .nullable()
    .openapi({ description: 'When the parent deducts credits, as in `/resellers/{id}/terms`; null: no parent.' }),
  resumes: z.enum(resumeOrders).nullable().openapi({
    description: 'Who waits is served so, when credits come again: `/wallet/resume_order` sets it; null: no parent.',
  }),
})

const termsShape = {
  recovers: z.enum(['nothing', 'unused']).openapi({
    description: 'What comes back of the credits of a line that ends early: `unused`, for the days that nobody has.',
  }),
  credits_last_days: z.int().min(30).max(3_650).nullable().openapi({
    description: 'What is not used so many days after it came is lost, the oldest first; null: credits last for ever.',
  }),
}
const deducts = z.enum(deductions).openapi({
  description:
    'When credits leave the wallet. `period_start`: when a period begins. `payment`: when it was paid for, also before it begins; with too few credits then, when it begins. `first_use`: held when it begins, and used with the first stream that the panel tells of; at once where it tells of none; free again when nobody watched until its end.',
})

const TermsOut = resource('ResellerTerms', { business_id: z.string(), ...termsShape, deducts })

const termsOf = async (call: Call, id: string): Promise<z.input<typeof TermsOut>> => {
  const {
    recovers,
    creditsLastDays,
    deducts: when,
  } = await call.read(async (tx) => {
    await readChild(tx, id)
    return termsWith(tx, id)
  })
  return {
    business_id: id,
    recovers,
    credits_last_days: creditsLastDays,
    deducts: when,
    livemode: call.shop.livemode,
  }
}

const entriesOf = async (call: Call, holder: string) => {
  const { limit, before } = call.page
  const found = await call.read((tx) => walletEntries(tx, holder, limit, before ?? null))
  return call.list(found, entryOf, (each) => each.at)
}

export const resellers = [
  route({
    method: 'get',
    path: '/resellers',
    scope: 'businesses:read',
    summary: 'Lists the branch below the business, parents before their children.',
    answer: list(ResellerOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(listBranch)).map((each) => resellerOf(call.shop, each)),
      ),
  }),
  route({
    method: 'get',
    path: '/resellers/{id}',
    scope: 'businesses:read',
    summary: 'Reads a reseller of the branch.',
    params: byId('biz'),
    answer: ResellerOut,
    handle: async (call) => resellerOf(call.shop, await call.read((tx) => readReseller(tx, call.params.id))),
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/lines',
    scope: 'lines:read',
    summary: 'Lists the newest lines of a reseller of the branch: what runs, never whose it is.',
    params: byId('biz'),
    answer: list(
      z
        .strictObject({
          id: z.string(),
          username: z.string(),
          plan: z.string(),
          wanted: z.string(),
          until: time,
          in_step: z.boolean(),
          connections: z.int(),
          credits: z.string().nullable(),
          created_at: time,
        })
        .openapi('ResellerLine'),
    ),
    handle: async (call) =>
      whole(
        call,
        await call.read(async (tx) => {
          await readReseller(tx, call.params.id)
          return (await branchLines(tx, call.params.id, 200)).map((each) => ({
            id: each.id,
            username: each.username,
            plan: each.plan,
            wanted: each.wanted,
            until: at(each.wantedUntil),
            in_step: each.inStep,
            connections: each.connections,
            credits: each.credits,
            created_at: at(each.createdAt),
          }))
        }),
      ),
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/plans',
    scope: 'plans:read',
    summary: 'Lists the plans of the business, and what was agreed about each with a reseller.',
    params: byId('biz'),
    answer: list(SharedPlanOut),
    handle: (call) => sharedPlans(call, call.params.id),
  }),
  route({
    method: 'put',
    path: '/resellers/{id}/plans',
    scope: 'plans:write',
    summary: 'Shares a plan with a reseller, changes what was agreed about it, or stops sharing it.',
    params: byId('biz'),
    body: z.strictObject({
      plan_id: id('plan'),
      shared: z.boolean(),
      credit_cost_milli: milli.nullable().optional(),
      breaks: breaks.optional(),
      least: amount.nullable().optional(),
      most: amount.nullable().optional(),
    }),
    answer: list(SharedPlanOut),
    handle: async (call) => {
      const { plan_id, shared, credit_cost_milli, breaks: steps = [], least, most } = call.body
      await call.write('share-plan', async (tx) => {
        if (!shared) return stopSharing(tx, call.shop, call.params.id, plan_id)
        return sharePlan(tx, call.shop, {
          resellerId: call.params.id,
          planId: plan_id,
          costMilli: credit_cost_milli == null ? null : BigInt(credit_cost_milli),
          breaks: steps.map(({ from, cost_milli }) => ({ from, costMilli: BigInt(cost_milli) })),
          leastMinor: least == null ? null : BigInt(least),
          mostMinor: most == null ? null : BigInt(most),
        })
      })
      return sharedPlans(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/wallet_entries',
    scope: 'wallets:read',
    summary: 'Lists every movement of the credits of a direct reseller, newest first, with the balance after each.',
    params: byId('biz'),
    query: listQuery({}),
    answer: list(WalletEntryOut),
    handle: async (call) => {
      await call.read((tx) => readChild(tx, call.params.id))
      return entriesOf(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/credits',
    scope: 'wallets:write',
    summary: 'Gives credits to a direct reseller, takes free ones back, or moves them to another one.',
    params: byId('biz'),
    needsKey: true,
    body: z.strictObject({
      act: z.enum(['give', 'take', 'move']),
      amount_milli: milli.min(1),
      to: id('biz').optional().openapi({ description: 'Whom they are moved to.' }),
      reason: words(500),
    }),
    answer: ResellerOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { act, amount_milli, to, reason } = call.body
      const move = { resellerId: call.params.id, amountMilli: BigInt(amount_milli), reason }
      if ((act === 'move') !== (to !== undefined))
        throw new Refusal('invalid_input', 'Please say to whom the credits go.', [
          { pointer: '/to', code: 'required', detail: 'Only credits that are moved go to somebody.' },
        ])
      const after =
        act === 'give'
          ? await giveCredits(call.shop, move)
          : act === 'take'
            ? await takeBackCredits(call.shop, move)
            : await moveCredits(call.shop, { ...move, toId: to ?? '' })
      return resellerOf(call.shop, after)
    },
    retell: retellReseller,
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/terms',
    scope: 'wallets:read',
    summary: 'Reads what was agreed with a direct reseller about his credits.',
    params: byId('biz'),
    answer: TermsOut,
    handle: (call) => termsOf(call, call.params.id),
  }),
  route({
    method: 'put',
    path: '/resellers/{id}/terms',
    scope: 'wallets:write',
    summary: 'Sets what is agreed with a direct reseller about his credits.',
    params: byId('biz'),
    body: z.strictObject({ ...termsShape, deducts: deducts.optional() }),
    answer: TermsOut,
    handle: async (call) => {
      const { recovers, credits_last_days: creditsLastDays, deducts: when } = call.body
      const terms = { recovers, creditsLastDays, ...(when === undefined ? {} : { deducts: when }) }
      await call.write('save-terms', (tx) => saveTerms(tx, call.shop, call.params.id, terms))
      return termsOf(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/limits',
    scope: 'businesses:read',
    summary: 'Reads how much a reseller of the branch may do, and what he has done within 24 hours.',
    params: byId('biz'),
    answer: LimitsOut,
    handle: async (call) => {
      await call.read((tx) => readReseller(tx, call.params.id))
      return limitsOf(call, call.params.id)
    },
  }),
  route({
    method: 'put',
    path: '/resellers/{id}/limits',
    scope: 'businesses:write',
    summary:
      'Sets how much a reseller of the branch may do, and everybody below him, each counted alone. None is ever looser than the own limits of the business.',
    params: byId('biz'),
    body: z.strictObject(limitsShape),
    answer: LimitsOut,
    handle: async (call) => {
      const { requests_per_minute, mails_per_day, lines_per_day, trials_per_day } = call.body
      await call.write('save-limits', (tx) =>
        saveLimits(tx, call.shop, call.params.id, {
          requestsPerMinute: requests_per_minute,
          mailsPerDay: mails_per_day,
          linesPerDay: lines_per_day,
          trialsPerDay: trials_per_day,
        }),
      )
      return limitsOf(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/limits',
    scope: 'businesses:read',
    summary: 'Reads how much this business may do, as its supplier has set it, and what it has done within 24 hours.',
    answer: LimitsOut,
    handle: (call) => limitsOf(call, call.shop.businessId),
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/suspend',
    scope: 'businesses:write',
    summary: 'Closes the shops of a whole branch for now; its lines run on, or rest until the suspension is lifted.',
    params: byId('biz'),
    body: z.strictObject({ lines: z.enum(['kept', 'paused']), reason: words(500) }),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => resellerOf(call.shop, await suspendBranch(call.shop, call.params.id, call.body)),
    retell: retellBranch,
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/lift',
    scope: 'businesses:write',
    summary: 'Opens again what this business suspended; lines that rested come back.',
    params: byId('biz'),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => resellerOf(call.shop, await liftBranch(call.shop, call.params.id)),
    retell: retellBranch,
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/move',
    scope: 'businesses:write',
    summary: 'Hangs a reseller, and all below him, under another one of the branch or under this business.',
    params: byId('biz'),
    body: z.strictObject({ parent_id: id('biz') }),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => resellerOf(call.shop, await moveBranch(call.shop, call.params.id, call.body.parent_id)),
    retell: retellBranch,
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/close',
    scope: 'businesses:write',
    summary: 'Closes a direct reseller for good, when nobody is below him and no line of his runs.',
    params: byId('biz'),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => resellerOf(call.shop, await closeBranch(call.shop, call.params.id)),
    retell: retellBranch,
  }),
  route({
    method: 'get',
    path: '/reseller_invitations',
    scope: 'businesses:read',
    summary: 'Lists invitations, newest first.',
    query: listQuery({}),
    answer: list(InvitationOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listInvitations(tx, call.page)),
        (each) => invitationOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/reseller_invitations',
    scope: 'businesses:write',
    summary: 'Invites somebody to a business of his own below this one. The link goes to his mailbox only.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      email,
      name: text(80).optional(),
      plan_ids: z.array(id('plan')).max(100).optional().openapi({ description: 'Shared with the acceptance.' }),
      credits_milli: milli.optional().openapi({ description: 'Given with the acceptance.' }),
    }),
    answer: InvitationOut,
    handle: async (call) => {
      const { email: to, name = '', plan_ids = [], credits_milli = 0 } = call.body
      if (credits_milli > 0 && !call.allows('wallets:write'))
        throw new Refusal('forbidden', 'To give credits, a key needs wallets:write.')
      const invited = await inviteReseller(call.shop, {
        email: to,
        name,
        planIds: plan_ids,
        creditsMilli: BigInt(credits_milli),
      })
      return invitationOf(call.shop, invited)
    },
    retell: retellInvitation,
  }),
  route({
    method: 'post',
    path: '/reseller_invitations/{id}/withdraw',
    scope: 'businesses:write',
    summary: 'Takes an invitation back: its link does nothing any more.',
    params: byId('rin'),
    answer: InvitationOut,
    refuses: ['conflict'],
    handle: async (call) => invitationOf(call.shop, await withdrawInvitation(call.shop, call.params.id)),
    again: true,
  }),
  route({
    method: 'get',
    path: '/wallet',
    scope: 'wallets:read',
    summary: 'Reads the credits that the business holds with its parent.',
    answer: WalletOut,
    handle: async (call) => {
      const [found, ahead, old, terms] = await call.read(
        async (tx) =>
          [
            await ownWallet(tx),
            await runwayOf(tx, call.now),
            await lostSoon(tx, call.shop.businessId, call.now),
            await ownTerms(tx),
          ] as const,
      )
      return {
        issuer_id: found?.issuer ?? null,
        issuer_name: found?.issuerName ?? null,
        balance_milli: Number(found?.balance ?? 0n),
        held_milli: Number(found?.held ?? 0n),
        waiting: found?.waiting ?? 0,
        ends_at: atOr(ahead?.endsAt ?? null),
        would_wait: ahead?.wouldWait ?? 0,
        floor_milli: Number(ahead?.floorMilli ?? 0n),
        credits_last_days: old?.lastDays ?? null,
        lost_soon_milli: Number(old?.milli ?? 0n),
        deducts: terms?.deducts ?? null,
        resumes: terms?.resumes ?? null,
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'get',
    path: '/wallet/entries',
    scope: 'wallets:read',
    summary: 'Lists every movement of these credits, newest first, with the balance after each.',
    query: listQuery({}),
    answer: list(WalletEntryOut),
    handle: (call) => entriesOf(call, call.shop.businessId),
  }),
  route({
    method: 'get',
    path: '/wallet/packs',
    scope: 'wallets:read',
    summary: 'Lists the packs of credits that the parent sells, the smallest first.',
    answer: list(PackOut),
    handle: async (call) =>
      whole(
        call,
        (await packsForSale(call.shop)).map((each) => packOf(call.shop, each)),
      ),
  }),
  route({
    method: 'get',
    path: '/wallet/purchases',
    scope: 'wallets:read',
    summary: 'Lists the last purchases of credits, newest first; what is still owed has its `pay_url`.',
    answer: list(
      z
        .strictObject({
          id: z.string(),
          invoice_id: z.string(),
          credits_milli: anyMilli,
          status: z.enum(['open', 'given', 'dropped']),
          automatic: z.boolean().openapi({ description: 'Bought by itself, because the wallet fell under its bound.' }),
          pay_url: z.string().nullable(),
          created_at: time,
        })
        .openapi('WalletPurchase'),
    ),
    handle: async (call) =>
      whole(
        call,
        (await purchasesOf(call.shop)).map((each) => ({
          id: each.id,
          invoice_id: each.invoiceId,
          credits_milli: Number(each.creditsMilli),
          status: each.status,
          automatic: each.automatic,
          pay_url: each.payUrl,
          created_at: at(each.createdAt),
        })),
      ),
  }),
  route({
    method: 'post',
    path: '/wallet/purchases',
    scope: 'wallets:write',
    summary: 'Buys a pack of credits: they are there when the invoice is paid at `pay_url`.',
    status: 201,
    needsKey: true,
    body: z.strictObject({ pack_id: id('pck') }),
    answer: resource('CreditPurchase', { id: z.string(), invoice_id: z.string(), pay_url: z.string() }),
    refuses: ['conflict'],
    handle: async (call) => {
      const bought = await buyCredits(call.shop, call.body.pack_id)
      return { id: bought.id, invoice_id: bought.invoiceId, pay_url: bought.payUrl, livemode: call.shop.livemode }
    },
    // Its effect lies in the parent's books: at worst a second invoice is made that nobody pays.
    again: true,
  }),
  route({
    method: 'get',
    path: '/wallet/top_up',
    scope: 'wallets:read',
    summary: 'Reads when credits are bought by themselves; all null: never.',
    answer: TopUpOut,
    handle: topUpOut,
  }),
  route({
    method: 'put',
    path: '/wallet/top_up',
    scope: 'wallets:write',
    summary:
      'Sets when credits are bought by themselves, with the payment method that the parent keeps; all null: never.',
    body: z.strictObject({
      under_milli: milli.min(1).nullable(),
      pack_id: id('pck').nullable(),
      per_day: z.int().min(1).max(20).nullable(),
    }),
    answer: TopUpOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { under_milli, pack_id, per_day } = call.body
      const all = under_milli !== null && pack_id !== null && per_day !== null
      if (!all && (under_milli !== null || pack_id !== null || per_day !== null))
        throw new Refusal('invalid_input', 'Please set all three, or none.', [
          { pointer: '/under_milli', code: 'required', detail: 'Bound, pack and number go together.' },
        ])
      const wish = all ? { underMilli: BigInt(under_milli), packId: pack_id, perDay: per_day } : null
      await saveTopUp(call.shop, wish)
      return topUpOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/wallet/resume_order',
    scope: 'wallets:read',
    summary: 'Reads whom the own wallet serves first when credits come again.',
    answer: ResumeOrderOut,
    handle: resumeOrderOut,
  }),
  route({
    method: 'put',
    path: '/wallet/resume_order',
    scope: 'wallets:write',
    summary:
      'Sets whom the own wallet serves first when credits come again: who waits longest, or whose customer paid most.',
    body: z.strictObject({ resumes: z.enum(resumeOrders) }),
    answer: ResumeOrderOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await saveResumeOrder(call.shop, call.body.resumes)
      return resumeOrderOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/credit_packs',
    scope: 'wallets:read',
    summary: 'Lists the packs of credits that this business sells, the smallest first.',
    answer: list(PackOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read((tx) => listPacks(tx))).map((each) => packOf(call.shop, each)),
      ),
  }),
  route({
    method: 'put',
    path: '/credit_packs/{id}',
    scope: 'wallets:write',
    summary: 'Changes a pack of credits. What was bought stays as it was bought.',
    params: byId('pck'),
    body: z.strictObject(packShape),
    answer: PackOut,
    handle: async (call) =>
      packOf(
        call.shop,
        await call.write('save-pack', (tx) => savePack(tx, call.shop, factsOf(call.body), call.params.id)),
      ),
  }),
  route({
    method: 'post',
    path: '/credit_packs',
    scope: 'wallets:write',
    summary: 'Makes a pack of credits for resellers to buy.',
    status: 201,
    body: z.strictObject(packShape),
    answer: PackOut,
    handle: async (call) =>
      packOf(call.shop, await call.write('save-pack', (tx) => savePack(tx, call.shop, factsOf(call.body)))),
    retell: async (call, packId) => {
      const found = await call.read((tx) => findPack(tx, packId ?? ''))
      if (found === null) throw new Refusal('not_found', 'There is no such pack.')
      return packOf(call.shop, found)
    },
  }),
]
