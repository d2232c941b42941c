/**
 * A customer lets the shop keep a payment method without paying anything now. The attempt is stored before the gateway is asked for its
 * page; what became of it is asked on his return, by notice and by the sweep, and an attempt that nobody finishes ends by itself.
 */
import type { Failure, Hint, SetupSnapshot } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { assert, ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isAfter, isBefore, plusSeconds } from '#platform/time.ts'
import { raise } from '../people/attention.ts'
import { findCustomer } from '../people/customers.ts'
import { refuseFrozen } from './disputes/freeze.ts'
import { findGateway, type GatewayAccount, gatewayKind, isOffered, openGateway } from './gateways.ts'
import { customerRefOf, keepMethod, ownerOf } from './payment-methods.ts'
import { askAgainAt, isFinal, nextCheckAt, nextStatus, type PaymentStatus } from './rules.ts'

export type MethodSetup = {
  id: string
  customerId: string
  gatewayAccountId: string
  status: PaymentStatus
  mandate: string
  consentedAt: Temporal.Instant
  returnUrl: string
  cancelUrl: string
  remoteRef: string | null
  /** The gateway's page; null until the gateway has answered. */
  redirectUrl: string | null
  failure: Failure | null
  /** What was kept. Null while nothing is, and where the gateway showed a method that we had already. */
  methodId: string | null
  checks: number
  nextCheckAt: Temporal.Instant | null
  fetchedAt: Temporal.Instant | null
  expiresAt: Temporal.Instant
  createdAt: Temporal.Instant
}

const columns = sql`id, customer_id as "customerId", gateway_account_id as "gatewayAccountId", status, mandate, consented_at as "consentedAt", return_url as "returnUrl",
  cancel_url as "cancelUrl", remote_ref as "remoteRef", redirect_url as "redirectUrl", failure, payment_method_id as "methodId", checks, next_check_at as "nextCheckAt",
  fetched_at as "fetchedAt", expires_at as "expiresAt", created_at as "createdAt"`

export const findSetup = (tx: Tx, id: string): Promise<MethodSetup | null> =>
  maybe(
    tx,
    sql<MethodSetup>`select ${columns} from method_setups where business_id = current_business() and id = ${id}`,
  )

/** The newest of a customer: the one whose page he comes back from. */
export const latestSetup = (tx: Tx, customerId: string): Promise<MethodSetup | null> =>
  maybe(
    tx,
    sql<MethodSetup>`select ${columns} from method_setups where business_id = current_business() and customer_id = ${customerId}
      order by created_at desc, id desc limit 1`,
  )

export type SetupWish = {
  customerId: string
  gatewayAccountId: string
  returnUrl: string
  cancelUrl: string
  /** The exact sentence with which the customer lets us keep the method and charge renewals to it. */
  consent: string
}

/** The shortest life of a hosted page among gateways is a day. */
const pageSeconds = 23 * 3600
/** A page that is nearly over is not handed out again. */
const leastSeconds = 3600

/** Opens a page on which the method is kept, or gives the open one again. `redirectUrl` is where the customer goes. */
export async function startSetup(shop: Shop, wish: SetupWish): Promise<MethodSetup> {
  const now = shop.now()
  const { setup, account, email, customerRef } = await transaction(shop, 'start-setup', (tx) =>
    begin(tx, shop, wish, now),
  )
  if (setup.remoteRef !== null) return setup
  const { gateway } = openGateway(shop, account)
  assert(gateway.startSetup !== undefined, 'a gateway that saves without a payment has a page for it')
  crashPoint('gateway-startSetup:before')
  const page = await gateway
    .startSetup({
      ourRef: setup.id,
      currency: shop.currency,
      customerEmail: email,
      returnUrl: setup.returnUrl,
      cancelUrl: setup.cancelUrl,
      expiresAt: setup.expiresAt,
      saveFor: { customerId: setup.customerId, customerRef },
    })
    .catch((error: unknown) => notStarted(shop, setup, account, error))
  crashPoint('gateway-startSetup:after')
  return transaction(shop, 'save-setup', async (tx) => {
    await run(
      tx,
      sql`update method_setups set remote_ref = ${page.remoteRef}, redirect_url = ${page.url}, next_check_at = ${plusSeconds(now, 60)},
          status = 'requires_action', ended_at = null, version = version + 1
        where business_id = current_business() and id = ${setup.id} and remote_ref is null`,
    )
    return { ...setup, status: 'requires_action', remoteRef: page.remoteRef, redirectUrl: page.url }
  })
}

