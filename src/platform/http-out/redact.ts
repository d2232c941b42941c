/** What may be written down of a request or an answer. Keys, TV logins and M3U addresses live in queries and echoed bodies. */

/** A box signs in by it. */
const macAddress = /(?:[0-9a-f]{2}(?::|%3a|-)){5}[0-9a-f]{2}/gi

/** Scheme, host and path; the query, the fragment and a user part are dropped, and the address of a box in the path. */
export function redactUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return '[address]'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname.replaceAll(macAddress, '[mac]')}`
}

/** `text` with every secret replaced, also in its percent-encoded forms, cut to `limit` characters. */
export function redactBody(text: string, secrets: readonly string[], limit = 500): string {
  const forms = new Set(
    secrets
      .filter((secret) => secret.length >= 3)
      .flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        formEncoded(secret),
        JSON.stringify(secret).slice(1, -1),
      ]),
  )
  // The longest first, so that a secret which contains another leaves no tail.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const clean = longestFirst.reduce((rest, form) => rest.split(form).join('[redacted]'), text)
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean
}

const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
