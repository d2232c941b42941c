/**
 * A shop's own host name: claimed by anybody, proved by a text record of the domain, which only its owner can set. From then on storefront,
 * portal and every link in a mail are there. Certificates are the task of the proxy in front.
 */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Shop, transaction } from '#app.ts'
import { randomToken } from '#platform/crypto.ts'
import { isDuplicate, maybe, run, sql, type Tx } from '#platform/db.ts'
import { textsOf } from '#platform/dns.ts'
import { Refusal } from '#platform/errors.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from './business.ts'

export type HostName = {
  host: string
  token: string
  verifiedAt: Temporal.Instant | null
  lookedAt: Temporal.Instant | null
  /** What the last look found wrong. */
  fault: string | null
}

/** The record that proves it: `name` has the text `value`. */
export const proofOf = ({ host, token }: Pick<HostName, 'host' | 'token'>) => ({
  name: `_linekeeper.${host}`,
  value: `linekeeper=${token}`,
})

export const findHostName = (tx: Tx): Promise<HostName | null> =>
  maybe(
    tx,
    sql<HostName>`select host, token, verified_at as "verifiedAt", looked_at as "lookedAt", fault from host_names where business_id = current_business()`,
  )

/** As browsers send it. Null: this is no host name that a shop could have. */
export function plainHost(text: string): string | null {
  const host = domainToASCII(
    text
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/, '')
      .replace(/\.$/, ''),
  )
  const labels = host.split('.')
  const fine = labels.length >= 2 && labels.every((each) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(each))
  return fine && host.length <= 253 && isIP(host) === 0 && !/^\d+$/.test(labels.at(-1) ?? '') ? host : null
}

/** Claims a name, in place of the one before; links lead to it when it is proved. Null: none any more. */
export async function saveHostName(shop: Shop, wanted: string | null): Promise<HostName | null> {
  const now = shop.now()
  const host = wanted === null ? null : plainHost(wanted)
  if (wanted !== null && (host === null || host === new URL(shop.app.publicUrl).hostname))
    throw new Refusal('invalid_input', 'Please enter a host name.', [
      { pointer: '/host', code: 'invalid', detail: 'Please enter a host name of your own, like tv.example.com.' },
    ])
  return transaction(shop, 'save-host-name', async (tx) => {
    const before = await findHostName(tx)
    if (before?.host === host) return before
    if (before === null && host === null) return null
    if (before !== null) await run(tx, sql`delete from host_names where business_id = current_business()`)
    if (host !== null)
      await run(
        tx,
        sql`insert into host_names (business_id, host, token, claimed_at) values (${shop.businessId}, ${host}, ${randomToken(20)}, ${now})`,
      )
    await record(tx, shop, now, {
      type: 'business.host_changed',
      subjectType: 'business',
      subjectId: shop.businessId,
      data: changesOf({ host: before?.host }, { host }),
    })
    forgetAfter(tx, shop)
    return findHostName(tx)
  })
}

/** Looks for the record now. What was proved once stays proved. Refuses `conflict` without a name, or when another shop has proved it. */
export async function verifyHostName(shop: Shop): Promise<HostName> {
  const now = shop.now()
  const claimed = await transaction(shop, 'read-host-name', findHostName)
  if (claimed === null) throw new Refusal('conflict', 'Enter a host name first.')
  if (claimed.verifiedAt !== null) return claimed
  const { name, value } = proofOf(claimed)
  const texts = await textsOf(shop.app.config.dnsServers, name).catch(() => null)
  const fault =
    texts === null
      ? 'No name server answered. Please try again in a while.'
      : texts.includes(value)
        ? null
        : texts.length === 0
          ? `There is no text record at ${name} yet. A new one can take an hour to be seen.`
          : `The text record at ${name} says something else.`
  return transaction(shop, 'verify-host-name', async (tx) => {
    await run(
      tx,
      sql`update host_names set verified_at = ${fault === null ? now : null}, looked_at = ${now}, fault = ${fault}, version = version + 1
        where business_id = current_business() and host = ${claimed.host} and token = ${claimed.token}`,
    )
    if (fault === null) {
      await record(tx, shop, now, {
        type: 'business.host_proved',
        subjectType: 'business',
        subjectId: shop.businessId,
        data: { host: claimed.host },
      })
      forgetAfter(tx, shop)
    }
    const found = await findHostName(tx)
    if (found === null) throw new Refusal('conflict', 'Enter a host name first.')
    return found
  }).catch((error) => {
    if (!isDuplicate(error)) throw error
    throw new Refusal('conflict', 'This host name leads to another shop here already.')
  })
}
