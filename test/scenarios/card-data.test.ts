/**
 * Card data stays at the provider (S1-95). Money is taken, kept methods are charged, money goes back and is disputed at every gateway, and
 * the providers are careless: each answer and notice of theirs carries the number and the code of the card. Afterwards none of it is found in
 * the database, in the log or in a mail; and the search finds what is put there.
 */
import { createHmac } from 'node:crypto'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { startSetup } from '#modules/billing/save-method.ts'
import { seal } from '#platform/crypto.ts'
import { createLog, type Log } from '#platform/log.ts'
import { cardsIn, databaseText, mailText, noticeText } from '../support/card-search.ts'
import { consent, type Purchase, present } from '../support/stories.ts'
import { hear, type Kept, keepNotices, openTills, type Till, tillKinds } from '../support/tills.ts'
import { createWorld, type World } from '../support/world.ts'

/** Those of the pages: what a buyer would type there. And the codes, which no word of anybody else's contains. */
const cards = [
  '4242424242424242',
  '4000000000009995',
  '4111111111111111',
  '4000000000000002',
  '5555555555554444',
  '378282246310005',
]
const codes = ['cvc-9071-code', 'cvv-3348-code']
const secrets = [...cards, ...codes]

/** Says more than it is asked: in each object of its own the whole card, in each sentence its number. */
function careless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(careless)
  if (typeof value !== 'object' || value === null) return value
  const told = Object.entries(value).map(([key, each]) => [
    key,
    typeof each === 'string' && /^(message|description|detail|title|note|text|errorText|reason_text)$/i.test(key)
      ? `${each} (card ${cards[0]?.replace(/(\d{4})(?=\d)/g, '$1 ')})`
      : careless(each),
  ])
  // What others wrote there is handed back as it is: it is no place of the provider's own.
  const its = 'id' in value || 'status' in value || 'transId' in value || 'message' in value
  const card = { number: cards[2], digits: Number(cards[4]), cvc: codes[0], card_code: codes[1], lines: cards }
  return { ...Object.fromEntries(told), ...(its ? { raw_card: card } : {}) }
}

async function carelessly(till: Till, request: Request): Promise<Response> {
  const answer = await till.machine.app.fetch(request)
  const text = await answer.text()
  const marked = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  try {
    const json = JSON.stringify(careless(JSON.parse(text.slice(marked.length))))
    return new Response(marked + json, { status: answer.status, headers: answer.headers })
  } catch {
    return new Response(text === '' ? null : text, { status: answer.status, headers: answer.headers })
  }
}

/** Buys at each, with every fate; who may keep a method keeps it, and his renewal is charged. */
async function everything(
  world: World,
  kept: Kept,
  tills: readonly Till[],
  news: Awaited<ReturnType<typeof openTills>>['news'],
) {
  const orders = []
  for (const till of tills)
    for (const fate of till.fates) {
      const bought = await world.customer(`${till.kind}.${fate}`.replaceAll('_', '.')).orders()
      orders.push({
        till,
        fate,
        bought,
        ref: await till.opens(bought, till.saves && !['canceled', 'replaced'].includes(fate)),
      })
    }
  for (const { till, ref, fate } of orders) await till.happens(ref, fate)
  for (let round = 0; round < 2; round++) {
    for (const told of await news()) await hear(world, told)
    await world.pass({ minutes: 2 })
  }
  expect(kept.count()).toBe(0)
  return orders
}

/** The next period of each, charged to what was kept. */
async function charged(world: World, purchases: readonly Purchase[]): Promise<void> {
  for (const { subscriptionId } of purchases) {
    const invoice = present(
      await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, subscriptionId, world.shop.now())),
    )
    await chargeInvoice(world.shop, { invoiceId: invoice.id })
  }
  await world.settle()
}

const agrees: Record<string, (ref: string) => object> = {
  stripe: (session) => ({ session, how: 'card' }),
  paypal: (ref) => ({ order: ref.replace(/^till-\d+-/, '') }),
  mollie: (payment) => ({ payment, how: 'card' }),
  gocardless: (request) => ({ request }),
}

/** A method is kept without a payment. */
async function setUp(world: World, tills: readonly Till[]): Promise<void> {
  const somebody = world.customer('somebody')
  await somebody.buys()
  for (const till of tills) {
    const agree = agrees[till.kind]
    if (agree === undefined) continue
    const { remoteRef } = await startSetup(world.shop, {
      customerId: await somebody.id(),
      gatewayAccountId: till.accountId,
      consent,
      returnUrl: `${world.shop.baseUrl}/account/payment-methods?back=1`,
      cancelUrl: `${world.shop.baseUrl}/account/payment-methods`,
    })
    await till.does('/__pay', agree(present(remoteRef)))
  }
  await world.pass({ minutes: 2 })
}

/** Notices that are the provider's, to the last byte, and carry a card all the same. */
async function signedWithACard(world: World, tills: readonly Till[]): Promise<void> {
  const card = careless({ id: 'ch_1', description: 'paid' })
  const at = Math.floor(world.clock.now().epochMilliseconds / 1_000)
  const event = { id: 'evt_card', object: 'event', type: 'charge.updated', created: at, livemode: false }
  const bodies: Record<string, string> = {
    stripe: JSON.stringify({ ...event, data: { object: card } }),
    gocardless: JSON.stringify({
      events: [{ id: 'EVCARD', resource_type: 'payments', action: 'created', ...(card as object) }],
    }),
  }
  for (const { kind, accountId } of tills) {
    const text = bodies[kind]
    if (text === undefined) continue
    const signed = (secret: string, what: string) => createHmac('sha256', secret).update(what).digest('hex')
    const headers = {
      'stripe-signature': `t=${at},v1=${signed('whsec_tills', `${at}.${text}`)}`,
      'webhook-signature': signed('gocardless_secret', text),
    }
    expect(await hear(world, { accountId, body: Buffer.from(text), headers })).toBe('stored')
  }
}

