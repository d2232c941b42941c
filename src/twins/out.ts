/** The way out of the house, but for the machines of its test twins: their addresses are answered here and never looked up on a network. */
import type { App } from '#app.ts'
import { machineAt } from '#modules/people/twin-address.ts'
import { type HttpOut, inProcessHttpOut } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import { askMachine } from './machines.ts'

/** `app` is known once it is made of this. */
export function withTwins(http: HttpOut, log: Log, app: () => App): HttpOut {
  const inside = inProcessHttpOut(
    (origin) => {
      const at = machineAt(origin)
      return at === null ? undefined : (request) => askMachine(app(), at.twinId, at.machine, request)
    },
    { log },
  )
  return {
    request: (request) => (machineAt(request.url) === null ? http : inside).request(request),
    fetch: (input, init) => (machineAt(new Request(input, init).url) === null ? http : inside).fetch(input, init),
    certificateEnds: (url) => http.certificateEnds(url),
    certificateOf: (url) => http.certificateOf(url),
    trusting: (fingerprint) => withTwins(http.trusting(fingerprint), log, app),
  }
}
