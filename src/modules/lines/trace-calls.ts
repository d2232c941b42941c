/** What was sent to a panel and what came back, as staff may see it: without what is secret, and not too much of it. */

import { ProviderError } from '#platform/errors.ts'
import type { HttpOut, OutRequest } from '#platform/http-out.ts'
import { redactBody } from '#platform/http-out.ts'
import type { Exchanged } from './call-underway.ts'

export type TracedCall = {
  method: string
  url: string
  sent: string
  /** Null: no answer came. */
  status: number | null
  answer: string
}

/** A test makes a dozen calls; a panel that is asked page by page must not fill the page. */
const mostCalls = 40

/** The same way out, with each call written to `calls`. `secrets` may grow while it is used. */
export function tracing(http: HttpOut, secrets: readonly string[], calls: TracedCall[]): HttpOut {
  return {
    ...http,
    async request(request) {
      const call: TracedCall = {
        method: request.method,
        url: clean(request.url, secrets),
        sent: clean(sentBy(request), secrets),
        status: null,
        answer: '',
      }
      if (calls.length < mostCalls) calls.push(call)
      try {
        const answer = await http.request(request)
        call.status = answer.status
        call.answer = clean(answer.text, secrets)
        return answer
      } catch (error) {
        if (error instanceof ProviderError) call.answer = redactBody(error.message, secrets)
        throw error
      }
    },
  }
}

/** Of a call for a line, so many characters of what was sent, and of what was answered, are kept. */
const mostKept = 2_000

/** A request of a call for a line. `secrets`: what the panel lets us in by, and what viewers of the line sign in by. */
export const toldOf = ({ request, status, answer }: Exchanged, secrets: readonly string[]): TracedCall => ({
  method: request.method,
  url: clean(request.url, secrets),
  sent: clean(sentBy(request), secrets, mostKept),
  status,
  answer: clean(answer, secrets, mostKept),
})

/** Lists hold other people's logins: whatever is called like a secret is one, too, and so is whatever stands where players have one. */
const clean = (text: string, secrets: readonly string[], limit?: number): string =>
  redactBody(
    text
      .replace(inJson, (_, name: string) => `${name}"[redacted]"`)
      .replace(inQuery, (_, name: string) => `${name}[redacted]`)
      .replace(inPath, (_, path: string) => `${path}[redacted]`)
      .replace(macAddress, '[mac]'),
    secrets,
    limit,
  )

const secretName = String.raw`[\w[\]-]*(?:pass|pwd|pw|senha|clave|token|secret|key|hash|mac|auth|pin)[\w[\]-]*`
const inJson = new RegExp(String.raw`("${secretName}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`, 'gi')
const inQuery = new RegExp(String.raw`((?:^|[?&\s])${secretName}=)[^&\s"'<]*`, 'gi')

/** A stream's address: `/live/user/password/1.ts`. */
const inPath = /((?:\\?\/)(?:live|movie|series|timeshift)(?:\\?\/)[^/\s"'\\]+(?:\\?\/))[^/\s"'\\?]+/gi
const macAddress = /(?:[0-9a-f]{2}(?::|%3a|-)){5}[0-9a-f]{2}/gi

function sentBy({ form, json, body }: OutRequest): string {
  if (form !== undefined) return form.map(([name, value]) => `${name}=${value}`).join('&')
  if (json !== undefined) return JSON.stringify(json)
  return typeof body === 'string' ? body : ''
}
