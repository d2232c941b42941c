import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useLocation } from 'react-router'
import { LinkButton } from './button.tsx'
import { Count } from './format.tsx'
import { listHref } from './list-query.ts'
import { useText } from './page-context.tsx'

/** `about`: how many there are, as the database guesses; `exact` when it was counted. Cursors are null at the ends. */
export type PageInfo = { next: string | null; previous: string | null; about?: number; exact?: boolean }

/** Earlier and later pages of a list, by cursor: nothing is skipped or shown twice while rows are added. */
export function Pager({ page }: { page: PageInfo }) {
  const t = useText()
  const { search } = useLocation()
  if (!page.next && !page.previous && page.about === undefined) return null
  return (
    <nav
      aria-label={t('ui.pager.label')}
      className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-5 py-3 text-sm text-muted"
    >
      <span>
        {page.about === undefined ? null : (
          <>
            {page.exact ? '' : `${t('ui.pager.about')} `}
            <Count value={page.about} />
          </>
        )}
      </span>
      <span className="flex gap-2">
        {page.previous ? (
          <LinkButton
            dense
            to={listHref(search, { before: page.previous, after: null })}
            icon={<ChevronLeft aria-hidden="true" className="size-4 rtl:-scale-x-100" />}
          >
            {t('ui.pager.previous')}
          </LinkButton>
        ) : null}
        {page.next ? (
          <LinkButton dense to={listHref(search, { after: page.next, before: null })}>
            {t('ui.pager.next')}
            <ChevronRight aria-hidden="true" className="size-4 rtl:-scale-x-100" />
          </LinkButton>
        ) : null}
      </span>
    </nav>
  )
}
