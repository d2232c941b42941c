import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { search } from '#modules/analytics/search.ts'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/search.ts'
import { staffOf } from './guard.server.ts'

const kinds = ['customer', 'line', 'order', 'invoice'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, rights } = await staffOf(context, request)
  const q = (new URL(request.url).searchParams.get('q') ?? '').trim().slice(0, 100)
  const hits = await transaction(shop, 'search', (tx) => search(tx, q))
  return { q, hits: hits.filter(({ kind }) => rights.has(`${kind}s:see`)) }
}

export default function SearchPage({ loaderData: { q, hits } }: Route.ComponentProps) {
  const t = useText()
  return (
    <>
      <PageHeader title={q ? t('console.search.title', { q }) : t('console.search.empty')} />
      {hits.length === 0 ? (
        <Card>
          <EmptyState title={q.length < 2 ? t('console.search.short') : t('console.search.none', { q })}>
            {t('console.search.lead')}
          </EmptyState>
        </Card>
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6 lg:grid-cols-2">
          {kinds.map((kind) => {
            const found = hits.filter((hit) => hit.kind === kind)
            return found.length === 0 ? null : (
              <Card key={kind} title={t(`console.search.${kind}`)} flush>
                <ul>
                  {found.map(({ id, title, detail }) => (
                    <li key={id} className="relative border-b border-line px-5 py-3 last:border-b-0 hover:bg-sunken">
                      <Link to={`/admin/${kind}s/${id}`} className="font-medium after:absolute after:inset-0">
                        <bdi>{title}</bdi>
                      </Link>
                      {detail === title ? null : <p className="truncate text-sm text-muted">{detail}</p>}
                    </li>
                  ))}
                </ul>
              </Card>
            )
          })}
        </div>
      )}
    </>
  )
}
