import { Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Form, Link, useLocation } from 'react-router'
import { Button } from './button.tsx'
import { Input, type Option, Select } from './input.tsx'
import { type ListQuery, listHref } from './list-query.ts'
import { useText } from './page-context.tsx'

export type Filter = { name: string; label: string; options: readonly Option[] }

/** Search and filters of a list as one GET form; what is set stands below as chips that take it away again. */
export function FilterBar({
  query,
  filters = [],
  search: placeholder,
  children,
}: {
  query: ListQuery
  filters?: readonly Filter[]
  search?: string
  children?: ReactNode
}) {
  const t = useText()
  const { search } = useLocation()
  const sort = new URLSearchParams(search).get('sort')
  return (
    <div className="flex flex-col gap-3">
      <Form
        method="get"
        role="search"
        aria-label={placeholder ?? t('ui.filter.apply')}
        key={search}
        className="grid grid-cols-2 items-center gap-2 sm:flex sm:flex-wrap"
      >
        {sort ? <input type="hidden" name="sort" value={sort} /> : null}
        {placeholder === undefined ? null : (
          <span className="relative col-span-2 min-w-40 flex-1 sm:max-w-80">
            <Search
              aria-hidden="true"
              className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-muted"
            />
            <Input
              type="search"
              name="q"
              defaultValue={query.q}
              placeholder={placeholder}
              aria-label={placeholder}
              className="ps-9"
            />
          </span>
        )}
        {filters.map(({ name, label, options }) => (
          <Select
            key={name}
            name={name}
            aria-label={label}
            empty={label}
            options={options}
            defaultValue={query.filters[name] ?? ''}
            className="min-w-0 sm:min-w-36"
          />
        ))}
        <Button look="secondary">{t('ui.filter.apply')}</Button>
        {children}
      </Form>
      <Chips query={query} filters={filters} search={search} />
    </div>
  )
}

function Chips({ query, filters, search }: { query: ListQuery; filters: readonly Filter[]; search: string }) {
  const t = useText()
  const chips = filters.flatMap(({ name, label, options }) => {
    const value = query.filters[name]
    return value ? [{ name, text: `${label}: ${options.find((each) => each.value === value)?.label ?? value}` }] : []
  })
  if (query.q) chips.unshift({ name: 'q', text: `“${query.q}”` })
  if (chips.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2">
      {chips.map(({ name, text }) => (
        <li key={name}>
          <Link
            to={listHref(search, { [name]: null })}
            className="motion inline-flex min-h-7 items-center gap-1.5 rounded-full bg-brand-soft px-3 text-sm text-brand hover:text-brand-hover"
          >
            {text}
            <X aria-hidden="true" className="size-3.5" />
            <span className="sr-only">{t('ui.filter.remove')}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
