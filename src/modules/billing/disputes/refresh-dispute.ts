/** Asks the gateway how a dispute stands and applies its answer: a notice only says that it is worth asking. */
import type { DisputeSnapshot, Hint } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format } from '#platform/money.ts'
import { raise, settle } from '../../people/attention.ts'
import { openShop } from '../../people/business.ts'
import { findGateway, openGateway } from '../gateways.ts'
import { lentPayments } from '../lent-payments.ts'
import { findPayment, lockPayment, type Payment } from '../queries.ts'
import { applyDispute } from './apply-dispute.ts'
import { disputesOf, findDispute, paymentOfCapture } from './queries.ts'
import { clears, isDecided } from './rules.ts'

/** Answers the payment that it is about; null: none of ours. Throws what the gateway throws. */
export async function refreshDispute(
  shop: Shop,
  gatewayAccountId: string,
  disputeRef: string,
  hint: Pick<Hint, 'ourRef' | 'remoteRef'> | null,
  /** A payment whose success is not on record yet is asked for first. */
  confirm: (payment: Payment) => Promise<unknown>,
): Promise<string | null> {
  const askedAt = shop.now()
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, gatewayAccountId))
  if (account === null) return null
  const { gateway } = openGateway(shop, account)
  if (gateway.fetchDispute === undefined) return null
  crashPoint('gateway-fetchDispute:before')
  const snapshot = await gateway.fetchDispute(disputeRef)
  crashPoint('gateway-fetchDispute:after')
  const payment = await transaction(shop, 'read-disputed', (tx) => disputed(tx, gatewayAccountId, snapshot, hint))
  if (payment === null) return ofReseller(shop, gatewayAccountId, snapshot, hint)
  if (payment.status !== 'succeeded') await confirm(payment)
  return transaction(shop, 'apply-dispute', async (tx) => {
    const locked = await lockPayment(tx, payment.id)
    if (locked.stray && snapshot.amount.currency !== locked.currency)
      return tellStrayDisputed(tx, shop, locked, snapshot)
    // Its money never reached us, as far as anybody says: there is nothing to take back.
    if (locked.status !== 'succeeded' || snapshot.amount.currency !== locked.currency) return null
    await applyDispute(tx, shop, locked, { ...snapshot, ref: snapshot.ref }, { askedAt }, shop.now())
    return locked.id
  })
}

/** What came in another currency is no part of an invoice, and whose it is may not be decided: a person settles it, with the gateway's own words. */
async function tellStrayDisputed(tx: Tx, shop: Shop, { id }: Payment, snapshot: DisputeSnapshot): Promise<string> {
  const now = shop.now()
  if (clears(snapshot.status)) {
    await settle(tx, 'payment_disputed', id, shop.actor, now)
    return id
  }
  await raise(
    tx,
    shop,
    {
      kind: 'payment_disputed',
      subjectType: 'payment',
      subjectId: id,
      title: `${format(snapshot.amount)} that came in another currency is disputed`,
      detail:
        'Answer it at the gateway. It is not booked as a dispute here: until it is decided, count, keep and give back nothing of it. The gateway’s account of its payouts says what it took.',
      severity: 'bad',
    },
    now,
  )
  return id
}

/** Its payment may be somebody's whom the gateway is lent: then the dispute is his. One whose success he does not know yet waits for the next notice. */
async function ofReseller(
  shop: Shop,
  gatewayAccountId: string,
  { ref, ourRef, captureId }: DisputeSnapshot,
  hint: Pick<Hint, 'ourRef' | 'remoteRef'> | null,
): Promise<string | null> {
  const names = [ourRef, captureId, hint?.ourRef, hint?.remoteRef]
  const [found] = await transaction(shop, 'read-lent-payments', (tx) => lentPayments(tx, gatewayAccountId, names))
  if (found === undefined) return null
  const theirs = await openShop(shop.app, found.businessId, `gateway:${found.gatewayAccountId}`)
  return refreshDispute(theirs, found.gatewayAccountId, ref, { ourRef: found.paymentId, remoteRef: '' }, async () => {})
}

async function disputed(
  tx: Tx,
  gatewayAccountId: string,
  { ourRef, captureId }: Pick<DisputeSnapshot, 'ourRef' | 'captureId'>,
  hint: Pick<Hint, 'ourRef' | 'remoteRef'> | null,
): Promise<Payment | null> {
  for (const captured of [captureId, hint?.remoteRef])
    if (captured) {
      const id = await paymentOfCapture(tx, gatewayAccountId, captured)
      if (id !== null) return findPayment(tx, id)
    }
  const found = await maybe(
    tx,
    sql<{
      id: string
    }>`select id from payments where business_id = current_business() and gateway_account_id = ${gatewayAccountId}
      and (id = ${ourRef ?? hint?.ourRef ?? null} or remote_ref = ${hint?.remoteRef ?? null}) order by id limit 1`,
  )
  return found === null ? null : findPayment(tx, found.id)
}

/** The sweep's way: everything about a payment that its gateway has not decided. */
export async function refreshDisputesOf(shop: Shop, payment: Payment): Promise<void> {
  const open = await transaction(shop, 'read-disputes', (tx) => disputesOf(tx, payment.id))
  for (const each of open)
    if (each.remoteRef !== null && !isDecided(each.status))
      await refreshDispute(shop, payment.gatewayAccountId, each.remoteRef, null, async () => {})
}

/** Staff and programs ask now. Throws `conflict` where nobody can be asked. */
export async function askAboutDispute(shop: Shop, id: string): Promise<void> {
  const { dispute, account } = await transaction(shop, 'read-dispute', async (tx) => {
    const found = await findDispute(tx, id)
    return { dispute: found, account: found === null ? null : await findGateway(tx, found.gatewayAccountId) }
  })
  if (dispute === null) throw new Refusal('not_found', 'There is no such dispute.')
  if (dispute.remoteRef === null || account === null || openGateway(shop, account).gateway.fetchDispute === undefined)
    throw new Refusal('conflict', 'This dispute was entered by hand: there is nobody to ask.')
  await refreshDispute(shop, dispute.gatewayAccountId, dispute.remoteRef, null, async () => {})
}
