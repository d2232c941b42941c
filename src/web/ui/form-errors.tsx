import { useActionData } from 'react-router'
import type { Failure } from '#web/failure.ts'
import { Alert } from './alert.tsx'

/** What the action of this page refused, or null: `const failure = useFailure()`. */
export function useFailure(): Failure | null {
  const answer: unknown = useActionData()
  return isFailure(answer) ? answer : null
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
