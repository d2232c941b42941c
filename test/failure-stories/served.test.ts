/** What went wrong elsewhere, told as our own stories: paid and not served, or not on record. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { cancelNow, previewCancel } from '#modules/billing/cancel-subscription.ts'
import { listGateways, openGateway } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import { gatewayOf, type World } from '../support/world.ts'

/** A notice as the gateway would sign it. */
function signed(world: World, event: object, of = 'northwind') {
  const body = JSON.stringify(event)
  const seconds = Math.floor(world.clock.now().epochMilliseconds / 1000)
  const v1 = createHmac('sha256', `sandbox_notice_secret_${of}`).update(`${seconds}.${body}`).digest('hex')
  return { accountId: world.gatewayId, body, headers: { 'sandbox-signature': `t=${seconds},v1=${v1}` } }
}

scenario('F22: nothing that fails after the payment takes it off the record', async (world) => {
  await world.db.pool.query('alter table periods add constraint broken check (false) not valid')
  const ana = await world.customer('ana').buys()
  expect(await ana.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: 1299n }])
  expect(await ana.periods()).toEqual([])
  expect(world.failures.length).toBeGreaterThan(0)
  world.failures.length = 0
  await world.db.pool.query('alter table periods drop constraint broken')
  await world.pass({ minutes: 10 })
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(await ana.periods()).toHaveLength(1)
  expect((await ana.messages()).filter(({ template }) => template === 'receipt')).toHaveLength(1)
})

scenario('F23: every notice ends as applied, ignored with its reason, or failed and shown', async (world) => {
  const at = world.clock.now().toString()
  const unknown = {
    id: 'sbe_1',
    type: 'payment.paid',
    created_at: at,
    data: { id: 'sbx_nobody', reference: 'pay_nobody' },
  }
  expect(await world.notify(signed(world, unknown))).toBe('stored')
  expect(await world.notify(signed(world, { ...unknown, id: 'sbe_2', type: 'account.updated' }))).toBe('stored')
  const ana = await world.customer('ana').orders()
  world.hears(false)
  await ana.pays()
  await world.strike('gateway', { fault: 'http_500', action: 'GET /v1/payments*' })
  for (const notice of world.delivered) await world.notify(notice)
  await world.pass({ hours: 12 })
  const { rows } = await world.db.pool.query<{ status: string; reason: string }>('select status, reason from notices')
  expect(rows.map(({ status }) => status).sort()).toEqual(['failed', 'ignored', 'ignored'])
  expect(rows.every(({ reason }) => reason !== '')).toBe(true)
  const { rows: shown } = await world.db.pool.query(
    `select from attention where kind = 'notice_failed' and closed_at is null`,
  )
  expect(shown).toHaveLength(1)
  // And the money is not lost with the notice: polling finds it.
  world.heal('gateway')
  world.failures.length = 0
  await world.pass({ hours: 30 })
  expect(await ana.order()).toMatchObject({ status: 'ready' })
})

scenario(
  'F27, F28: money marked as received by staff takes the same way as every other, without anybody signed in',
  async (world) => {
    const ana = await world.customer('ana').orders()
    const staff = await world.as('staff:mem_1')
    await markReceived(staff, {
      invoiceId: ana.invoiceId,
      amount: { minor: 1299n, currency: 'EUR' },
      reference: 'statement 7',
    })
    await world.settle()
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: true })
    const { rows } = await world.db.pool.query<{ type: string; actor: string }>(
      `select type, actor from events where type in ('payment.succeeded', 'line.activated')`,
    )
    expect(rows.sort((a, b) => (a.type < b.type ? -1 : 1))).toEqual([
      { type: 'line.activated', actor: 'system' },
      { type: 'payment.succeeded', actor: 'staff:mem_1' },
    ])
  },
)

scenario('F33: no order is ready, and no login leaves, while the panel refuses the line', async (world) => {
  await world.strike('panel', { fault: 'no_permission', action: 'create_line' })
  const ana = await world.customer('ana').buys()
  await world.pass({ hours: 5 })
  expect((await ana.order()).status).toBe('needs_review')
  expect((await ana.messages()).map(({ template }) => template)).not.toContain('credentials')
  expect((await (await ana.line()).stored()).activatedAt).toBeNull()
  const { rows } = await world.db.pool.query(
    `select from attention where closed_at is null and kind in ('line_needs_review', 'order_delayed', 'panel_down')`,
  )
  expect(rows.length).toBeGreaterThan(0)
})

