import { type ReactNode, useId } from 'react'

/** A word on pointing at something or reaching it with Tab; never the only place where it is said. */
export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  const id = useId()
  return (
    <span className="group relative inline-flex" aria-describedby={id}>
      {children}
      <span
        id={id}
        role="tooltip"
        className="motion pointer-events-none invisible absolute start-1/2 bottom-full z-30 mb-1.5 -translate-x-1/2 rounded-control bg-ink px-2 py-1 text-xs whitespace-nowrap text-bg opacity-0 group-focus-within:visible group-focus-within:opacity-100 group-hover:visible group-hover:opacity-100 rtl:translate-x-1/2"
      >
        {text}
      </span>
    </span>
  )
}
