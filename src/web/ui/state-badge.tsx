import { clsx } from 'clsx'
import { textOr } from '#web/i18n/translate.ts'
import { exactTime } from './format.tsx'
import { usePage } from './page-context.tsx'
import { type StateOf, toneOf } from './states.ts'
import { toneSoft } from './tone.ts'

/**
 * Dot and word, and on pointing or tapping the reason and the time: `<StateBadge of="order" state="delayed" reason={…}
 * at={…} />`. Where there is room, write the reason beside it as text too.
 */
export function StateBadge({
  of,
  state,
  reason,
  at,
  className,
}: {
  of: StateOf
  state: string
  reason?: string | null | undefined
  /** Since when, RFC 3339. */
  at?: string | null | undefined
  className?: string
}) {
  const page = usePage()
  const word = textOr(page.t, `state.${of}.${state}`, state.replaceAll('_', ' '))
  const since = at ? exactTime(at, page) : null
  const title = [reason, since].filter(Boolean).join(' · ')
  return (
    <span
      title={title || undefined}
      className={clsx(
        'inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        toneSoft[toneOf(of, state)],
        className,
      )}
    >
      <span aria-hidden="true" className="size-1.5 rounded-full bg-current" />
      {word}
      {title ? <span className="sr-only">: {title}</span> : null}
    </span>
  )
}
