/** One sentence that survives a redirect, in a cookie that lives a minute and is taken away by the page that shows it. */
import { redirect } from 'react-router'
import type { TextKey } from '#web/i18n/translate.ts'

export type FlashMessage = {
  key: string
  tone: 'good' | 'info' | 'warn' | 'bad'
  values: Record<string, string | number>
}

/** After success: `return redirectWith('/admin/plans', 'console.plans.saved', { values: { name } })`. */
export function redirectWith(
  to: string,
  key: TextKey,
  more: { tone?: FlashMessage['tone']; values?: FlashMessage['values'] } = {},
): Response {
  const message: FlashMessage = { key, tone: more.tone ?? 'good', values: more.values ?? {} }
  return redirect(to, {
    status: 303,
    headers: {
      'set-cookie': `flash=${encodeURIComponent(JSON.stringify(message))}; Path=/; Max-Age=60; SameSite=Lax; HttpOnly`,
    },
  })
}

export const flashGone = 'flash=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly'

/** What the cookie says; null for anything that we did not write. */
export function readFlash(cookie: string | null): FlashMessage | null {
  if (!cookie) return null
  try {
    const { key, tone, values } = JSON.parse(cookie) as FlashMessage
    return typeof key === 'string' &&
      ['good', 'info', 'warn', 'bad'].includes(tone) &&
      typeof values === 'object' &&
      values !== null
      ? { key, tone, values }
      : null
  } catch {
    return null
  }
}
