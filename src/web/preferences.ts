import { redirect } from 'react-router'
import { locales } from '#web/i18n/locale.ts'
import type { Route } from './+types/preferences.ts'

const year = 365 * 24 * 60 * 60

/** Theme and language, kept in cookies. A plain form posts here and comes back to where it was, with or without scripts. */
export async function action({ request }: Route.ActionArgs) {
  const form = await request.formData()
  const headers = new Headers()
  const keep = (name: string, value: string) =>
    headers.append('set-cookie', `${name}=${value}; Path=/; Max-Age=${value === 'system' ? 0 : year}; SameSite=Lax`)

  const theme = form.get('theme')
  if (theme === 'light' || theme === 'dark' || theme === 'system') keep('theme', theme)
  const language = locales.find((each) => each === form.get('lang'))
  if (language) keep('lang', language)

  return redirect(ownPath(form.get('back')), { status: 303, headers })
}

/** A link that somebody sent must not lead away from here after the click. */
function ownPath(back: FormDataEntryValue | null): string {
  if (typeof back !== 'string') return '/'
  const url = new URL(back, 'http://here.invalid')
  return url.origin === 'http://here.invalid' && back.startsWith('/') ? url.pathname + url.search : '/'
}
