/** For the tests of this room: an App with a database of its own, a stopped clock and one business of each mode. */
import type { App, Shop } from '#app.ts'
import { stoppedClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { silentLog } from '#platform/log.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { createBusiness, openShop } from './business.ts'

/** An installation that nobody has set up. */
export async function emptyWorld(publicUrl = 'http://localhost:3000') {
  const { url, drop } = await testDatabase()
  const db = openDatabase({ url, log: silentLog, max: 6 })
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  // Rooms above people fill the rest of the App; nothing here asks for it.
  const app = {
    config: readConfig({}),
    log: silentLog,
    clock,
    db,
    masterKey: new Uint8Array(32).fill(7),
    publicUrl,
  } as unknown as App
  return { app, db, url, clock, close: () => db.close().then(drop) }
}

export async function accessWorld(publicUrl?: string) {
  const { app, ...world } = await emptyWorld(publicUrl)
  const { clock } = world
  const business = (slug: string, mode: 'live' | 'test') =>
    createBusiness(app, { slug, name: slug, mode, zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' }, clock.now())
  const live = await business('live-shop', 'live')
  const other = await business('other-shop', 'live')
  const test = await business('test-shop', 'test')
  const shop = (id = live, actor = 'system'): Promise<Shop> => openShop(app, id, actor)
  return { ...world, app, live, other, test, shop }
}

export type AccessWorld = Awaited<ReturnType<typeof accessWorld>>
