import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { listAttention, raise } from '../people/attention.ts'
import { forgetWords, listNotices, readNotice, readNoticeAgain } from './notices.ts'
import { keepNotice } from './receive-notice.ts'

const page = { limit: 50 }
const noticesOf = ({ shop }: World, filter = {}) => read(shop, (tx) => listNotices(tx, filter, page))
const noticeOf = ({ shop }: World, id: string) => read(shop, (tx) => readNotice(tx, id))

scenario('each notice says what became of it, and which payment it was about', async (world) => {
  const bought = await world.customer('ana').buys()
  const all = await noticesOf(world)
  const [payment] = await bought.payments()
  expect(all.length).toBeGreaterThan(0)
  expect(all.every(({ status, doneAt }) => status === 'applied' && doneAt !== null)).toBe(true)
  expect(all.some(({ paymentId }) => paymentId === payment?.id)).toBe(true)
  expect(await noticesOf(world, { gatewayAccountId: all[0]?.gatewayAccountId })).toEqual(all)
  expect(await noticesOf(world, { gatewayAccountId: 'gwa_00000000000000000000000000' })).toEqual([])
  expect(await noticesOf(world, { status: 'failed' })).toEqual([])
})

scenario('what was without effect is read once more when asked; what was applied is left alone', async (world) => {
  const { shop } = world
  const bought = await world.customer('ana').buys()
  const [payment] = await bought.payments()
  const [known] = await noticesOf(world)
  const { gatewayAccountId, id: applied } = present(known)
  const hints = [{ object: 'payment' as const, remoteRef: 'nobody-knows', ourRef: null, type: 'payment.succeeded' }]
  await keepNotice(shop, gatewayAccountId, { dedupeKey: 'late-1', eventType: 'payment.succeeded', hints }, '{}')
  await world.until(world.clock.now().add({ hours: 6 }).toString())
  const [stray] = await noticesOf(world, { status: 'ignored' })
  const { id, reason, paymentId } = present(stray)
  expect([reason, paymentId]).toEqual(['It names a payment that we do not know.', null])

  const mended = JSON.stringify([{ ...hints[0], ourRef: payment?.id, remoteRef: payment?.remoteRef }])
  await transaction(shop, 'test', (tx) =>
    run(tx, sql`update notices set hints = ${mended}::jsonb where business_id = current_business() and id = ${id}`),
  )
  await readNoticeAgain(shop, id)
  await readNoticeAgain(shop, id)
  expect(await noticeOf(world, id)).toMatchObject({ status: 'received', tries: 0 })
  await world.settle()
  expect(await noticeOf(world, id)).toMatchObject({ status: 'applied', reason: '', paymentId: payment?.id })

  const before = await noticeOf(world, applied)
  await readNoticeAgain(shop, applied)
  expect(await noticeOf(world, applied)).toEqual(before)
  await expect(readNoticeAgain(shop, 'ntc_00000000000000000000000000')).rejects.toMatchObject({ code: 'not_found' })
})

scenario('one that failed is on the list of what needs somebody until it is read again', async (world) => {
  const { shop } = world
  await world.customer('ana').buys()
  const [known] = await noticesOf(world)
  const { id } = present(known)
  const about = { kind: 'notice_failed', subjectType: 'notice', subjectId: id } as const
  await transaction(shop, 'test', async (tx) => {
    await run(
      tx,
      sql`update notices set status = 'failed', reason = 'It was down.' where business_id = current_business() and id = ${id}`,
    )
    await raise(tx, shop, { ...about, title: 'A notice could not be applied', severity: 'bad' }, shop.now())
  })
  const raised = async () => (await read(shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
  expect(await raised()).toContain('notice_failed')
  await readNoticeAgain(shop, id)
  await world.settle()
  expect(await raised()).not.toContain('notice_failed')
  expect((await noticeOf(world, id)).status).toBe('applied')
})

scenario(
  'what a gateway said is emptied half a year after it was read; what came of it stays, and it still counts once',
  async (world) => {
    const { shop } = world
    const bought = await world.customer('ana').buys()
    const kept = async () => {
      const { rows } = await world.db.pool.query<{ id: string }>('select id from notices where body is not null')
      return rows.map(({ id }) => id)
    }
    const [known] = await noticesOf(world)
    const { gatewayAccountId, id } = present(known)
    const told = (dedupeKey: string) =>
      keepNotice(
        shop,
        gatewayAccountId,
        {
          dedupeKey,
          eventType: 'payment.unknown',
          hints: [{ object: 'payment', remoteRef: 'nobody', ourRef: null, type: 'x' }],
        },
        '{}',
      )
    const all = (await kept()).length
    expect(all).toBeGreaterThan(0)
    await world.until(
      world.clock
        .now()
        .add({ hours: 24 * 179 })
        .toString(),
    )
    await forgetWords(world.app)
    expect((await kept()).length).toBeGreaterThanOrEqual(all)

    await told('waits')
    const waiting = present((await noticesOf(world, { status: 'received' }))[0]).id
    const before = await noticeOf(world, id)
    world.clock.set(world.clock.now().add({ hours: 24 * 2 }))
    await forgetWords(world.app)
    expect(await kept()).not.toContain(id)
    expect(await noticeOf(world, id)).toEqual(before)
    expect((await bought.payments()).map(({ status }) => status)).toContain('succeeded')
    // Old by now, and read by nobody yet: it may still be needed.
    world.clock.set(world.clock.now().add({ hours: 24 * 200 }))
    await forgetWords(world.app)
    await forgetWords(world.app)
    expect(await kept()).toEqual([waiting])

    const count = (await noticesOf(world)).length
    for (const notice of world.delivered) await world.notify(notice)
    await told('waits')
    expect(await noticesOf(world)).toHaveLength(count)
  },
)
