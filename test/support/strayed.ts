/** Money that went astray in each of the ways that it can: late for what was given up, half of it in coins, on the bank account without a name, in another currency at a gateway and on the account. */
import { transaction } from '#app.ts'
import { type BankEntry, listEntries } from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { camtText } from '../../src/adapters/statements/statements.test-support.ts'
import { withCoins } from './coins.ts'
import { paysInDollars, straysOf } from './foreign.ts'
import { type Purchase, present, read } from './stories.ts'
import type { World } from './world.ts'

export type Strayed = {
  late: Purchase
  half: Purchase
  /** Waits for who paid by transfer and named nothing. */
  unnamedOf: Purchase
  unnamed: BankEntry
  foreign: BankEntry
  /** Asked for in euros, paid in dollars: one for each place where such money may belong. */
  abroad: Record<'counted' | 'kept' | 'returned', Purchase & { paymentId: string; strayId: string }>
}

export async function strayMoney(
  world: Pick<World, 'addGateway' | 'shop' | 'settle' | 'pass' | 'customer' | 'app' | 'gatewayOrigin' | 'clock'>,
): Promise<Strayed> {
  const { shop } = world
  const coins = await withCoins(world)
  const late = await world.customer('late').orders()
  const page = await coins.opens(late)
  await world.pass({ hours: 24 * 3 })
  await coins.sends(page, 100)

  const half = await world.customer('half').orders()
  await coins.sends(await coins.opens(half), 50)
  await world.pass({ minutes: 40 })

  const unnamedOf = await world.customer('unnamed').orders()
  const settings = { account_holder: 'Example TV Ltd', iban: 'DE89370400440532013000' }
  const bank = await transaction(shop, 'save-gateway', (tx) =>
    saveGateway(tx, shop, { name: 'Our bank', kind: 'bank_transfer', settings, active: true, position: 5 }),
  )
  const content = camtText({
    entries: [
      { acctRef: '1', parts: [{ amount: '12.99', text: 'for the television' }] },
      { acctRef: '2', currency: 'USD', parts: [{ amount: '14.00', text: 'from abroad' }] },
    ],
  })
  await importStatement(shop, { gatewayAccountId: bank, fileName: 'march.xml', content })
  await world.settle()
  const entries = await read(shop, (tx) => listEntries(tx, {}, { limit: 10 }))
  return {
    late,
    half,
    unnamedOf,
    unnamed: present(entries.find(({ currency }) => currency === 'EUR')),
    foreign: present(entries.find(({ currency }) => currency === 'USD')),
    abroad: {
      counted: await fromAbroad(world, 'counted'),
      kept: await fromAbroad(world, 'kept'),
      returned: await fromAbroad(world, 'returned'),
    },
  }
}

async function fromAbroad(
  world: Pick<World, 'shop' | 'settle' | 'customer' | 'app' | 'gatewayOrigin' | 'clock'>,
  name: string,
) {
  const bought = await world.customer(name).orders()
  const { paymentId } = await paysInDollars(world, bought)
  const [stray] = await straysOf(world, paymentId)
  return { ...bought, paymentId, strayId: present(stray).id }
}
