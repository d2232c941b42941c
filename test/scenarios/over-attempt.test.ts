import { expect } from 'vitest'
import { scenario } from '../support/scenario.ts'

scenario(
  'an attempt that is over, left due, and forgotten by the gateway is not asked about for ever',
  async (world) => {
    const ana = await world.customer('ana').orders()
    await ana.pays('never')
    const page = world.gateway.store.shelf<{ id: string }>('payments')
    for (const { id } of [...page.values()]) page.delete(id)
    await world.tamper(
      `update payments set status = 'expired', remote_ref = null, redirect_url = null, next_check_at = '${world.clock.now()}'`,
    )
    await world.settle()
    const { rows } = await world.db.pool.query('select status, next_check_at as due from payments')
    expect(rows).toEqual([{ status: 'expired', due: null }])
  },
)