async function begin(tx: Tx, shop: Shop, wish: SetupWish, now: Temporal.Instant) {
  const customer = await findCustomer(tx, wish.customerId)
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  await refuseFrozen(tx, customer.id)
  const account = await findGateway(tx, wish.gatewayAccountId)
  if (account === null || !isOffered(account) || !gatewayKind(shop.app, account.kind).capabilities.savesWithoutPayment)
    throw new Refusal('invalid_input', 'Please choose where the payment method is saved.', [
      { pointer: '/gateway', code: 'unknown', detail: 'No payment method can be saved there without a payment.' },
    ])
  const customerRef = await customerRefOf(tx, wish.customerId, account.id)
  // Pressed twice is one page.
  const open = await maybe(
    tx,
    sql<MethodSetup>`select ${columns} from method_setups where business_id = current_business() and customer_id = ${wish.customerId}
      and gateway_account_id = ${account.id} and status = 'requires_action' and mandate = ${wish.consent} and return_url = ${wish.returnUrl}
      and cancel_url = ${wish.cancelUrl} and expires_at > ${plusSeconds(now, leastSeconds)} order by created_at desc limit 1`,
  )
  const setup = open ?? (await insert(tx, shop, wish, now))
  return { setup, account, email: customer.email, customerRef }
}

async function insert(tx: Tx, shop: Shop, wish: SetupWish, now: Temporal.Instant): Promise<MethodSetup> {
  const setup: MethodSetup = {
    id: newId('pms', shop.app.clock),
    customerId: wish.customerId,
    gatewayAccountId: wish.gatewayAccountId,
    status: 'created',
    mandate: wish.consent,
    consentedAt: now,
    returnUrl: wish.returnUrl,
    cancelUrl: wish.cancelUrl,
    remoteRef: null,
    redirectUrl: null,
    failure: null,
    methodId: null,
    checks: 0,
    // Longer than any answer takes: until then somebody may still be shown the page.
    nextCheckAt: plusSeconds(now, 600),
    fetchedAt: null,
    expiresAt: plusSeconds(now, pageSeconds),
    createdAt: now,
  }
  await run(
    tx,
    sql`insert into method_setups (business_id, id, customer_id, gateway_account_id, status, mandate, consented_at, return_url, cancel_url, by, next_check_at, expires_at, created_at)
      values (${shop.businessId}, ${setup.id}, ${setup.customerId}, ${setup.gatewayAccountId}, 'created', ${setup.mandate}, ${now}, ${setup.returnUrl},
        ${setup.cancelUrl}, ${shop.actor}, ${setup.nextCheckAt}, ${setup.expiresAt}, ${now})`,
  )
  return setup
}

/** Nobody was shown a page, so nothing can be kept on it: this attempt is over, and the next is another. */
async function notStarted(shop: Shop, setup: MethodSetup, account: GatewayAccount, error: unknown): Promise<never> {
  if (!(error instanceof ProviderError)) throw error
  shop.app.log.warn('a page for saving a method was not opened', { gateway: account.id, setup: setup.id, error })
  const failure = { class: 'configuration', code: error.code, message: error.message }
  await transaction(shop, 'setup-not-started', (tx) =>
    run(
      tx,
      sql`update method_setups set status = 'failed', failure = ${json(failure)}, next_check_at = null, ended_at = ${shop.now()}, version = version + 1
        where business_id = current_business() and id = ${setup.id} and status = 'created'`,
    ),
  )
  throw new Refusal(
    'gateway_failed',
    `${account.name} does not answer at the moment. Nothing was saved. Please try again.`,
  )
}

/** The attempts that a notice hints at, by our reference or the gateway's, of the account that sent it. */
export async function setupsHinted(tx: Tx, noticeId: string, hints: readonly Hint[]): Promise<string[]> {
  const ids: string[] = []
  for (const { object, ourRef, remoteRef } of hints) {
    if (object === 'other') continue
    const found = await maybe(
      tx,
      sql<{
        id: string
      }>`select s.id from method_setups s join notices n on n.business_id = s.business_id and n.gateway_account_id = s.gateway_account_id
        where s.business_id = current_business() and n.id = ${noticeId} and (s.id = ${ourRef} or s.remote_ref = ${remoteRef}) limit 1`,
    )
    if (found !== null) ids.push(found.id)
  }
  return ids
}

/** Asks the gateway what became of an attempt and applies the answer, however often and in whatever order. */
export async function refreshSetup(shop: Shop, setupId: string): Promise<void> {
  const now = shop.now()
  const { setup, account } = await transaction(shop, 'read-setup', async (tx) => {
    const setup = await findSetup(tx, setupId)
    if (setup === null) throw new Refusal('not_found', 'There is no such attempt to save a payment method.')
    return { setup, account: await findGateway(tx, setup.gatewayAccountId) }
  })
  assert(account !== null, 'an attempt has its gateway')
  if (setup.status === 'succeeded') return
  if (setup.remoteRef === null) return setup.nextCheckAt === null ? undefined : neverShown(shop, setup, now)
  const { gateway } = openGateway(shop, account)
  try {
    crashPoint('gateway-fetchSetup:before')
    const snapshot = await gateway.fetchSetup?.(setup.remoteRef)
    crashPoint('gateway-fetchSetup:after')
    if (snapshot) await transaction(shop, 'apply-setup', (tx) => apply(tx, shop, setupId, snapshot, now))
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await transaction(shop, 'setup-not-fetched', (tx) => askLater(tx, setup, now))
    throw error
  }
}

