import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, IconButton, LinkButton } from './button.tsx'
import { useText } from './page-context.tsx'

/**
 * A modal dialog and the button that opens it. The browser's own: it keeps focus inside, closes on Escape and gives focus
 * back. Opened by `command`, without any script where browsers know it, by our wiring elsewhere.
 */
export function Dialog({
  id,
  trigger,
  title,
  look = 'secondary',
  children,
}: {
  id: string
  trigger: ReactNode
  title: string
  look?: 'primary' | 'secondary' | 'danger' | 'quiet'
  children: ReactNode
}) {
  const t = useText()
  return (
    <>
      <Button type="button" look={look} {...commands('show-modal', id)}>
        {trigger}
      </Button>
      <dialog
        id={id}
        aria-labelledby={`${id}-title`}
        className="m-auto text-start w-[min(32rem,calc(100vw-2rem))] rounded-card border border-line bg-surface p-0 shadow-floating backdrop:bg-[rgb(0_0_0/0.45)]"
      >
        <header className="flex items-start justify-between gap-4 px-5 pt-4">
          <h2 id={`${id}-title`} className="pt-1 text-xl font-semibold">
            {title}
          </h2>
          <IconButton label={t('ui.close')} {...commands('close', id)}>
            <X aria-hidden="true" className="size-5" />
          </IconButton>
        </header>
        <div className="px-5 pt-2 pb-5">{children}</div>
      </dialog>
    </>
  )
}

/** The attributes of a button that opens or closes a dialog. */
export const commands = (command: 'show-modal' | 'close', id: string): Record<string, string> => ({
  command,
  commandfor: id,
})

/**
 * The body of a question before something is lost: consequence, and two buttons that name both ways. It stands in a Dialog,
 * or on a page of its own (with `title`), so that a link to it works without a script. `typed` asks for a name to be typed:
 * only where more than one line or any money is lost.
 */
export function Confirm({
  title,
  confirm,
  keep,
  danger = true,
  action,
  fields = {},
  typed,
  children,
}: {
  title?: string
  confirm: string
  /** Where the other way leads; in a dialog its id. */
  keep: { label: string; to: string } | { label: string; dialog: string }
  danger?: boolean
  action?: string
  fields?: Record<string, string>
  typed?: { label: string; text: string }
  children: ReactNode
}) {
  return (
    <form method="post" action={action} className="flex flex-col gap-4">
      {title ? <h1 className="text-2xl font-semibold">{title}</h1> : null}
      <div className="text-muted">{children}</div>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {typed ? (
        <label className="flex flex-col gap-1.5 font-medium">
          {typed.label}
          <input
            name="typed"
            required
            pattern={escaped(typed.text)}
            autoComplete="off"
            className="code min-h-(--control) rounded-control border border-line-strong bg-surface px-3 font-normal"
          />
        </label>
      ) : null}
      <div className="flex flex-wrap justify-end gap-2">
        {'to' in keep ? (
          <LinkButton to={keep.to}>{keep.label}</LinkButton>
        ) : (
          <Button type="button" {...commands('close', keep.dialog)}>
            {keep.label}
          </Button>
        )}
        <Button look={danger ? 'danger' : 'primary'}>{confirm}</Button>
      </div>
    </form>
  )
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
