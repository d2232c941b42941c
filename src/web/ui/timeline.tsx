import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { When } from './format.tsx'
import { useText } from './page-context.tsx'
import { type Tone, toneSoft } from './tone.ts'

export type Happening = {
  id: string
  at: string
  title: ReactNode
  detail?: ReactNode
  actor?: string | null
  tone?: Tone
  icon?: ReactNode
}

/** What happened, newest first: what, who, when, and why where it is known. */
export function Timeline({ items }: { items: readonly Happening[] }) {
  const t = useText()
  if (items.length === 0) return <p className="text-muted">{t('ui.timeline.none')}</p>
  return (
    <ol className="flex flex-col">
      {items.map(({ id, at, title, detail, actor, tone = 'none', icon }) => (
        <li key={id} className="group relative flex gap-3 pb-5 last:pb-0">
          <span aria-hidden="true" className="absolute start-3.5 top-8 -bottom-1 w-px bg-line group-last:hidden" />
          <span
            aria-hidden="true"
            className={clsx(
              'flex size-7 shrink-0 items-center justify-center rounded-full [&_svg]:size-3.5',
              toneSoft[tone],
            )}
          >
            {icon ?? <span className="size-2 rounded-full bg-current" />}
          </span>
          <div className="min-w-0 flex-1 pt-0.5">
            <p className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="font-medium">{title}</span>
              <span className="text-sm text-muted">
                <When at={at} />
                {actor ? ` · ${actor}` : null}
              </span>
            </p>
            {detail ? <div className="text-muted">{detail}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  )
}
