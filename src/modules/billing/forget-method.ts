/**
 * A removed method is forgotten by the gateway, too. It may be told as often as we like; while it does not answer it is told again, and a
 * person hears of it: what the gateway still keeps could still be charged by somebody with our key (F76).
 */
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { plusSeconds } from '#platform/time.ts'
import { raise, settle } from '../people/attention.ts'
import { findGateway, openGateway } from './gateways.ts'
import { nameOfMethod, type PaymentMethod } from './payment-methods.ts'

type Row = Pick<PaymentMethod, 'id' | 'gatewayAccountId' | 'customerRef' | 'methodRef' | 'kind' | 'brand' | 'last4'> & {
  tries: number
}

/** Tries until staff are told: with the waits below, half a day. */
const triesInSilence = 5

export async function forgetMethod(shop: Shop, methodId: string): Promise<void> {
  const now = shop.now()
  const due = await transaction(shop, 'read-forgotten', async (tx) => {
    const row = await maybe(
      tx,
      sql<Row>`select id, gateway_account_id as "gatewayAccountId", customer_ref as "customerRef", method_ref as "methodRef", kind, brand, last4, forget_tries as tries
        from payment_methods where business_id = current_business() and id = ${methodId} and forget_at is not null`,
    )
    return row === null ? null : { row, account: await findGateway(tx, row.gatewayAccountId) }
  })
  if (due?.account == null) return
  const { gateway } = openGateway(shop, due.account)
  try {
    crashPoint('gateway-forgetMethod:before')
    await gateway.forgetMethod?.(due.row)
    crashPoint('gateway-forgetMethod:after')
    await transaction(shop, 'method-forgotten', async (tx) => {
      await run(
        tx,
        sql`update payment_methods set forget_at = null, forgotten_at = ${now} where business_id = current_business() and id = ${methodId} and forget_at is not null`,
      )
      await settle(tx, 'method_not_forgotten', methodId, shop.actor, now)
    })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await transaction(shop, 'method-kept', (tx) => later(tx, shop, due.row, error, now))
  }
}

async function later(tx: Tx, shop: Shop, row: Row, error: ProviderError, now: Temporal.Instant): Promise<void> {
  const next = plusSeconds(now, Math.min(60 * 5 ** row.tries, 86_400))
  await run(
    tx,
    sql`update payment_methods set forget_tries = forget_tries + 1, forget_at = ${next} where business_id = current_business() and id = ${row.id} and forget_at is not null`,
  )
  if (row.tries + 1 < triesInSilence) return
  await raise(
    tx,
    shop,
    {
      kind: 'method_not_forgotten',
      subjectType: 'payment_method',
      subjectId: row.id,
      title: `The gateway still keeps ${nameOfMethod(row)}, which was removed`,
      detail: `We charge it no more, and go on asking. It says: ${error.message}`,
      severity: 'warn',
    },
    now,
  )
}
