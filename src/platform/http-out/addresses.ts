/**
 * Which addresses outgoing connections may reach. The address of a panel or webhook is typed in by an operator, so without this
 * guard it could name our own database or the cloud's metadata service. Only global unicast passes; everything else needs an
 * entry in `LINEKEEPER_ALLOW_PRIVATE_HOSTS`.
 */
import { BlockList, isIP } from 'node:net'
import { StartError } from '../errors.ts'

type Family = 'ipv4' | 'ipv6'

/** One network that may be reached although it is not public; `port` null means any port. */
type AllowRule = { family: Family; network: BlockList; port: number | null }
export type AllowList = readonly AllowRule[]

const refused4 = networks('ipv4', [
  '0.0.0.0/8', // "this" network: reaches the machine itself on Linux
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT, where some clouds keep their metadata
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's wire server: looks public, answers only to virtual machines
  '169.254.0.0/16', // link-local, the usual home of metadata services
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

/** All of global unicast. What embeds an IPv4 address outside it (mapped, NAT64) or is local lies elsewhere and is refused so. */
const global6 = networks('ipv6', ['2000::/3'])
const refused6 = networks('ipv6', [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarking
  '2001:db8::/32',
  '2002::/16', // 6to4: carries any IPv4 address
  '3fff::/20',
])

/** `address` is an IP address in canonical form, as the URL parser and the resolver give it. Anything else is not global. */
export function isGlobalUnicast(address: string): boolean {
  const family = familyOf(address)
  if (family === null) return false
  if (family === 'ipv4') return !refused4.check(address, family)
  return global6.check(address, family) && !refused6.check(address, family)
}

export function mayReach(address: string, port: number, allowed: AllowList): boolean {
  if (isGlobalUnicast(address)) return true
  const family = familyOf(address)
  return allowed.some(
    (rule) =>
      rule.family === family && (rule.port === null || rule.port === port) && rule.network.check(address, family),
  )
}

/**
 * Reads `10.0.0.0/8, 127.0.0.1:9001, fd00::/8, [::1]:9001, fd00::/8:443`. An empty text allows nothing.
 * Throws one `StartError` that names every entry it cannot read.
 */
export function parseAllowList(text: string): AllowList {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const rules = entries.map((entry) => ({ entry, rule: parseRule(entry) }))
  const faults = rules.filter(({ rule }) => rule === null).map(({ entry }) => `"${entry}"`)
  if (faults.length > 0) {
    throw new StartError(
      `LINEKEEPER_ALLOW_PRIVATE_HOSTS cannot be read at ${faults.join(', ')}: write networks as 10.0.0.0/8, 127.0.0.1:9001 or [::1]:9001, separated by commas.`,
    )
  }
  return rules.flatMap(({ rule }) => rule ?? [])
}

function parseRule(entry: string): AllowRule | null {
  const parts = shapes.map((shape) => shape.exec(entry)).find((match) => match !== null)?.groups
  const address = parts?.address ?? ''
  const family = familyOf(address)
  if (!parts || family === null) return null

  const widest = family === 'ipv4' ? 32 : 128
  const bits = parts.bits === undefined ? widest : Number(parts.bits)
  const port = parts.port === undefined ? null : Number(parts.port)
  if (bits > widest || port === 0 || (port !== null && port > 65_535)) return null

  const network = new BlockList()
  network.addSubnet(address, bits, family)
  return { family, network, port }
}

/** IPv4; IPv6 in brackets, the prefix length inside or behind them; bare IPv6, where only a prefix length can precede a port. */
const shapes = [
  /^(?<address>[\d.]+)(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/,
  /^\[(?<address>[\da-fA-F:.]+)(?:\/(?<bits>\d{1,3}))?\](?::(?<port>\d{1,5}))?$/,
  /^\[(?<address>[\da-fA-F:.]+)\]\/(?<bits>\d{1,3})(?::(?<port>\d{1,5}))?$/,
  /^(?<address>[\da-fA-F:.]+)\/(?<bits>\d{1,3})(?::(?<port>\d{1,5}))?$/,
  /^(?<address>[\da-fA-F:.]+)$/,
]

function familyOf(address: string): Family | null {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : null
}

function networks(family: Family, subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
