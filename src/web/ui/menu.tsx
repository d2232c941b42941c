import { clsx } from 'clsx'
import { ChevronDown } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { buttonClass, type LinkTarget, TargetLink } from './button.tsx'

/** A button that shows more actions. It is a disclosure and needs no script; Escape and a click beside it close it where there is one. */
export function Menu({
  label,
  icon,
  align = 'start',
  children,
}: {
  label: string
  icon?: ReactNode
  align?: 'start' | 'end'
  children: ReactNode
}) {
  return (
    <details data-menu className="relative">
      <summary
        aria-label={icon ? label : undefined}
        title={icon ? label : undefined}
        className={clsx(buttonClass({ look: icon ? 'quiet' : 'secondary' }), icon && 'px-2!')}
      >
        {icon ?? label}
        {icon ? null : <ChevronDown aria-hidden="true" className="size-4" />}
      </summary>
      <div
        className={clsx(
          'absolute z-30 mt-1 min-w-48 rounded-card border border-line bg-surface p-1 shadow-floating',
          align === 'end' ? 'end-0' : 'start-0',
        )}
      >
        {children}
      </div>
    </details>
  )
}

const itemClass =
  'motion flex min-h-9 w-full items-center gap-2 rounded-control px-3 text-start whitespace-nowrap hover:bg-sunken'

/** An entry that leads somewhere. */
export function MenuLink({ children, ...target }: LinkTarget & { children: ReactNode }) {
  return (
    <TargetLink {...target} className={itemClass}>
      {children}
    </TargetLink>
  )
}

/** An entry that does something: the submit button of the form around the menu, or of its own through `form`. */
export function MenuButton({ danger = false, className, ...rest }: ComponentProps<'button'> & { danger?: boolean }) {
  return <button type="submit" {...rest} className={clsx(itemClass, danger && 'text-bad', className)} />
}
