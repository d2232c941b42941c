/** Job names and payloads of this room. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { defineJob, enqueue } from '#platform/jobs.ts'

/** The source of rates is asked for today's. */
export const readRatesJob = defineJob('read-rates', z.object({ businessId: z.string() }))
export const readRatesSoon = (tx: Tx, shop: Shop): Promise<void> =>
  enqueue(tx, readRatesJob, { businessId: shop.businessId }, `rates/${shop.businessId}`)

/** Rates are known that may not have been before: what waits for one looks again. */
export const ratesKnownJob = defineJob('rates-known', z.object({ businessId: z.string() }))
export const ratesKnownSoon = (tx: Tx, shop: Shop): Promise<void> =>
  enqueue(tx, ratesKnownJob, { businessId: shop.businessId }, `rates-known/${shop.businessId}`)
