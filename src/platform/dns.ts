/** Questions to the domain name system. */
import { Resolver } from 'node:dns/promises'

/** The texts of a name, each put together from its parts; none: an empty list. Throws when no server answers. */
export async function textsOf(servers: readonly string[], name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')) return []
    throw error
  }
}
