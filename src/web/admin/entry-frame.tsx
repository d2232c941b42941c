import type { ReactNode } from 'react'
import { Banner } from '../ui/alert.tsx'
import { Flash } from '../ui/flash.tsx'
import { usePage } from '../ui/page-context.tsx'
import { ThemeToggle } from '../ui/theme-toggle.tsx'
import { Title } from '../ui/title.tsx'

/** The pages before the console: one question in the middle. */
export function EntryFrame({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const { t, demo } = usePage()
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <Title>{title}</Title>
      <header>
        {demo ? <Banner tone="info">{t('ui.demo')}</Banner> : null}
        <div className="flex items-center justify-between px-5 py-3">
          <span className="text-lg font-semibold">Linekeeper</span>
          <ThemeToggle />
        </div>
      </header>
      <main className="mx-auto flex w-full max-w-104 flex-1 flex-col justify-center px-5 pt-4 pb-24">
        <Flash />
        <div className="rounded-card border border-line bg-surface p-6 sm:p-8">
          <h1 className="text-2xl font-semibold">{title}</h1>
          {lead ? <p className="mt-1 text-muted">{lead}</p> : null}
          <div className="mt-6 flex flex-col gap-5">{children}</div>
        </div>
      </main>
    </div>
  )
}
