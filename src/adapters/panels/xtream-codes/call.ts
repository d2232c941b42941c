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
type Sub = 'create' | 'edit' | 'info'
export type XtreamCall = {
  (sub: Sub, fields: Fields): Promise<Verdict>
  /** The same for boxes that sign in by their MAC address. */
  stb(sub: Sub, fields: Fields): Promise<Verdict>
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

  const callsOf =
    (action: 'user' | 'stb') =>
    async (sub: Sub, fields: Fields): Promise<Verdict> => {
      try {
        return verdictOf(`${action}/${sub}`, sub, await ask(action, sub, fields))
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

  function verdictOf(name: string, sub: Sub, reply: object): Verdict {
    if (!isRow(reply) || (reply.result === undefined && reply.status === undefined)) {
      const kind = sub === 'info' ? 'unavailable' : 'ambiguous'
      throw new ProviderError(provider, kind, `${name}: an answer without a verdict`, { code: 'answer_unreadable' })
    }
    const error = [reply.error, reply.message].find((each) => typeof each === 'string')
    return { success: isSuccess(reply.result ?? reply.status), error: typeof error === 'string' ? error : '', reply }
  }

  return Object.assign(callsOf('user'), { stb: callsOf('stb'), listServers, trouble })
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
export function refusal(name: string, { error }: Verdict, secrets: readonly string[], trouble: Trouble): ProviderError {
  const taken = name.startsWith('stb/') ? 'mac_taken' : 'username_taken'
  const code = /not[ _]?(exist|found)/i.test(error) ? 'not_found' : /exist/i.test(error) ? taken : 'invalid_input'
  const words = /^[\w .,:-]{1,80}$/.test(error) && !secrets.some((each) => error.includes(each)) ? error : 'no reason'
  return trouble.refused(code, `${name}: the panel refused with ${words}`)
}
