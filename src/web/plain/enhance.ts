/** The one script of storefront and portal. Everything works without it. */

import { answerFields } from './ask.ts'
import { keepLive } from './keep-live.ts'
import { partOf } from './part-of.ts'
import { wire } from './wire.ts'

document.documentElement.dataset.script = ''

function start(): void {
  wire()
  keepLive()
  previewTotals()
  answerFields()
  switchTheme()
  document.querySelector<HTMLElement>('[data-focus]')?.focus()
}

/**
 * A form with `data-preview` shows what the server would say to it: on a change the part of the page named by the attribute
 * is fetched again (GET, with the fields as query) and put in place. Without a script the form's "Update" button does it.
 */
function previewTotals(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-preview]')) {
    let latest = 0
    form.addEventListener('change', async () => {
      const turn = ++latest
      const fields = [...new FormData(form)].filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string' && !/password/i.test(entry[0]),
      )
      const answer = await fetch(`?${new URLSearchParams(fields)}`, { headers: { accept: 'text/html' } }).catch(
        () => null,
      )
      const text = answer?.ok ? await answer.text() : null
      if (text && turn === latest) replacePart(form.dataset.preview ?? '', text)
    })
  }
}

function replacePart(id: string, html: string): void {
  const part = document.getElementById(id)
  const fresh = partOf(html, id)
  if (part && fresh) part.replaceWith(fresh)
}

/** The same form as without a script, minus the reload. */
function switchTheme(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    const button = event.submitter
    if (!form.matches('[data-theme-form]') || !(button instanceof HTMLButtonElement)) return
    event.preventDefault()
    const data = new FormData(form, button)
    const theme = button.value
    void fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(data as unknown as Record<string, string>),
      redirect: 'manual',
    }).catch(() => form.submit())
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    document
      .querySelector('meta[name=color-scheme]')
      ?.setAttribute('content', theme === 'system' ? 'light dark' : theme)
    button.value = theme === 'system' ? 'dark' : theme === 'dark' ? 'light' : 'system'
  })
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
else start()