/** A search that finds nothing has proved nothing until it finds what is there. */
async function seesWhatIsPlanted(world: World, logged: string[], log: Log): Promise<void> {
  const [card = '', code = ''] = [cards[0], codes[0]]
  const { pool } = world.db
  await pool.query(
    'create table planted (word text, words text[], told jsonb, bytes bytea, number numeric, long bigint)',
  )
  const plants: [string, string, unknown][] = [
    ['word', 'in groups', 'my card is 4242 4242 4242 4242'],
    ['word', 'in groups', '4242-4242-4242-4242'],
    ['word', 'in base64', Buffer.from(`a ${card}`).toString('base64')],
    ['word', 'its last twelve', card.slice(-12)],
    ['word', 'in an address', 'https://x.example/?n=4242%204242%204242%204242'],
    ['word', 'a card number', '6011 1111 1111 1117'],
    ['word', 'plain', `the code is ${code}`],
    ['words', 'plain', [`${card}`]],
    ['told', 'plain', JSON.stringify({ deep: [{ n: card }] })],
    ['bytes', 'as bytes', Buffer.from(`..${card}..`)],
    ['number', 'plain', card],
    ['long', 'plain', card],
  ]
  for (const [column, how, value] of plants) {
    await pool.query(`insert into planted (${column}) values ($1)`, [value])
    const found = cardsIn((await databaseText(pool)).heap, secrets)
    expect(found, `${column}, ${how}`).toContainEqual(
      expect.stringMatching(new RegExp(`^public\\.planted\\.${column}: .*\\(${how}\\)$`)),
    )
    await pool.query('delete from planted')
  }
  await pool.query('drop table planted')
  const inNotices = async () => cardsIn(await noticeText(world), secrets)
  const { rows: notices } = await pool.query<{ id: string; body: string }>('select id, body from notices limit 1')
  const { id, body } = present(notices[0])
  const sealed = seal(world.shop.dataKey, `${world.businessId}/notice/${id}`, `{"n":"${card}"}`)
  await world.tamper(`update notices set body = '${sealed}' where id = '${id}'`)
  expect(await inNotices()).toContainEqual(`the notice ${id}: ${card} (plain)`)
  await world.tamper(`update notices set body = '${body}' where id = '${id}'`)
  const before = logged.length
  log.info('told', { said: `card ${card}`, deep: [{ error: new Error(`no ${card}`) }] })
  expect(logged.slice(before).join()).toMatch(/card \[card number\].*no \[card number\]/s)
  expect(cardsIn([{ place: 'log', text: `{"n":"${card}"}` }], secrets)).toContain(`log: ${card} (plain)`)
}

test('no card number and no code is kept, logged or mailed, whatever a provider says', async () => {
  const logged: string[] = []
  const log = createLog(
    'trace',
    new Writable({
      write(chunk, _, done) {
        logged.push(String(chunk))
        done()
      },
    }),
  )
  const kept = await keepNotices()
  const world = await createWorld({ publicUrl: kept.url, log })
  try {
    const { tills, news } = await openTills(world, kept)
    expect(tills.map(({ kind }) => kind)).toEqual(tillKinds)
    for (const till of tills) world.leads(till.origin, (request) => carelessly(till, request))
    const orders = await everything(world, kept, tills, news)
    const sandboxed = await world.customer('sandboxed').buys({ saves: true })
    await charged(world, [
      ...orders.filter(({ till, fate }) => till.saves && fate === 'pays').map(({ bought }) => bought),
      sandboxed,
    ])
    await setUp(world, tills)
    await signedWithACard(world, tills)
    for (const told of await news()) await hear(world, told)
    await world.pass({ hours: 30 })

    const seen = await world.db.pool.query<{
      paid: number
      methods: number
      disputes: number
      back: number
      gateways: number
    }>(
      `select (select count(*)::int from payments where status = 'succeeded') as paid, (select count(*)::int from payment_methods) as methods,
         (select count(*)::int from disputes) as disputes, (select count(*)::int from refunds) as back,
         (select count(distinct gateway_account_id)::int from payments where status = 'succeeded') as gateways`,
    )
    const { paid = 0, methods = 0, disputes = 0, back = 0, gateways = 0 } = seen.rows[0] ?? {}
    expect([paid > 30, methods > 5, disputes > 5, back > 5, gateways]).toEqual([
      true,
      true,
      true,
      true,
      tillKinds.length + 1,
    ])
    const { heap, columns, values } = await databaseText(world.db.pool)
    expect(columns).toBeGreaterThan(500)
    expect(values).toBeGreaterThan(2_000)
    const notices = await noticeText(world)
    expect(notices.length).toBeGreaterThan(60)
    expect(logged.length).toBeGreaterThan(500)
    expect(world.mailbox.mails.length).toBeGreaterThan(20)
    const all = [
      ...heap,
      ...notices,
      ...(await mailText(world)),
      ...logged.map((text, index) => ({ place: `line ${index} of the log`, text })),
    ]
    expect(cardsIn(all, secrets)).toEqual([])
    await seesWhatIsPlanted(world, logged, log)
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
    await kept.close()
  }
}, 240_000)
