/** Job names and payloads of this room. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { defineJob, enqueue } from '#platform/jobs.ts'

/** The source of rates is asked for today's. */
export const readRatesJob = defineJob('read-rates', z.object({ businessId: z.string() }))
export const readRatesSoon = (tx: Tx, shop: Shop): Promise<void> =>
  enqueue(tx, readRatesJob, { businessId: shop.businessId }, `rates/${shop.businessId}`)
