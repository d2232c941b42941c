/** A process that lives seeds, one after the other, as it is told to over its channel. */
import './stand-still.ts'
import { share } from './cores.ts'
import type { Order } from './run-seed.ts'
import { sabotage } from './sabotage.ts'

const [url, wiper, name] = process.argv.slice(2) as [string, string, string?]
share(process.pid)
// Before anything of the product is loaded.
const planted = name === undefined ? null : sabotage(name)

const { openHouse } = await import('./house.ts')
const { runSeed } = await import('./run-seed.ts')
const house = await openHouse({ url, wiper, sql: planted })

process.on('message', (order: Order) => {
  runSeed(house, order).then(
    (told) => process.send?.(told),
    (error: unknown) => {
      process.send?.({
        seed: order.seed,
        broken: [`the simulation itself failed: ${error instanceof Error ? error.stack : String(error)}`],
        events: 0,
        faults: {},
        acts: {},
        hash: '',
        tail: [],
        story: [],
      })
    },
  )
})
// What nobody waits for may die with its process; in a world without sabotage nothing is like that.
if (name !== undefined) process.on('unhandledRejection', () => {})
process.on('disconnect', () => house.close().finally(() => process.exit()))
process.send?.('ready')
