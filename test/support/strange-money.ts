/** What happens at the sandbox without us: another system takes money by the same account, staff give some back there. */
import type { World } from './world.ts'

type Place = Pick<World, 'app' | 'gatewayOrigin' | 'clock'>

/** With the key of the shop's own account. */
export async function atProvider(world: Place, path: string, json: unknown, once: string): Promise<{ id: string }> {
  const answer = await world.app.http.request({
    provider: 'sandbox',
    method: 'POST',
    url: `${world.gatewayOrigin}${path}`,
    headers: { authorization: 'Bearer sandbox_key_northwind', 'idempotency-key': once },
    json,
    writes: true,
  })
  if (answer.status > 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
  return JSON.parse(answer.text) as { id: string }
}

/** Paid there, and never asked for here. Gives its name there. */
export async function strangeMoney(world: Place, reference: string, amount = 1299): Promise<string> {
  const asked = {
    reference,
    amount,
    currency: 'EUR',
    return_url: 'http://x.example/a',
    cancel_url: 'http://x.example/b',
    expires_at: world.clock.now().add({ hours: 2 }).toString(),
  }
  const { id } = await atProvider(world, '/v1/payments', asked, reference)
  await atProvider(world, '/__pay', { id, how: 'pay' }, reference)
  return id
}
