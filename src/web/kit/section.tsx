import type { ReactNode } from 'react'
import { Card } from '../ui/card.tsx'

/** One piece of the kit and its states. */
export function Section({ title, flush = false, children }: { title: string; flush?: boolean; children: ReactNode }) {
  return (
    <Card title={title} flush={flush} className="mb-6">
      {flush ? children : <div className="flex flex-col gap-4">{children}</div>}
    </Card>
  )
}

export const Row = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap items-center gap-3">{children}</div>
)
export const Columns = ({ children }: { children: ReactNode }) => (
  <div className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-5 *:mb-0! md:grid-cols-2">{children}</div>
)
