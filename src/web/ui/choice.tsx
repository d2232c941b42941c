import { clsx } from 'clsx'
import { type ComponentProps, type ReactNode, useId } from 'react'

type BoxProps = Omit<ComponentProps<'input'>, 'type' | 'children'> & {
  label: ReactNode
  hint?: ReactNode
  error?: string | undefined
}

/** One yes or no that is sent with its form. */
export function Checkbox({ label, hint, error, className, ...rest }: BoxProps) {
  return (
    <Box label={label} hint={hint} error={error} className={className}>
      {(tied) => <input {...rest} {...tied} type="checkbox" className="mt-0.5 tick size-5 shrink-0" />}
    </Box>
  )
}

/** A checkbox for a thing that is on or off. It too is sent with its form: nothing switches behind your back. */
export function Switch({ label, hint, error, className, ...rest }: BoxProps) {
  return (
    <Box label={label} hint={hint} error={error} className={className} indent="ps-12">
      {(tied) => (
        <span className="relative mt-0.5 inline-flex shrink-0">
          <input
            {...rest}
            {...tied}
            type="checkbox"
            className="peer motion h-5 w-9 appearance-none rounded-full border border-line-strong bg-sunken checked:border-brand checked:bg-brand"
          />
          <span
            aria-hidden="true"
            className="motion pointer-events-none absolute start-1 top-1 size-3 rounded-full bg-line-strong peer-checked:start-5 peer-checked:bg-on-brand"
          />
        </span>
      )}
    </Box>
  )
}

/** Choices big enough for a thumb, each with a line of explanation. `name` is the field. */
export function RadioCards({
  name,
  options,
  defaultValue,
  columns = 1,
  required,
}: {
  name: string
  options: readonly { value: string; label: ReactNode; hint?: ReactNode; aside?: ReactNode; disabled?: boolean }[]
  defaultValue?: string | undefined
  columns?: 1 | 2 | 3
  required?: boolean
}) {
  return (
    <div
      className={clsx(
        'grid grid-cols-[minmax(0,1fr)] gap-2',
        columns > 1 && 'sm:grid-cols-2',
        columns === 3 && 'lg:grid-cols-3',
      )}
    >
      {options.map(({ value, label, hint, aside, disabled }) => (
        <label
          key={value}
          className="motion flex items-start gap-3 rounded-card border border-line-strong bg-surface p-4 hover:bg-sunken has-checked:border-brand has-checked:bg-brand-soft has-disabled:cursor-not-allowed has-disabled:opacity-55"
        >
          <input
            type="radio"
            name={name}
            value={value}
            defaultChecked={value === defaultValue}
            required={required}
            disabled={disabled}
            className="mt-0.5 tick size-5 shrink-0"
          />
          <span className="min-w-0 flex-1">
            <span className="block font-medium">{label}</span>
            {hint ? <span className="block text-sm text-muted">{hint}</span> : null}
          </span>
          {aside ? <span className="shrink-0 text-end font-medium">{aside}</span> : null}
        </label>
      ))}
    </div>
  )
}

function Box({
  label,
  hint,
  error,
  className,
  indent = 'ps-8',
  children,
}: Pick<BoxProps, 'label' | 'hint' | 'error' | 'className'> & {
  /** The width of the control: the hint stands under the label. */
  indent?: string

  children: (tied: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}) {
  const id = useId()
  const described = hint || error ? { 'aria-describedby': `${id}-told` } : {}
  return (
    <div className={clsx('flex flex-col gap-1', className)}>
      <label htmlFor={id} className="flex items-start gap-3 py-0.5 pointer-coarse:py-3">
        {children({ id, ...described, ...(error && { 'aria-invalid': true }) })}
        <span>{label}</span>
      </label>
      {hint || error ? (
        <p id={`${id}-told`} className={clsx(indent, 'text-sm', error ? 'font-medium text-bad' : 'text-muted')}>
          {error ?? hint}
        </p>
      ) : null}
    </div>
  )
}
