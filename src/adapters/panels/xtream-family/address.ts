/** The address of a panel's API, as people paste it. */
import { z } from 'zod'

/** Strips what people paste along with the address of a folder: script, query, fragment. Ends in a slash. */
export function folderAddress(text: string, script: RegExp): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  url.search = ''
  url.hash = ''
  url.pathname = `${url.pathname.replace(script, '').replace(/\/+$/, '')}/`
  return url.href
}

/** An address field; `fault` says what else is wrong with a well-formed one, or null. */
export const addressField = (normal: (text: string) => string, fault: (url: URL) => string | null = () => null) =>
  z
    .string()
    .trim()
    .max(500)
    .overwrite(normal)
    .superRefine((text, context) => {
      const message = faultOf(text) ?? fault(new URL(text))
      if (message !== null) context.addIssue({ code: 'custom', message })
    })

function faultOf(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'must begin with http:// or https://'
  return url.username === '' && url.password === '' ? null : 'must not hold a user name or password'
}

/** The family's newer panels answer in the folder of an access code. */
export const accessCodeAddress = addressField(
  (text) => folderAddress(text, /\/index\.php$/),
  (url) => (url.pathname === '/' ? 'must end with the access code, as in http://panel.example:8080/k3Fa9xQp/' : null),
)
