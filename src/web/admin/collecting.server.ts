/** What pages of collected money show, on either side of it. */
import type { Loan } from '#modules/reselling/collecting/loans.ts'
import type { ResellerPayout } from '#modules/reselling/collecting/pay-reseller.ts'
import { payableOf, type Standing } from '#modules/reselling/collecting/rules.ts'
import { type ResellerStatement, statementNumber } from '#modules/reselling/collecting/statements.ts'
import { format, money } from '#platform/money.ts'

export const standingShown = ({ currency, balanceMinor, heldMinor, heldUntil }: Standing) => ({
  currency,
  balance: money(balanceMinor, currency),
  held: money(heldMinor, currency),
  heldUntil: heldUntil?.toString() ?? null,
  payable: money(payableOf({ balanceMinor, heldMinor }), currency),
})

export const statementShown = (each: ResellerStatement) => ({
  id: each.id,
  number: statementNumber(each),
  until: each.until.subtract({ milliseconds: 1 }).toString(),
  collected: money(each.paymentsMinor, each.currency),
  closing: money(each.closingMinor, each.currency),
})

export const payoutShown = (each: ResellerPayout) => ({
  id: each.id,
  paidOn: each.paidOn,
  reference: each.reference,
  amount: money(each.amountMinor, each.currency),
})

export const loanShown = ({
  id,
  gatewayName,
  keptBps,
  keptFixed,
  holdDays,
  endedAt,
}: Omit<Loan, 'gatewayAccountId'>) => ({
  id,
  name: gatewayName,
  kept: [
    ...(keptBps === 0 ? [] : [`${keptBps / 100} %`]),
    ...Object.entries(keptFixed).flatMap(([currency, minor]) =>
      minor === 0 ? [] : [format(money(BigInt(minor), currency))],
    ),
  ].join(' + '),
  holdDays,
  ended: endedAt !== null,
})
