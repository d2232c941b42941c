import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'
import { Link } from 'react-router'

type Look = {
  /** `primary`: at most one on a page. `danger`: loses something. `quiet`: no frame until it is pointed at. */
  look?: 'primary' | 'secondary' | 'quiet' | 'danger'
  dense?: boolean
  /** Across the whole width: phones, checkout. */
  wide?: boolean
  icon?: ReactNode
}

const looks: Record<NonNullable<Look['look']>, string> = {
  primary: 'border-transparent bg-brand text-on-brand hover:bg-brand-hover',
  secondary: 'border-line-strong bg-surface text-ink hover:bg-sunken',
  quiet: 'border-transparent text-ink hover:bg-sunken',
  danger: 'border-transparent bg-bad text-on-bad hover:opacity-90',
}

export const buttonClass = ({ look = 'secondary', dense, wide }: Look): string =>
  clsx(
    'motion inline-flex items-center justify-center gap-2 rounded-control border font-medium whitespace-nowrap no-underline',
    'disabled:cursor-not-allowed disabled:opacity-55',
    dense ? 'min-h-(--control-dense) px-3' : 'min-h-(--control) px-4',
    wide && 'w-full',
    looks[look],
  )

/** `<Button look="primary">Create line</Button>`: verb and thing. A submit button unless it says otherwise. */
export function Button({ look, dense, wide, icon, className, children, ...rest }: Look & ComponentProps<'button'>) {
  return (
    <button type="submit" {...rest} className={clsx(buttonClass(pick(look, dense, wide)), className)}>
      {icon}
      {children}
    </button>
  )
}

/** Looks like a button, is a link. `href` for addresses outside the router (files, other hosts), else `to`. */
export function LinkButton({
  look,
  dense,
  wide,
  icon,
  className,
  children,
  ...rest
}: Look & LinkTarget & { className?: string; children: ReactNode; title?: string; download?: boolean }) {
  return (
    <TargetLink {...rest} className={clsx(buttonClass(pick(look, dense, wide)), className)}>
      {icon}
      {children}
    </TargetLink>
  )
}

/** Only an icon: `label` is what a screen reader says and a pointer shows. */
export function IconButton({
  label,
  children,
  look = 'quiet',
  dense,
  className,
  ...rest
}: Look & { label: string } & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={clsx(buttonClass(pick(look, dense)), 'aspect-square shrink-0 px-0!', className)}
    >
      {children}
    </button>
  )
}

/** `to` is of this site and this face; `reload` leaves the console for a plain page or back; `href` is anywhere else. */
export type LinkTarget =
  | { to: string; href?: undefined; reload?: boolean }
  | { href: string; to?: undefined; reload?: undefined }

/** A link of the router, or an ordinary one. */
export function TargetLink({ to, href, reload, ...rest }: LinkTarget & Omit<ComponentProps<'a'>, 'href'>) {
  if (to === undefined) return <a href={href} {...rest} />
  return <Link to={to} {...(reload ? { reloadDocument: true } : {})} {...rest} />
}

const pick = (look: Look['look'], dense?: boolean, wide?: boolean): Look => ({
  ...(look && { look }),
  ...(dense && { dense }),
  ...(wide && { wide }),
})
