/** A payout as its list and its page tell it. */
import { type Shop, transaction } from '#app.ts'
import { findGateway } from '#modules/billing/gateways.ts'
import { entriesFor } from '#modules/billing/payouts/match-payouts.ts'
import { findPayout, seePayout } from '#modules/billing/payouts/payouts.ts'
import { netOf, type Payout } from '#modules/billing/payouts/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readHistory } from './history.server.ts'

export const stateOf = ({ state, undoneAt }: Payout, differences: number): string =>
  undoneAt !== null ? 'undone' : differences > 0 ? 'differs' : state

export const readPayoutRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-payout', async (tx) => {
    const found = await findPayout(tx, id)
    if (found === null) throw new Refusal('not_found', 'There is no such payout.')
    const { parts, entry, differences } = await seePayout(tx, found)
    const inWords = (minor: bigint) => money(minor, found.currency)
    const stands = found.state === 'arrived' && found.undoneAt === null
    return {
      payout: {
        id,
        state: stateOf(found, differences.length),
        amount: inWords(found.amountMinor),
        fee: inWords(found.feeMinor),
        reference: found.reference,
        arrivedOn: found.arrivedOn,
        settled: found.settledReason,
        told: found.remoteRef !== null,
        stands,
      },
      gateway: (await findGateway(tx, found.gatewayAccountId))?.name ?? '',
      parts:
        parts === null
          ? null
          : {
              payments: inWords(parts.paymentsMinor),
              refunds: inWords(parts.refundsMinor),
              disputes: inWords(parts.disputesMinor),
              other: inWords(parts.otherMinor),
              fees: inWords(-parts.feesMinor),
              net: inWords(netOf(parts)),
            },
      differences: differences.map(({ kind, minor }) => ({ kind, amount: inWords(minor) })),
      entry:
        entry === null
          ? null
          : { id: entry.id, amount: inWords(entry.amountMinor), day: entry.bookedOn, text: entry.text },
      choices:
        stands && entry === null
          ? (await entriesFor(tx, found)).map((each) => ({
              id: each.id,
              amount: inWords(each.amountMinor),
              day: each.bookedOn,
              text: each.text,
            }))
          : [],
      history: await readHistory(tx, { subjectId: id }),
    }
  })
