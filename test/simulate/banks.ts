/** Buyers who take their money back through their bank, how banks decide, and what staff do about it. */
import { transaction } from '#app.ts'
import { decideDispute, enterDispute, releaseCustomer } from '#modules/billing/disputes/dispute-by-hand.ts'
import { sendEvidence } from '#modules/billing/disputes/evidence.ts'
import { listDisputes } from '#modules/billing/disputes/queries.ts'
import { type DisputeStatus, isDecided } from '#modules/billing/disputes/rules.ts'
import { disputeSetting } from '#modules/billing/disputes/settings.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { sql } from '#platform/db.ts'
import type { SandboxDispute } from '../../src/imitations/gateways/sandbox/disputes.ts'
import type { SandboxPayment } from '../../src/imitations/gateways/sandbox/payments.ts'
import { postToGateway } from './outside.ts'
import type { World } from './world.ts'

const disputesAt = (world: World): SandboxDispute[] => [
  ...world.outside.gateway.store.shelf<SandboxDispute>('disputes').values(),
]

/** Some banks ask before they take. */
export async function disputes(world: World): Promise<void> {
  const { chance } = world
  const known = new Set(disputesAt(world).map(({ payment }) => payment))
  const paid = [...world.outside.gateway.store.shelf<SandboxPayment>('payments').values()].filter(
    ({ id, status, amount, refunds }) =>
      status === 'paid' && !known.has(id) && refunds.reduce((sum, each) => sum + each.amount, 0) < amount,
  )
  if (paid.length === 0) return
  await postToGateway(world.outside, '/__dispute', { id: chance.oneOf(paid).id, asks: chance.next() < 0.2 })
  world.log.count('dispute_opened')
}

/** Most are decided once; a few verdicts are turned. */
export async function banksDecide(world: World): Promise<void> {
  const { chance } = world
  const open = disputesAt(world).filter(({ status }) => status === 'asked' || status === 'taken')
  const decided = disputesAt(world).filter(({ status }) => status === 'won' || status === 'lost')
  const turns = decided.length > 0 && chance.next() < 0.1
  const of = turns ? decided : open
  if (of.length === 0) return
  const dispute = chance.oneOf(of)
  const to = chance.weighted([
    ['won', 3],
    ['lost', 3],
    ['closed', 1],
    ['taken', dispute.status === 'asked' ? 4 : 0],
  ] as const)
  await postToGateway(world.outside, '/__verdict', { dispute: dispute.id, to })
  world.log.count(turns ? 'dispute_turned' : `dispute_${to}`)
}

const ann = (world: World) => world.shopFor('staff:ann')

const ours = async (world: World) => {
  const shop = await ann(world)
  return transaction(shop, 'read-disputes', (tx) => listDisputes(tx, {}, { limit: 100 }))
}

export async function releases(world: World): Promise<boolean> {
  const frozen = (await ours(world)).filter(({ releasedAt }) => releasedAt === null)
  if (frozen.length === 0) return false
  await releaseCustomer(await ann(world), world.chance.oneOf(frozen).id, 'we talked')
  return true
}

export async function answersBank(world: World): Promise<boolean> {
  const waiting = (await ours(world)).filter(
    ({ remoteRef, status, evidenceSentAt }) => remoteRef !== null && evidenceSentAt === null && !isDecided(status),
  )
  if (waiting.length === 0) return false
  await sendEvidence(await ann(world), world.chance.oneOf(waiting).id)
  return true
}

/** Of money that came without a gateway a letter tells. */
export async function entersDispute(world: World): Promise<boolean> {
  const { chance } = world
  const [payment] = await world.look(
    sql<{
      id: string
      minor: bigint
      currency: string
    }>`select p.id, p.received_minor - p.disputed_minor as minor, p.currency from payments p
      join gateway_accounts g on g.business_id = p.business_id and g.id = p.gateway_account_id
      where g.kind = 'manual' and p.status = 'succeeded' and p.received_minor > p.disputed_minor and p.refunded_minor = 0 order by p.id desc limit 1`,
  )
  if (payment === undefined) return false
  await enterDispute(await ann(world), {
    paymentId: payment.id,
    amount: payment,
    fee: null,
    reason: 'a letter',
    kind: 'bank_return',
    withdrawn: chance.next() < 0.5,
    evidenceDueAt: null,
  })
  return true
}

export async function decidesByHand(world: World): Promise<boolean> {
  const open = (await ours(world)).filter(({ remoteRef, status }) => remoteRef === null && !isDecided(status))
  if (open.length === 0) return false
  await decideDispute(await ann(world), world.chance.oneOf(open).id, world.chance.oneOf(['won', 'lost', 'closed']))
  return true
}

export async function changesDisputeRules(world: World): Promise<boolean> {
  const { chance } = world
  const shop = await ann(world)
  const wish = {
    when_opened: chance.oneOf(['keep', 'suspend', 'end']),
    when_lost: chance.oneOf(['keep', 'end']),
  } as const
  await transaction(shop, 'save-disputes', (tx) => saveSetting(tx, shop, disputeSetting, wish))
  return true
}

/** After calm days each dispute of which we were told stands here as its bank left it, with its money where the bank has it. */
export async function strayDisputes(world: World): Promise<unknown[]> {
  const kept = await world.look(
    sql<{
      ref: string
      status: DisputeStatus
      withdrawn: bigint
    }>`select remote_ref as ref, status, withdrawn_minor as withdrawn from disputes where remote_ref is not null`,
  )
  const byRef = new Map(kept.map((each) => [each.ref, each]))
  const heard = heardOf(world)
  return disputesAt(world).flatMap(({ id, status, amount, evidence }) => {
    const open = evidence === null ? 'open' : 'under_review'
    const wanted = status === 'asked' ? 'warning' : status === 'taken' ? open : status
    const gone = status === 'taken' || status === 'lost' ? BigInt(amount) : 0n
    const found = byRef.get(id)
    const types = heard.get(id) ?? []
    // Every notice of it was lost; or that of a verdict that was turned, after which nobody asks any more.
    const unheard =
      found === undefined ? types.length === 0 : isDecided(found.status) && !types.includes(`dispute.${status}`)
    return unheard || (found?.status === wanted && found.withdrawn === gone) ? [] : [{ id, wanted, gone, found }]
  })
}

/** What of each dispute reached us, by the gateway's words. */
function heardOf({ acknowledged }: World): ReadonlyMap<string, string[]> {
  const heard = new Map<string, string[]>()
  for (const { body } of acknowledged) {
    const { type, data } = JSON.parse(body) as { type: string; data: { dispute?: string } }
    if (data.dispute !== undefined) heard.set(data.dispute, [...(heard.get(data.dispute) ?? []), type])
  }
  return heard
}
