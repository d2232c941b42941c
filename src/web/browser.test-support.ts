/** A browser without scripts for tests: keeps cookies, sends forms, follows nothing by itself. */
import { expect } from 'vitest'

export function browserOf(origin: string, answer: (request: Request) => Promise<Response>) {
  const jar = new Map<string, string>()
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '))
    const response = await answer(new Request(origin + path, { ...init, headers }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line) || value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    jar,
    get: (path: string) => send(path),
    /** A form with a file. */
    upload: (path: string, body: FormData) => send(path, { method: 'POST', body, headers: { origin } }),
    post: (path: string, fields: Record<string, string> = {}, from = origin) =>
      send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: from } }),
    /** Fails for anything but 200, as does `text`. */
    async html(path: string): Promise<string> {
      const response = await send(path)
      expect(response.status, path).toBe(200)
      return response.text()
    },
    /** The page's text without markup. */
    async text(path: string): Promise<string> {
      return plain(await this.html(path))
    },
  }
}

/** Text of a page as people read it: no scripts, no markup. */
export const plain = (html: string): string =>
  html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
