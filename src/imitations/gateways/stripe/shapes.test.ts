/** Our objects against the official SDK's own types: every field that is always there, and none that Stripe does not have. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { payment, tryOut } from './try-out.ts'

/** The fields of one interface in the SDK's declarations, with whether each is always there. */
function declared(file: string, name: string): Map<string, boolean> {
  const source = readFileSync(
    new URL(`../../../../node_modules/stripe/esm/resources/${file}.d.ts`, import.meta.url),
    'utf8',
  )
  const start = new RegExp(`^export interface ${name} \\{$`, 'm').exec(source)
  if (!start) throw new Error(`no interface ${name} in ${file}`)
  const body = source.slice(start.index, source.indexOf('\n}', start.index))
  return new Map([...body.matchAll(/^ {4}(\w+)(\??):/gm)].map(([, field = '', optional]) => [field, optional === '']))
}

async function objects() {
  const { sdk, control } = await tryOut()
  const session = await sdk.checkout.sessions.create(payment({ customer_creation: 'always' }))
  await control('/__pay', { session: session.id, how: 'card', email: 'b@example.com' })
  const setup = await sdk.checkout.sessions.create({
    mode: 'setup',
    currency: 'eur',
    success_url: 'http://127.0.0.1:9/done',
  })
  await control('/__pay', { session: setup.id, how: 'card', email: 'b@example.com' })
  const [intent] = (await sdk.paymentIntents.list()).data
  if (!intent) throw new Error('nothing was paid')
  const refund = await sdk.refunds.create({ payment_intent: intent.id, amount: 100 })
  const dispute = (await control('/__dispute', { payment_intent: intent.id })).body
  const done = await sdk.checkout.sessions.retrieve(setup.id, { expand: ['setup_intent'] })
  return [
    ['Checkout/Sessions', 'Session', await sdk.checkout.sessions.retrieve(session.id)],
    ['PaymentIntents', 'PaymentIntent', intent],
    ['Charges', 'Charge', (await sdk.charges.list()).data[0]],
    ['Refunds', 'Refund', refund],
    ['Disputes', 'Dispute', dispute],
    ['Customers', 'Customer', (await sdk.customers.list()).data[0]],
    ['PaymentMethods', 'PaymentMethod', (await sdk.paymentMethods.list()).data[0]],
    ['SetupIntents', 'SetupIntent', done.setup_intent],
    ['BalanceTransactions', 'BalanceTransaction', (await sdk.balanceTransactions.list()).data[0]],
    ['Balance', 'Balance', await sdk.balance.retrieve()],
    ['Accounts', 'Account', await sdk.accounts.retrieveCurrent()],
    ['Events', 'EventBase', (await sdk.events.list()).data[0]],
    ['LineItems', 'LineItem', (await sdk.checkout.sessions.listLineItems(session.id)).data[0]],
    [
      'WebhookEndpoints',
      'WebhookEndpoint',
      await sdk.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] }),
    ],
  ] as const
}

it('has the fields of the official types, in objects and so in events', async () => {
  for (const [file, name, object] of await objects()) {
    const fields = declared(file, name)
    const own = Object.keys(object ?? {}).filter((field) => field !== 'lastResponse')
    const always = [...fields].filter(([, required]) => required).map(([field]) => field)
    expect({ name, missing: always.filter((field) => !own.includes(field)) }).toEqual({ name, missing: [] })
    expect({ name, unknown: own.filter((field) => !fields.has(field)) }).toEqual({ name, unknown: [] })
  }
})
