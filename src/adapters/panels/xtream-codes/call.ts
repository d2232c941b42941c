/**
 * One call of `api.php`. Nothing is signed: the panel knows us by our address, and from any other it answers with nothing, a page
 * or 404. A real failure can look the same, so it is asked once more for something that an allowed caller always gets.
 */
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { isSuccess } from '../normalize.ts'
import { judgeStatus, readBody } from '../reply.ts'
import { isRow, type Row } from '../xtream-family/row.ts'
import { type Trouble, troubleOf } from '../xtream-family/trouble.ts'

export const provider = 'xtream_codes'

export type Fields = ReadonlyArray<readonly [string, string]>
export type Verdict = { success: boolean; error: string; reply: Row }
export type XtreamCall = {
  (sub: 'create' | 'edit' | 'info', fields: Fields): Promise<Verdict>
  /** Throws `auth_failed` where our address is not allowed. */
  listServers(): Promise<unknown[]>
  trouble: Trouble
}

export function openXtreamCall(settings: { url: string }, http: HttpOut): XtreamCall {
  const trouble = troubleOf(provider)

  async function ask(action: string, sub: string, fields: Fields | null): Promise<object> {
    const url = `${settings.url}api.php?action=${action}&sub=${sub}`
    const writes = sub === 'create' || sub === 'edit'
    const name = `${action}/${sub}`
    const answer = await http.request({
      provider,
      method: fields ? 'POST' : 'GET',
      url,
      headers: { accept: 'application/json' },
      ...(fields ? { form: fields } : {}),
      writes,
    })
    judgeStatus(provider, answer, { url, writes, action: name })
    const body = readBody(answer.text)
    if (body.kind === 'json') return body.value
    throw new ProviderError(provider, writes ? 'ambiguous' : 'unavailable', `${name}: ${whatCame[body.kind]}`, {
      code: `answer_${body.kind}`,
    })
  }

  async function listServers(): Promise<unknown[]> {
    try {
      const servers = await ask('server', 'list', null)
      if (Array.isArray(servers)) return servers
      throw trouble.unusable('server/list: this is not the API of Xtream Codes', 'misconfigured')
    } catch (error) {
      if (isSilence(error)) throw notAllowed(error)
      throw error
    }
  }

  async function user(sub: 'create' | 'edit' | 'info', fields: Fields): Promise<Verdict> {
    try {
      return verdictOf(sub, await ask('user', sub, fields))
    } catch (error) {
      // Whoever is not allowed is answered alike whatever he asks: then nothing was done either.
      if (isSilence(error)) await refusedAltogether()
      throw error
    }
  }

  async function refusedAltogether(): Promise<void> {
    await listServers().catch((error: unknown) => {
      if (error instanceof ProviderError && error.kind === 'auth_failed') throw error
    })
  }

  function verdictOf(sub: string, reply: object): Verdict {
    if (!isRow(reply) || (reply.result === undefined && reply.status === undefined)) {
      const kind = sub === 'info' ? 'unavailable' : 'ambiguous'
      throw new ProviderError(provider, kind, `user/${sub}: an answer without a verdict`, { code: 'answer_unreadable' })
    }
    const error = [reply.error, reply.message].find((each) => typeof each === 'string')
    return { success: isSuccess(reply.result ?? reply.status), error: typeof error === 'string' ? error : '', reply }
  }

  return Object.assign(user, { listServers, trouble })
}

const whatCame = {
  html: 'a web page instead of an answer',
  empty: 'nothing instead of an answer',
  unreadable: 'something unreadable instead of an answer',
} as const

const isSilence = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && ['answer_html', 'answer_empty', 'misconfigured'].includes(error.code)

const notAllowed = (error: ProviderError) =>
  new ProviderError(
    provider,
    'auth_failed',
    "The panel does not answer its API to this server: add this server's address to General Settings → API Settings → allowed IPs, and check address and port",
    { code: 'misconfigured', cause: error },
  )

/** Texts of failures are not documented: they are told apart by their words, and what is not known is a refusal. */
export function refusal(sub: string, { error }: Verdict, secrets: readonly string[], trouble: Trouble): ProviderError {
  const code = /not[ _]?(exist|found)/i.test(error)
    ? 'not_found'
    : /exist/i.test(error)
      ? 'username_taken'
      : 'invalid_input'
  const words = /^[\w .,:-]{1,80}$/.test(error) && !secrets.some((each) => error.includes(each)) ? error : 'no reason'
  return trouble.refused(code, `user/${sub}: the panel refused with ${words}`)
}
