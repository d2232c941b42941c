import type { ReactNode } from 'react'

/**
 * A part of a plain page that renews itself until it is settled: `events` is the address of its server-sent events (null: it
 * is only asked for), `version` anything that changes with its content, `settled` ends it. `title` becomes the document's.
 * Without a script the page reloads each second, unless `reload` is false: where somebody fills in a form meanwhile.
 */
export function LiveRegion({
  id,
  events,
  version,
  settled,
  title,
  reload = true,
  children,
}: {
  id: string
  events: string | null
  version: string
  settled: boolean
  title?: string
  reload?: boolean
  children: ReactNode
}) {
  return (
    <>
      {settled || !reload ? null : (
        <noscript>
          <meta httpEquiv="refresh" content="1" />
        </noscript>
      )}
      <div
        id={id}
        aria-live="polite"
        data-live={settled ? undefined : (events ?? '')}
        data-version={version}
        data-title={title}
      >
        {children}
      </div>
    </>
  )
}
