import { useActionData } from 'react-router'
import type { Failure } from '#web/failure.ts'
import { saying } from '#web/i18n/saying.ts'
import { Alert } from './alert.tsx'
import { usePage } from './page-context.tsx'

/** What the action of this page refused, or null: `const failure = useFailure()`. It is said in the language of the page. */
export function useFailure(): Failure | null {
  const answer: unknown = useActionData()
  const { locale } = usePage()
  if (!isFailure(answer)) return null
  const errors = Object.entries(answer.errors).map(([name, text]) => [name, saying(locale, text)])
  return { ...answer, message: saying(locale, answer.message), errors: Object.fromEntries(errors) }
}

/** The summary on top of a refused form; focus goes there. Errors beside the fields come from `Field`. */
export function FormErrors({ failure }: { failure: Failure | null }) {
  if (!failure) return null
  // Two empty fields have the same sentence; which they are stands beside them.
  const errors = [...new Set(Object.values(failure.errors))]
  return (
    // biome-ignore lint/a11y/noAutofocus: the page was reloaded because of this message, and it says what to do next
    <div role="alert" tabIndex={-1} autoFocus data-focus>
      <Alert tone="bad" title={failure.message}>
        {errors.length > 0 ? (
          <ul className="list-disc ps-5">
            {errors.map((error) => (
              <li key={error}>{error}</li>
            ))}
          </ul>
        ) : null}
      </Alert>
    </div>
  )
}

export const isFailure = (answer: unknown): answer is Failure =>
  typeof answer === 'object' && answer !== null && 'failed' in answer && answer.failed === true
