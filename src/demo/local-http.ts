/** The demo's way out leads nowhere outside: its own machines answer in process, and beyond them only what the operator allowed. */
import { isIP } from 'node:net'
import { ProviderError } from '#platform/errors.ts'
import { systemResolve } from '#platform/http-out/connect.ts'
import {
  type AllowList,
  createHttpOut,
  type HttpOut,
  type InProcessApps,
  inProcessHttpOut,
  isGlobalUnicast,
} from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'

export function demoHttpOut(apps: InProcessApps, allowPrivate: AllowList, log: Log): HttpOut {
  return around(inProcessHttpOut(apps, { log }), createHttpOut({ allowPrivate, log, resolve: localOnly }), apps)
}

function around(inside: HttpOut, network: HttpOut, apps: InProcessApps): HttpOut {
  const isInside = (url: string) => URL.canParse(url) && new URL(url).origin in apps
  return {
    certificateEnds: (url) => network.certificateEnds(url),
    certificateOf: async (url) => (isInside(url) ? null : network.certificateOf(url)),
    trusting: (fingerprint) => around(inside, network.trusting(fingerprint), apps),
    async request(request) {
      if (isInside(request.url)) return inside.request(request)
      refusePublic(request.provider, request.url)
      return network.request(request)
    },
    async fetch(input, init) {
      const { url } = new Request(input, init)
      if (isInside(url)) return inside.fetch(input, init)
      refusePublic('demo', url)
      return network.fetch(input, init)
    },
  }
}

/** Names with a public address are unknown here. */
const localOnly: typeof systemResolve = async (name) =>
  (await systemResolve(name)).filter(({ address }) => !isGlobalUnicast(address))

/** An address that is written out is never resolved, so it is judged before. */
function refusePublic(provider: string, url: string): void {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : ''
  if (isIP(host) !== 0 && isGlobalUnicast(host))
    throw new ProviderError(provider, 'unavailable', 'The demo reaches nothing outside this machine.', { code: 'demo' })
}
