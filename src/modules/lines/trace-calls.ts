/** What a live test sent and what came back, as staff may see it: without what is secret, and not too much of it. */

import { ProviderError } from '#platform/errors.ts'
import type { HttpOut, OutRequest } from '#platform/http-out.ts'
import { redactBody } from '#platform/http-out.ts'

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

/** Lists hold other people's logins: whatever is called like a secret is one, too. */
const clean = (text: string, secrets: readonly string[]): string =>
  redactBody(
    text
      .replace(inJson, (_, name: string) => `${name}"[redacted]"`)
      .replace(inQuery, (_, name: string) => `${name}[redacted]`),
    secrets,
  )

const secretName = String.raw`[\w[\]-]*(?:pass|pwd|senha|clave|token|secret|key|hash|mac|auth|pin)[\w[\]-]*`
const inJson = new RegExp(String.raw`("${secretName}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`, 'gi')
const inQuery = new RegExp(String.raw`((?:^|[?&\s])${secretName}=)[^&\s"'<]*`, 'gi')

function sentBy({ form, json, body }: OutRequest): string {
  if (form !== undefined) return form.map(([name, value]) => `${name}=${value}`).join('&')
  if (json !== undefined) return JSON.stringify(json)
  return typeof body === 'string' ? body : ''
}
