/** What a request brings, read by the schemas of its route: faults are told all together, each beside its field. */
import type { FieldError } from '#platform/errors.ts'
import { Refusal } from '#platform/errors.ts'
import { parseJson, pointerPart } from './json.ts'
import { absent } from './problem.ts'
import type { Route } from './route.ts'
import type { z } from './schemas.ts'

export function readParams(route: Route, params: Record<string, string>): unknown {
  const parsed = route.params.safeParse(params)
  if (!parsed.success) throw new Refusal('not_found', absent)
  return parsed.data
}

export function readQuery(route: Route, url: URL): unknown {
  const entries = [...url.searchParams]
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index)
  if (twice !== undefined) throw new Refusal('bad_request', `"${twice[0].slice(0, 40)}" stands twice in the query.`)
  const parsed = route.query.safeParse(Object.fromEntries(entries))
  if (!parsed.success)
    throw new Refusal('invalid_input', 'The query is not valid.', fieldErrors(parsed.error.issues, '/query'))
  return parsed.data
}

/** An absent body is an empty object; any other must say that it is JSON. */
export function readBody(route: Route, contentType: string | null, bytes: Uint8Array): unknown {
  if (route.body === null) return {}
  if (bytes.length > 0 && !/^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i.test(contentType ?? ''))
    throw new Refusal('unsupported_media_type', 'Send JSON with Content-Type: application/json.')
  const value = bytes.length === 0 ? {} : parseJson(bytes)
  const parsed = route.body.safeParse(value)
  if (!parsed.success)
    throw new Refusal('invalid_input', 'Some fields are not valid.', fieldErrors(parsed.error.issues, ''))
  return parsed.data
}

type Issue = z.core.$ZodIssue

/** An unknown field is pointed at itself, so that a typo is seen at once. */
function fieldErrors(issues: readonly Issue[], root: string): FieldError[] {
  return issues.flatMap((issue) => {
    const pointer = [root, ...issue.path.map((part) => `/${pointerPart(part)}`)].join('')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        pointer: `${pointer}/${pointerPart(key)}`,
        code: 'unknown_field',
        detail: 'There is no such field here.',
      }))
    return [
      {
        pointer,
        code: issue.code === 'invalid_type' && issue.input === undefined ? 'required' : issue.code,
        detail: issue.message,
      },
    ]
  })
}
