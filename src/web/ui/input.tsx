import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

export const controlClass =
  'motion w-full min-w-0 rounded-control border border-line-strong bg-surface px-3 text-ink placeholder:text-muted hover:border-ink aria-invalid:border-bad disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted'

/** One line of text. `code` for logins, addresses and keys: fixed width, never mirrored, no spelling marks. */
export function Input({ code = false, className, ...rest }: ComponentProps<'input'> & { code?: boolean }) {
  const exact = code ? { spellCheck: false, autoCapitalize: 'none', autoCorrect: 'off', dir: 'ltr' } : {}
  return (
    <input
      type="text"
      {...exact}
      {...rest}
      className={clsx(controlClass, 'min-h-(--control) read-only:bg-sunken', code && 'code', className)}
    />
  )
}

/** Several lines of text. */
export function Textarea({ className, rows = 4, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={rows} {...rest} className={clsx(controlClass, 'py-2', className)} />
}

export type Option = { value: string; label: string; disabled?: boolean }

/** The browser's own select: works everywhere, also with a remote control. `empty` is the choice of nothing. */
export function Select({
  options,
  empty,
  className,
  ...rest
}: Omit<ComponentProps<'select'>, 'children'> & { options: readonly Option[]; empty?: string }) {
  return (
    <span className={clsx('relative block', className)}>
      <select {...rest} className={clsx(controlClass, 'min-h-(--control) appearance-none pe-9')}>
        {empty === undefined ? null : <option value="">{empty}</option>}
        {options.map(({ value, label, disabled }) => (
          <option key={value} value={value} disabled={disabled}>
            {label}
          </option>
        ))}
      </select>
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        className="pointer-events-none absolute end-3 top-1/2 size-4 -translate-y-1/2 text-muted"
      >
        <path d="m4 6 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </svg>
    </span>
  )
}

/** A control with something fixed before or behind it in the same frame: a currency, a unit, a button. */
export function Affixed({ before, after, children }: { before?: ReactNode; after?: ReactNode; children: ReactNode }) {
  return (
    <span className="flex items-stretch gap-2">
      {before ? <span className="flex items-center text-muted">{before}</span> : null}
      <span className="min-w-0 flex-1">{children}</span>
      {after ? <span className="flex items-center text-muted">{after}</span> : null}
    </span>
  )
}