scenario('F70: a notice overtakes our own record of the checkout', async (world) => {
  await world.strike('gateway', { fault: 'timeout_after', times: 1, action: 'POST /v1/payments' })
  const ana = await world.customer('ana').orders()
  await ana.pays().catch(() => null) // The buyer is told to try again; at the gateway the payment exists.
  const [payment] = await ana.payments()
  expect(payment).toMatchObject({ remoteRef: null })
  const account = present(await gatewayOf(world.shop, world.gatewayId))
  const [remote] = await openGateway(world.shop, account).gateway.findByReference(payment?.id ?? '')
  const pay = { id: remote?.remoteRef, how: 'pay' }
  await world.gateway.app.fetch(
    new Request(`${world.gatewayOrigin}/__pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(pay),
    }),
  )
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
})

scenario('F71, F73: an old failure told after the success moves nothing back', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays('decline')
  await ana.pays()
  const [declined, paid] = ['payment.declined', 'payment.paid'].map((type) =>
    present(world.delivered.find(({ body }) => body.includes(`"${type}"`))),
  )
  for (const notice of [paid, declined, paid]) {
    await world.notify(present(notice))
    await world.settle()
  }
  const { data } = JSON.parse(present(declined).body) as { data: object }
  await world.pass({ days: 1 })
  await world.notify(
    signed(world, { id: 'sbe_late', type: 'payment.declined', created_at: world.clock.now().toString(), data }),
  )
  await world.settle()
  expect(await ana.payments()).toMatchObject([{ status: 'succeeded' }])
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect((await ana.subscription()).status).toBe('active')
})

scenario(
  'F71: an old success told again after the money went back and the line ended gives nothing away',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    const paid = present(world.delivered.find(({ body }) => body.includes('"payment.paid"')))
    const { id } = present((await ana.payments())[0])
    const { fingerprint } = await read(world.shop, (tx) =>
      previewCancel(tx, world.shop, ana.subscriptionId, world.shop.now()),
    )
    await cancelNow(world.shop, ana.subscriptionId, fingerprint, 'moves away')
    await refundPayment(world.shop, id, { minor: 1299n, currency: 'EUR' }, 'moves away').catch(() => null)
    await world.settle()
    expect((await ana.payments())[0]).toMatchObject({ refundedMinor: 1299n })
    const [periods, facts] = [await ana.periods(), world.truth().length]
    const { data } = JSON.parse(paid.body) as { data: object }
    const again = { id: 'sbe_again', type: 'payment.paid', created_at: world.clock.now().toString(), data }
    for (const notice of [paid, signed(world, again)]) {
      expect(await world.notify(notice)).toMatch(/^(stored|known)$/)
      await world.settle()
    }
    await refreshPayment(world.shop, id)
    await world.pass({ days: 2 })
    expect((await ana.subscription()).status).toBe('terminated')
    expect(await ana.periods()).toEqual(periods)
    expect(await ana.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: 1299n, refundedMinor: 1299n }])
    expect((await line.onPanel())?.enabled ?? false).toBe(false)
    expect(
      world
        .truth()
        .slice(facts)
        .map(({ action }) => action),
    ).not.toContain('create_line')
  },
)

scenario(
  'F83: news that is signed by one business names a payment of another: nothing is looked up there',
  async (world) => {
    const other = await world.another('zebra')
    const ana = await world.customer('ana').orders()
    world.hears(false)
    await ana.pays('never')
    const [payment] = await ana.payments()
    const theirs = present((await read(other.shop, listGateways)).find(({ kind }) => kind === 'sandbox'))
    const about = { id: payment?.remoteRef, reference: payment?.id }
    const event = { id: 'sbe_x', type: 'payment.paid', created_at: world.clock.now().toString(), data: about }
    // Signed as theirs and sent to ours it is forged; sent to theirs it is theirs, and names nothing that they know.
    expect(await world.notify({ ...signed(world, event, 'zebra'), accountId: world.gatewayId })).toBe('forged')
    expect(await world.notify({ ...signed(world, event, 'zebra'), accountId: theirs.id })).toBe('stored')
    await world.pass({ hours: 3 })
    const { rows } = await world.db.pool.query<{ status: string; reason: string }>('select status, reason from notices')
    expect(rows).toEqual([{ status: 'ignored', reason: 'It names a payment that we do not know.' }])
    expect((await ana.payments())[0]).toMatchObject({ receivedMinor: 0n })
    expect(await ana.periods()).toEqual([])
  },
)

scenario('F72: the failure of an abandoned attempt does not touch the one that paid', async (world) => {
  const ana = await world.customer('ana').orders()
  world.hears(false)
  await ana.pays('decline')
  const late = present(world.delivered.at(-1))
  const staff = await world.as('staff:mem_1')
  await markReceived(staff, { invoiceId: ana.invoiceId, amount: { minor: 1299n, currency: 'EUR' }, reference: 'cash' })
  await world.settle()
  await world.notify(late)
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect((await ana.payments()).map(({ status }) => status).sort()).toEqual(['failed', 'succeeded'])
})
