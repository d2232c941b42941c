/** What a parent reads and does of what he collects for one of his resellers. */
import { type Shop, transaction } from '#app.ts'
import { gatewayKind, listGateways } from '#modules/billing/gateways.ts'
import { lendGateway, listLoans, takeBackGateway } from '#modules/reselling/collecting/loans.ts'
import { listResellerPayouts, payReseller } from '#modules/reselling/collecting/pay-reseller.ts'
import { standardLoan } from '#modules/reselling/collecting/rules.ts'
import { closeStatement, listStatements, standings } from '#modules/reselling/collecting/statements.ts'
import { readReseller } from '#modules/reselling/queries.ts'
import { toDecimal } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { loanShown, payoutShown, standingShown, statementShown } from './collecting.server.ts'
import { percentOf } from './coupon-form.server.ts'
import { type FormReader, formReader } from './form-reader.server.ts'
import { requireRight, type Staff } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

const shownMost = 50

export const readCollecting = (shop: Shop, resellerId: string) =>
  transaction(shop, 'read-collecting', async (tx) => {
    // Somebody who hangs elsewhere by now is still owed what was collected for him.
    const { id, name, currency, depth } = await readReseller(tx, resellerId)
    const loans = await listLoans(tx, id)
    const terms = loans.find(({ endedAt }) => endedAt === null) ?? standardLoan
    const written = (minor: number | undefined) => (minor ? toDecimal({ minor: BigInt(minor), currency }) : '')
    const known = await standings(tx, { lenderId: shop.businessId, resellerId: id }, shop.now())
    return {
      ...{ id, name, currency, own: depth === 1 },
      standings: known.map(standingShown),
      loans: loans.map(loanShown),
      gateways: (await listGateways(tx))
        .filter(
          ({ lent, testedAt, kind }) =>
            lent === null && testedAt !== null && !gatewayKind(shop.app, kind).capabilities.staffConfirms,
        )
        .map((each) => ({ value: each.id, label: each.name })),
      terms: {
        percent: terms.keptBps === 0 ? '' : String(terms.keptBps / 100),
        fixed: written(terms.keptFixed[currency]),
        least: written(terms.leastPayout[currency]),
        holdDays: terms.holdDays,
        any: terms.refunds === 'any',
        monthly: terms.monthly,
      },
      statements: (await listStatements(tx, { resellerId: id }, { limit: shownMost })).map(statementShown),
      payouts: (await listResellerPayouts(tx, id, { limit: shownMost })).map(payoutShown),
      today: shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toString(),
      formKey: newFormKey(),
    }
  })

/** Every form of the page; a fault stays beside its field. */
export async function actOnCollecting(staff: Staff & { form: FormData }, request: Request, resellerId: string) {
  const { shop, form } = staff
  const read = formReader(form)
  const here = `/admin/resellers/${resellerId}/collecting`
  const { currency } = await transaction(shop, 'read-reseller', (tx) => readReseller(tx, resellerId))
  switch (read.raw('act')) {
    case 'take_back':
      requireRight(staff, 'gateways:change')
      await takeBackGateway(shop, read.raw('loan'))
      return redirectWith(here, 'console.collecting.takenBack')
    case 'close': {
      requireRight(staff, 'payments:money')
      const wanted = read.text('currency', { most: 3 })
      if (read.failed) return failure(read.errors, form)
      await once(shop, request, form, (open) => closeStatement(open, { resellerId, currency: wanted }))
      return redirectWith(here, 'console.collecting.closed')
    }
    case 'pay': {
      requireRight(staff, 'payments:money')
      const wanted = read.text('currency', { most: 3 })
      const amount = read.money('amount', wanted, { required: true, positive: true })
      const reference = read.text('reference', { most: 80 })
      const paidOn = read.day('paid_on')
      if (read.failed || amount === null || paidOn === null) return failure(read.errors, form)
      await once(shop, request, form, (open) =>
        payReseller(open, { resellerId, currency: wanted, amountMinor: amount.minor, reference, paidOn }),
      )
      return redirectWith(here, 'console.collecting.paid')
    }
    default:
      return lend(staff, resellerId, currency, read, here)
  }
}

async function lend(
  staff: Staff & { form: FormData },
  resellerId: string,
  currency: string,
  read: FormReader,
  here: string,
) {
  requireRight(staff, 'gateways:change')
  const { shop, form } = staff
  const gatewayAccountId = read.raw('gateway')
  const known = await transaction(shop, 'read-loans', (tx) => listLoans(tx, resellerId))
  const before = known.find((each) => each.gatewayAccountId === gatewayAccountId) ?? standardLoan
  // What was agreed in other currencies stays: the form has his own.
  const sum = (name: string) => ({ [currency]: Number(read.money(name, currency)?.minor ?? 0n) })
  const terms = {
    keptBps: read.raw('percent') === '' ? 0 : percentOf(read),
    keptFixed: { ...before.keptFixed, ...sum('fixed') },
    holdDays: read.whole('hold_days', { from: 0, to: 365 }),
    leastPayout: { ...before.leastPayout, ...sum('least') },
    refunds: read.flag('any') ? ('any' as const) : ('owed' as const),
    monthly: read.flag('monthly'),
  }
  if (read.failed) return failure(read.errors, form)
  await lendGateway(shop, { resellerId, gatewayAccountId, terms })
  return redirectWith(here, 'console.collecting.lentNow')
}
