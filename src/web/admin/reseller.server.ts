/** What the page of a reseller shows, and what its forms do. */
import { redirect } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { startActing, supportAccessSetting } from '#modules/people/acting.ts'
import { openShop } from '#modules/people/business.ts'
import { readLimits, saveLimits } from '#modules/people/limits.ts'
import { readSetting } from '#modules/people/settings.ts'
import { closeBranch, liftBranch, moveBranch, suspendBranch, suspensionReach } from '#modules/reselling/branch.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { branchLines, listBranch, plansFor, readReseller } from '#modules/reselling/queries.ts'
import { type Break, deductions, formatCredits, parseCredits } from '#modules/reselling/rules.ts'
import { saveTerms, termsWith } from '#modules/reselling/save-terms.ts'
import { sharePlan, stopSharing } from '#modules/reselling/share-plans.ts'
import { readAlarmOf, saveAlarm, type WalletAlarm } from '#modules/reselling/wallet-alarm.ts'
import { stopWindingDown, windDown } from '#modules/reselling/wind-down.ts'
import { toDecimal } from '#platform/money.ts'
import { isBefore } from '#platform/time.ts'
import type { WebContext } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { actingCookie } from './acting.server.ts'
import { formReader } from './form-reader.server.ts'
import { requireRecent, requireRight, type Staff } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { limitsShown } from './reseller-limits.tsx'
import { readAlarmWish } from './wallet-alarm.server.ts'
import { namedEntries } from './wallet-entries.server.ts'
import { entryShown } from './wallet-entries.tsx'

export const readResellerPage = async (shop: Shop, id: string) => {
  const page = await readHisPage(shop, id)
  return { ...page, alarm: page.own ? alarmShown(await readAlarmOf(shop, id)) : null, letsIn: await letsIn(shop, id) }
}

/** How long his credits last, he sees. */
const alarmShown = ({ mode, underMilli, days, lowSince }: WalletAlarm) => ({
  mode,
  under: underMilli === null ? null : formatCredits(underMilli),
  days,
  lowSince: lowSince?.toString() ?? null,
  floor: null,
})

/** Whether people of this business may act as him; he decides it. */
async function letsIn({ app }: Shop, id: string): Promise<boolean> {
  const his = await openShop(app, id, 'system')
  return transaction(his, 'read-support-access', async (tx) => (await readSetting(tx, his, supportAccessSetting)).open)
}

/** Leads into his console. Asks for a fresh sign-in. */
export async function actAsReseller(web: WebContext, request: Request, staff: Staff & { form: FormData }, id: string) {
  requireRight(staff, 'acting:change')
  requireRecent(staff, request)
  const { home, member, session, form } = staff
  await transaction(home, 'read-reseller', (tx) => readReseller(tx, id))
  const read = formReader(form)
  const reason = read.text('reason', { most: 500 })
  if (read.failed) return failure(read.errors, form)
  const wanted = { resellerId: id, reason, secondFactor: session.secondFactor }
  const acting = await startActing(home, member, wanted)
  return redirect('/admin', { status: 303, headers: { 'set-cookie': actingCookie(web, acting) } })
}

const readHisPage = (shop: Shop, id: string) =>
  transaction(shop, 'read-reseller', async (tx) => {
    const reseller = await readReseller(tx, id)
    const { name, slug, currency, depth, balance, held, linesRunning, linesWaiting } = reseller
    const own = depth === 1
    const { entries, names } = await namedEntries(tx, id, 50)
    const written = (minor: bigint | null) => (minor === null ? '' : toDecimal({ minor, currency }))
    return {
      id,
      name,
      currency,
      shopUrl: `${shop.app.publicUrl}/s/${slug}`,
      own,
      formKey: newFormKey(),
      suspended: reseller.suspendedAt?.toString() ?? null,
      because: reseller.suspendedBecause,
      resting: reseller.suspendedLines === 'paused',
      customersTold: reseller.suspendedTells,
      reach: await suspensionReach(tx, id),
      closes: reseller.closesAt?.toString() ?? null,
      closesTold: reseller.closesTells,
      closed: reseller.closedAt !== null,
      parents: [
        { value: shop.businessId, label: shop.name },
        ...(await listBranch(tx))
          .filter((each) => each.id !== id)
          .map((each) => ({ value: each.id, label: each.name })),
      ],
      free: formatCredits(balance - held),
      held: formatCredits(held),
      running: linesRunning,
      waiting: linesWaiting,
      limits: limitsShown(await readLimits(tx, id, shop.now())),
      terms: own ? await termsWith(tx, id) : null,
      plans: own
        ? (await plansFor(tx, id)).map((each) => ({
            id: each.planId,
            name: each.name,
            shared: each.shared,
            ownCost: formatCredits(each.ownCostMilli),
            cost: each.costMilli === null ? '' : formatCredits(each.costMilli),
            breaks: each.breaks.map(({ from, costMilli }) => `${from}: ${formatCredits(costMilli)}`).join(', '),
            least: written(each.leastMinor),
            most: written(each.mostMinor),
          }))
        : [],
      lines: (await branchLines(tx, id, 50)).map((each) => ({
        id: each.id,
        username: each.username,
        plan: each.plan,
        wanted: each.wanted,
        until: each.wantedUntil.toString(),
        credits: each.credits,
      })),
      entries: own ? entries.map((each) => entryShown(each, names)) : [],
    }
  })

