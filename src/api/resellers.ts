/** Resellers: the branch below a business, what is shared with each, invitations, credits. */
import type { Shop } from '#app.ts'
import { readLimits, saveLimits } from '#modules/people/limits.ts'
import { closeBranch, liftBranch, moveBranch, suspendBranch, suspensionReach } from '#modules/reselling/branch.ts'
import { inviteReseller, withdrawInvitation } from '#modules/reselling/invite-reseller.ts'
import { giveCredits, moveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import {
  branchLines,
  findInvitation,
  type Invitation,
  listBranch,
  listInvitations,
  plansFor,
  type Reseller,
  readChild,
  readReseller,
  stateOfInvitation,
} from '#modules/reselling/queries.ts'
import { deductions } from '#modules/reselling/rules.ts'
import { saveTerms, termsWith } from '#modules/reselling/save-terms.ts'
import { sharePlan, stopSharing } from '#modules/reselling/share-plans.ts'
import { ownStanding } from '#modules/reselling/tell-branch.ts'
import { stopWindingDown, windDown } from '#modules/reselling/wind-down.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  email,
  id,
  instantIn,
  list,
  listQuery,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'
import { anyMilli, entriesOf, milli, WalletEntryOut } from './wallet.ts'

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
  customers_told: z.boolean().openapi({ description: 'Customers were told of the suspension, by their own shops.' }),
  closes_at: time.nullable().openapi({
    description: 'Nothing is renewed past it, and he is closed when his last line has ended. Null: he stays.',
  }),
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
  customers_told: each.suspendedTells,
  closes_at: atOr(each.closesAt),
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
    scope: 'credits:write',
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
    summary:
      'Closes the shops of a whole branch for now; its lines run on, or rest until the suspension is lifted. The owners of each are told by mail and on every page of their console.',
    params: byId('biz'),
    body: z.strictObject({
      lines: z.enum(['kept', 'paused']),
      reason: words(500).openapi({ description: 'The reseller reads it; those below him do not.' }),
      tell_customers: z.boolean().optional().openapi({
        description:
          'True: each customer of the branch is told once, by his own shop, that service rests (`paused`) or that nothing new is sold (`kept`), and again when it is over. Left out: false.',
      }),
    }),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { lines, reason, tell_customers: tells = false } = call.body
      return resellerOf(call.shop, await suspendBranch(call.shop, call.params.id, { lines, reason, tells }))
    },
    retell: retellBranch,
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/suspension_preview',
    scope: 'businesses:read',
    summary: 'Counts whom a suspension of this branch would reach now. Who they are, only their shops know.',
    params: byId('biz'),
    answer: resource('SuspensionPreview', {
      businesses: z.int().openapi({ description: 'That are not suspended or closed yet.' }),
      lines: z.int().openapi({ description: 'That run.' }),
      customers: z.int().openapi({ description: 'With a line that runs: told when lines are kept.' }),
      customers_resting: z
        .int()
        .openapi({ description: 'With a line on a panel from above: told when lines are paused.' }),
    }),
    handle: async (call) => {
      const { resting, ...reach } = await call.read((tx) => suspensionReach(tx, call.params.id))
      return { ...reach, customers_resting: resting, livemode: call.shop.livemode }
    },
  }),
  route({
    method: 'get',
    path: '/businesses/current/standing',
    scope: 'businesses:read',
    summary: 'Reads whether this business was suspended or closed from above, since when, and by whom.',
    answer: resource('Standing', {
      supplier_id: z.string().nullable().openapi({ description: 'Null: this business has no supplier here.' }),
      supplier_name: z.string().nullable(),
      suspended_at: time.nullable(),
      suspended_by: z
        .enum(['supplier', 'above_supplier'])
        .nullable()
        .openapi({ description: 'Who decided it: the own supplier, or somebody above him.' }),
      suspended_because: z
        .string()
        .nullable()
        .openapi({ description: 'Null where it was meant for somebody above this business.' }),
      lines: z.enum(['kept', 'paused']).nullable(),
      customers_told: z.boolean(),
      closes_at: time
        .nullable()
        .openapi({ description: 'The supplier closes this business: nothing is renewed past it. Null: it stays.' }),
      closed_at: time.nullable(),
    }),
    handle: async (call) => {
      const found = await call.read(ownStanding)
      return {
        supplier_id: found.parent,
        supplier_name: found.parentName,
        suspended_at: atOr(found.suspendedAt),
        suspended_by:
          found.suspendedAt === null ? null : found.byParent ? ('supplier' as const) : ('above_supplier' as const),
        suspended_because: found.because,
        lines: found.suspendedLines,
        customers_told: found.suspendedTells,
        closes_at: atOr(found.closesAt),
        closed_at: atOr(found.closedAt),
        livemode: call.shop.livemode,
      }
    },
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
    method: 'post',
    path: '/resellers/{id}/wind_down',
    scope: 'businesses:write',
    summary:
      'Closes a direct reseller with a date: his shop sells nothing new, nothing is renewed past it, and he is closed when his last line has ended.',
    params: byId('biz'),
    body: z.strictObject({
      closes_at: instantIn,
      tell_customers: z.boolean().openapi({ description: 'His customers are written to, by his own shop.' }),
    }),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { closes_at, tell_customers } = call.body
      return resellerOf(
        call.shop,
        await windDown(call.shop, call.params.id, { closesAt: closes_at, tells: tell_customers }),
      )
    },
    retell: retellBranch,
  }),
  route({
    method: 'post',
    path: '/resellers/{id}/stop_winding_down',
    scope: 'businesses:write',
    summary: 'A reseller who was to close stays open: renewals that ended for it go on.',
    params: byId('biz'),
    answer: ResellerOut,
    needsKey: true,
    refuses: ['conflict'],
    handle: async (call) => resellerOf(call.shop, await stopWindingDown(call.shop, call.params.id)),
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
      if (credits_milli > 0 && !call.allows('credits:write'))
        throw new Refusal('forbidden', 'To give credits, a key needs credits:write.')
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
]