/** The gateway was not reached, so the attempt stays on its rung; after a month it counts as expired. */
async function askLater(tx: Tx, setup: MethodSetup, now: Temporal.Instant): Promise<void> {
  const check = askAgainAt(setup.checks, setup.createdAt, now)
  if (check === null) return save(tx, setup, {}, now)
  await run(
    tx,
    sql`update method_setups set next_check_at = ${check}
      where business_id = current_business() and id = ${setup.id} and next_check_at is not null`,
  )
}

/** We fell before the page was ours to show: nobody can have been there. */
const neverShown = (shop: Shop, setup: MethodSetup, now: Temporal.Instant): Promise<void> =>
  transaction(shop, 'setup-never-shown', (tx) => save(tx, setup, { status: 'canceled' }, now))

async function apply(tx: Tx, shop: Shop, id: string, snapshot: SetupSnapshot, now: Temporal.Instant): Promise<void> {
  const setup = await maybe(
    tx,
    sql<MethodSetup>`select ${columns} from method_setups where business_id = current_business() and id = ${id} for update`,
  )
  assert(setup !== null, 'what was read is there')
  const status = nextStatus(setup.status, snapshot.status)
  if (setup.status === 'succeeded' || status === 'failed') return
  const { saved } = snapshot
  if (status !== 'succeeded' || saved === null)
    return save(tx, setup, { status: status === 'succeeded' ? 'processing' : status, failure: snapshot.failure }, now)
  const mismatch = await mismatchOf(tx, shop, setup, snapshot)
  if (mismatch !== null) return refuse(tx, shop, setup, mismatch, now)
  const methodId = await keepMethod(tx, shop, { ...setup, table: 'method_setups' }, saved, now)
  return save(tx, setup, { status: 'succeeded', failure: null, methodId }, now)
}

/** A method is kept only for the customer whose consent it is, and in the mode of the business. */
async function mismatchOf(
  tx: Tx,
  shop: Shop,
  setup: MethodSetup,
  { ourRef, livemode, saved }: SetupSnapshot,
): Promise<string | null> {
  if (ourRef !== null && ourRef !== setup.id) return `The gateway has it under another reference (${ourRef}).`
  if (shop.livemode && !livemode) return 'It was saved in test mode.'
  const owner = saved === null ? null : await ownerOf(tx, setup.gatewayAccountId, saved)
  return owner !== null && owner !== setup.customerId ? `The gateway has it with another customer (${owner}).` : null
}

async function refuse(tx: Tx, shop: Shop, setup: MethodSetup, reason: string, now: Temporal.Instant): Promise<void> {
  const failure: Failure = {
    class: 'configuration',
    code: 'mismatch',
    message: 'This payment method could not be saved. Please use another one, or write to us.',
  }
  await save(tx, setup, { status: 'failed', failure }, now)
  await raise(
    tx,
    shop,
    {
      kind: 'method_mismatch',
      subjectType: 'customer',
      subjectId: setup.customerId,
      title: 'A payment method was not saved: it does not match its customer',
      detail: reason,
      severity: 'warn',
    },
    now,
  )
}

type After = { status?: MethodSetup['status']; failure?: Failure | null; methodId?: string | null }

/** A page that the gateway calls open a day past its time counts as expired; so does what it has not decided within a month. */
async function save(tx: Tx, setup: MethodSetup, after: After, now: Temporal.Instant): Promise<void> {
  const told = after.status ?? setup.status
  const next = nextCheckAt(setup.checks, setup.createdAt, now)
  const left = after.status === 'requires_action' && isAfter(now, plusSeconds(setup.expiresAt, 86_400))
  const status = !isFinal(told) && (left || next === null) ? 'expired' : told
  const failure = after.failure === undefined ? setup.failure : after.failure
  // Most that are open end with their page: asked soon after that, and not a day later.
  const end = plusSeconds(setup.expiresAt, 3600)
  const check = isFinal(status) ? null : next !== null && isBefore(now, end) && isAfter(next, end) ? end : next
  await run(
    tx,
    sql`update method_setups set status = ${status}, failure = ${failure === null ? null : json(failure)}, payment_method_id = ${after.methodId ?? setup.methodId},
        checks = checks + 1, fetched_at = ${now}, next_check_at = ${check}::timestamptz,
        ended_at = case when ${isFinal(status)} then coalesce(ended_at, ${now}) end, version = version + 1
      where business_id = current_business() and id = ${setup.id} and status <> 'succeeded'`,
  )
}
