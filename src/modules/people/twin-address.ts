/**
 * Where the imitated machines of a test twin are: at addresses that lead nowhere on any network and are answered by the house itself.
 * The name says whose machine it is; the database lets nobody but that twin keep such an address.
 */
import type { Shop } from '#app.ts'
import { Refusal } from '#platform/errors.ts'

export const machines = ['panel', 'sandbox'] as const
export type Machine = (typeof machines)[number]

export const machineOrigin = (twinId: string, machine: Machine): string =>
  `http://${machine}.${twinId.replace('_', '-')}.twin.invalid`

/** Whose machine an address is; null: it is none of a twin. */
export function machineAt(address: string): { twinId: string; machine: Machine } | null {
  const host = URL.parse(address)?.hostname ?? ''
  const [, name, key] = /^([a-z]+)\.biz-([0-9a-z]+)\.twin\.invalid$/.exec(host) ?? []
  const machine = machines.find((each) => each === name)
  return machine === undefined ? null : { twinId: `biz_${key}`, machine }
}

/** A twin works with its own imitations, and nobody else does: said here, held by the database. */
export function refuseOthersMachine(
  { twinOf, businessId }: Pick<Shop, 'twinOf' | 'businessId'>,
  address: unknown,
): void {
  const at = typeof address === 'string' ? machineAt(address) : null
  if (twinOf === null ? at === null : at?.twinId === businessId) return
  throw new Refusal(
    'conflict',
    twinOf === null
      ? 'This is a machine of test mode: nothing else can use it.'
      : 'In test mode panel and payments are imitated, and set up already. Add yours to the shop itself.',
  )
}
