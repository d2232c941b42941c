/**
 * A refused form. An action returns it with its status (422 for fields), the page is rendered again, and `useFailure`
 * hands it to the fields. Actions may build it with `failure`, or just let a `Refusal` fly: the handler makes one of it.
 */
import { data } from 'react-router'
import { type Refusal, type RefusalCode, refusals } from '#platform/errors.ts'

export type Failure = {
  failed: true
  code: string
  /** For the summary on top of the form. */
  message: string
  /** Name of field → sentence. */
  errors: Record<string, string>
  /** What was typed, to be shown again; never secrets. */
  values: Record<string, string>
}

/** What an error page knows: thrown as a response, so that the router does not hide it. */
export type PageError = { code: string; message: string | null; requestId: string }

/** `return failure({ email: 'Please enter …' }, form)`: 422 with the errors beside the fields and all values kept. */
export function failure(
  errors: Record<string, string>,
  form: FormData,
  message: string = 'Please check the marked fields.',
) {
  return data<Failure>(
    { failed: true, code: 'invalid_input', message, errors, values: valuesOf(form) },
    { status: 422 },
  )
}

/** The text fields of a form, without those that hold secrets. */
export function valuesOf(form: FormData): Record<string, string> {
  const texts = [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts.filter(([name]) => !/password|secret|token|api_?key|card|cvc/i.test(name)))
}

// Nothing to mend in the form for these: the whole page is refused.
const wholePage: ReadonlySet<RefusalCode> = new Set(['unauthenticated', 'forbidden', 'not_found', 'method_not_allowed'])

/** What a refusal in an action becomes: the form again where its values can be mended, else null (an error page). */
export function failureOf(refusal: Refusal, form: FormData | null) {
  if (wholePage.has(refusal.code) || !form) return null
  const errors = Object.fromEntries(refusal.fields.map((field) => [nameOf(field.pointer), field.detail]))
  const { status } = refusals[refusal.code]
  return data<Failure>(
    { failed: true, code: refusal.code, message: refusal.message, errors, values: valuesOf(form) },
    { status },
  )
}

/** `/address/zip` is the field `address.zip`. */
const nameOf = (pointer: string): string =>
  pointer.replace(/^\//, '').replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
