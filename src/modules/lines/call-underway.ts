/** What becomes known of a call to a panel while it is made: an adapter turns it into several requests, and knows of none of this. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut, OutRequest } from '#platform/http-out.ts'

/** `status` null: no answer came; `answer` is then why. */
export type Exchanged = { request: OutRequest; status: number | null; answer: string }

/** `waitedMs`: how long its requests waited for their turns, which is not the panel's time. */
export type CallUnderway = { waitedMs: number; exchanged: Exchanged[] }

const underway = new AsyncLocalStorage<CallUnderway>()

/** Does `work` as the call of which `call` tells. */
export const during = <T>(call: CallUnderway, work: () => T): T => underway.run(call, work)

export const callUnderway = (): CallUnderway | undefined => underway.getStore()

/** A call of more is a listing. */
const mostExchanged = 12
/** Of an answer, so much is held until it is known whether anybody will want to see it. */
const mostHeld = 16_000

/** The same way out, on which each request is written to the call that it belongs to. */
export const noted = (http: HttpOut): HttpOut => ({
  ...http,
  async request(request) {
    const exchanged = underway.getStore()?.exchanged
    if (exchanged === undefined || exchanged.length >= mostExchanged) return http.request(request)
    const kept: Exchanged = { request, status: null, answer: '' }
    exchanged.push(kept)
    try {
      const answer = await http.request(request)
      kept.status = answer.status
      kept.answer = answer.text.slice(0, mostHeld)
      return answer
    } catch (error) {
      if (error instanceof ProviderError) kept.answer = error.message
      throw error
    }
  },
})