/** Every form of the page; a fault stays beside its field. */
export async function actOnReseller(request: Request, staff: Staff & { form: FormData }, id: string) {
  const { shop, form } = staff
  const read = formReader(form)
  const here = `/admin/resellers/${id}`
  switch (read.raw('act')) {
    case 'give':
    case 'take': {
      requireRight(staff, 'credits:money')
      const amountMilli = parseCredits(read.raw('amount')) ?? 0n
      if (amountMilli === 0n) read.refuse('amount', translator('en')('console.reseller.amount.wrong'))
      const reason = read.text('reason', { most: 500 })
      if (read.failed) return failure(read.errors, form)
      const gives = read.raw('act') === 'give'
      const move = { resellerId: id, amountMilli, reason }
      await once(shop, request, form, (open) => (gives ? giveCredits : takeBackCredits)(open, move))
      return redirectWith(here, gives ? 'console.reseller.given' : 'console.reseller.taken')
    }
    case 'terms': {
      requireRight(staff, 'wallets:money')
      const creditsLastDays = read.raw('last_days') === '' ? null : read.whole('last_days', { from: 30, to: 3_650 })
      const deducts = read.choice('deducts', deductions)
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'save-terms', (tx) =>
        saveTerms(tx, shop, id, { recovers: read.flag('unused') ? 'unused' : 'nothing', creditsLastDays, deducts }),
      )
      return redirectWith(here, 'console.reseller.terms.saved')
    }
    case 'alarm': {
      requireRight(staff, 'wallets:money')
      const wish = readAlarmWish(read)
      if (read.failed) return failure(read.errors, form)
      await saveAlarm(shop, id, wish)
      return redirectWith(here, 'console.alarm.saved')
    }
    case 'limits': {
      requireRight(staff, 'settings:change')
      const most = (name: string) => (read.raw(name) === '' ? null : read.whole(name, { from: 0, to: 1_000_000 }))
      const wanted = {
        requestsPerMinute:
          read.raw('most_requests') === '' ? null : read.whole('most_requests', { from: 10, to: 1_000_000 }),
        mailsPerDay: most('most_mails'),
        linesPerDay: most('most_lines'),
        trialsPerDay: most('most_trials'),
      }
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'save-limits', (tx) => saveLimits(tx, shop, id, wanted))
      return redirectWith(here, 'console.reseller.limits.saved')
    }
    case 'suspend': {
      requireRight(staff, 'settings:change')
      const reason = read.text('reason', { most: 500 })
      const lines = read.choice('lines', ['kept', 'paused'])
      if (read.failed) return failure(read.errors, form)
      await suspendBranch(shop, id, { lines, reason, tells: read.flag('tells') })
      return redirectWith(here, 'console.reseller.suspended')
    }
    case 'lift':
      requireRight(staff, 'settings:change')
      await liftBranch(shop, id)
      return redirectWith(here, 'console.reseller.lifted')
    case 'move':
      requireRight(staff, 'settings:change')
      await moveBranch(shop, id, read.raw('parent_id'))
      return redirectWith(here, 'console.reseller.moved')
    case 'wind_down': {
      requireRight(staff, 'settings:change')
      const day = read.day('closes_on')
      if (read.failed || day === null) return failure(read.errors, form)
      const closesAt = day.toZonedDateTime(shop.zone).toInstant()
      if (!isBefore(shop.now(), closesAt)) return failure({ closes_on: 'Please choose a day to come.' }, form)
      await windDown(shop, id, { closesAt, tells: read.flag('closing_tells') })
      return redirectWith(here, 'console.reseller.closes.begun')
    }
    case 'stay':
      requireRight(staff, 'settings:change')
      await stopWindingDown(shop, id)
      return redirectWith(here, 'console.reseller.closes.taken')
    case 'close':
      requireRight(staff, 'settings:change')
      await closeBranch(shop, id)
      return redirectWith('/admin/resellers', 'console.reseller.closedNow')
    case 'stop':
      requireRight(staff, 'plans:change')
      await transaction(shop, 'stop-sharing', (tx) => stopSharing(tx, shop, id, read.raw('plan')))
      return redirectWith(here, 'console.reseller.plan.stopped')
    default:
      return share(staff, id, here)
  }
}

async function share(staff: Staff & { form: FormData }, id: string, here: string) {
  requireRight(staff, 'plans:change')
  const { shop, form } = staff
  const read = formReader(form)
  const t = translator('en')
  const { currency } = await transaction(shop, 'read-reseller', (tx) => readReseller(tx, id))
  const cost = read.raw('cost') === '' ? null : parseCredits(read.raw('cost'))
  if (read.raw('cost') !== '' && cost === null) read.refuse('cost', t('console.reseller.amount.wrong'))
  const breaks = breaksOf(read.raw('breaks'))
  if (breaks === null) read.refuse('breaks', t('console.reseller.plan.breaks.wrong'))
  const [least, most] = [read.money('least', currency), read.money('most', currency)]
  if (read.failed || breaks === null) return failure(read.errors, form)
  await transaction(shop, 'share-plan', (tx) =>
    sharePlan(tx, shop, {
      resellerId: id,
      planId: read.raw('plan'),
      costMilli: cost,
      breaks,
      leastMinor: least?.minor ?? null,
      mostMinor: most?.minor ?? null,
    }),
  )
  return redirectWith(here, 'console.reseller.plan.saved')
}

/** `50: 0.9, 100: 0.8`. Null: written otherwise. */
function breaksOf(text: string): Break[] | null {
  if (text === '') return []
  const found = text.split(/[,;]\s*/).map((part) => {
    const [, from = '', cost = ''] = /^(\d{1,7})\s*:\s*([\d.]+)$/.exec(part.trim()) ?? []
    const costMilli = parseCredits(cost)
    return from === '' || costMilli === null ? null : { from: Number(from), costMilli }
  })
  return found.every((each) => each !== null) ? found : null
}
