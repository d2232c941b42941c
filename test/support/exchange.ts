/** A shop that also sells by exchange rate, and the bank that tells the rates. */
import { transaction } from '#app.ts'
import { type ExchangeSettings, exchangeSetting, saveExchange } from '#modules/catalog/exchange.ts'
import { ecb } from '../../src/imitations/rates/ecb.ts'
import type { World } from './world.ts'

/** In dollars at the bank's rate, unless told otherwise. */
export const sellsByRate = (
  { shop }: Pick<World, 'shop'>,
  more: Partial<Omit<ExchangeSettings, 'currencies'>> & {
    currencies?: {
      currency: string
      margin_percent?: string
      rounding?: ExchangeSettings['currencies'][number]['rounding']
    }[]
  } = {},
): Promise<void> =>
  transaction(shop, 'sell-by-rate', (tx) =>
    saveExchange(
      tx,
      shop,
      exchangeSetting.schema.parse({ currencies: [{ currency: 'USD' }], feed_url: `${bankOrigin}${file}`, ...more }),
    ),
  )

const bankOrigin = 'http://ecb.test'
const file = '/stats/eurofxref/eurofxref-daily.xml'

/** The bank, at its address. */
export async function theBank(world: Pick<World, 'leads' | 'clock'>) {
  const machine = await ecb.create({ folder: null, now: () => world.clock.now(), publicUrl: () => bankOrigin })
  world.leads(bankOrigin, async (request) => machine.app.fetch(request))
  return {
    faults: machine.faults,
    async tells(told: { day?: string; rates?: Record<string, string> }): Promise<void> {
      const answer = await machine.app.fetch(
        new Request(`${bankOrigin}/__rates`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(told),
        }),
      )
      if (!answer.ok) throw new Error(await answer.text())
    },
  }
}
