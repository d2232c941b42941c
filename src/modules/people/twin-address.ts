/**
 * Where the imitated machines of a test twin are: at addresses that lead nowhere on any network and are answered by the house itself.
 * The name says whose machine it is; the database lets nobody but that twin keep such an address.
 */
export const machines = ['panel', 'sandbox'] as const
export type Machine = (typeof machines)[number]

export const machineOrigin = (twinId: string, machine: Machine): string =>
  `http://${machine}.${twinId.replace('_', '-')}.twin.invalid`

/** Whose machine an address is; null: it is none of a twin. */
export function machineAt(address: string): { twinId: string; machine: Machine } | null {
  const host = URL.canParse(address) ? new URL(address).hostname : ''
  const [, name, key] = /^([a-z]+)\.biz-([0-9a-z]+)\.twin\.invalid$/.exec(host) ?? []
  const machine = machines.find((each) => each === name)
  return machine === undefined ? null : { twinId: `biz_${key}`, machine }
}
