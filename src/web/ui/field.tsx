import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'
import { useText } from './page-context.tsx'

/** What a control needs to be tied to its label, hint and error. */
export type ControlProps = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }

/**
 * A label above its control, a hint below, an error below that. The control is made by the caller with the props that tie
 * it: `<Field label={t('…')} error={failure?.errors.email}>{(tied) => <Input {...tied} name="email" />}</Field>`.
 */
export function Field({
  label,
  hint,
  error,
  optional = false,
  className,
  children,
}: {
  label: string
  hint?: ReactNode
  error?: string | undefined
  /** Says so beside the label; required fields are the rule and carry no mark. */
  optional?: boolean
  className?: string
  children: (control: ControlProps) => ReactNode
}) {
  const t = useText()
  const id = useId()
  const described = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter((each) => each !== null).join(' ')
  return (
    <div className={clsx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
        {optional ? <span className="font-normal text-muted"> {t('ui.field.optional')}</span> : null}
      </label>
      {children({ id, ...(described && { 'aria-describedby': described }), ...(error && { 'aria-invalid': true }) })}
      {hint ? (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      ) : null}
      {error ? <ErrorText id={`${id}-error`}>{error}</ErrorText> : null}
    </div>
  )
}

/** A group of controls with one question above: radio cards, several checkboxes. */
export function FieldGroup({
  legend,
  hint,
  error,
  children,
}: {
  legend: string
  hint?: ReactNode
  error?: string | undefined
  children: ReactNode
}) {
  const id = useId()
  const described = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter((each) => each !== null).join(' ')
  return (
    <fieldset
      className="m-0 flex min-w-0 flex-col gap-2 border-0 p-0"
      {...(described && { 'aria-describedby': described })}
    >
      <legend className="mb-1.5 p-0 font-medium">{legend}</legend>
      {hint ? (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      ) : null}
      {children}
      {error ? <ErrorText id={`${id}-error`}>{error}</ErrorText> : null}
    </fieldset>
  )
}

function ErrorText({ id, children }: { id: string; children: string }) {
  return (
    <p id={id} className="flex gap-1.5 text-sm font-medium text-bad">
      <span aria-hidden="true">⚠</span>
      {children}
    </p>
  )
}
