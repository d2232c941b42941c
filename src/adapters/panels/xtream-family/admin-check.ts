/** Proves address, key and rights before an operator relies on them; every failure is told with what to do about it. */
import { ProviderError } from '#platform/errors.ts'
import { toText } from '../normalize.ts'
import type { PanelCheck } from '../panel.ts'
import type { AdminSettings } from './admin-settings.ts'
import { type Call, refusal, type Verdict } from './call.ts'
import { isRow, rowsOf } from './row.ts'

export async function checkConnection(settings: AdminSettings, call: Call): Promise<PanelCheck> {
  const verdict = await whoAmI(settings, call)
  await canReadTables(call)
  const user = isRow(verdict.data) ? verdict.data : {}
  const name = toText(user.username)
  const zone = toText(user.timezone)
  return {
    detail: name ? `Signed in as ${name}.` : 'Signed in.',
    version: null,
    notes:
      zone && zone !== settings.time_zone
        ? [`The API user's time zone is ${zone}; these settings say ${settings.time_zone}.`]
        : [],
  }
}

async function whoAmI(settings: AdminSettings, call: Call): Promise<Verdict> {
  try {
    const verdict = await call('user_info', { writes: false })
    if (verdict.success) return verdict
    throw call.trouble.unusable(
      `user_info: the panel answered ${verdict.word}; the API key must belong to an enabled administrator`,
    )
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    if (error.code === 'answer_html' || error.code === 'answer_unreadable') {
      throw call.trouble.unusable(
        'user_info: no API answers there; the access code must be of type Admin API',
        'misconfigured',
      )
    }
    if (error.kind === 'auth_failed' && settings.credentials_in === 'body' && (await worksByQuery(call))) {
      throw call.trouble.unusable(
        'user_info: this panel reads the API key only from the query; change "Send the API key in"',
        'misconfigured',
      )
    }
    throw error
  }
}

async function worksByQuery(call: Call): Promise<boolean> {
  try {
    return (await call('user_info', { writes: false, keyIn: 'query' })).success
  } catch (error) {
    if (error instanceof ProviderError) return false
    throw error
  }
}

/** Without tables no line can be looked up, and so none be made safely. Some builds answer them with `null`. */
async function canReadTables(call: Call): Promise<void> {
  const fields = [
    ['start', '0'],
    ['limit', '1'],
  ] as const
  try {
    const verdict = await call('get_lines', { fields, writes: false, list: true })
    if (!verdict.success) throw refusal(call, 'get_lines', verdict)
    if (!rowsOf(verdict.data))
      throw call.trouble.unusable('get_lines: the panel does not list its lines', 'unsupported')
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind === 'auth_failed') throw error
    if (error.kind === 'rejected' || error.code.startsWith('answer_')) {
      throw call.trouble.unusable(`${error.message}; without the right to list lines none can be looked up`, error.code)
    }
    throw error
  }
}
