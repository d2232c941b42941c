import type { ReactNode } from 'react'

/** What opens a `details` that most people need not read: looks like a link, and is large enough for a thumb. */
export const Summary = ({ children }: { children: ReactNode }) => (
  <summary className="inline-flex min-h-11 cursor-pointer items-center text-sm text-brand hover:underline sm:min-h-6">
    {children}
  </summary>
)
