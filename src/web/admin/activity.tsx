import { transaction } from '#app.ts'
import { staffById } from '#modules/analytics/names.ts'
import { listEvents } from '#modules/events/queries.ts'
import { Card } from '../ui/card.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Pager } from '../ui/pager.tsx'
import type { Route } from './+types/activity.ts'
import { eventTypes } from './event-types.ts'
import { staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readPage } from './list-page.server.ts'

/** What happened in the whole business; `q` is the id of a record. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'audit:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { type: eventTypes } })
  return transaction(shop, 'read-activity', async (tx) => {
    const filter = { type: query.filters.type, subjectId: query.q || undefined }
    const { rows, page } = await readPage(query, async (each) =>
      (await listEvents(tx, filter, each)).map((event) => ({ ...event, createdAt: event.at })),
    )
    return {
      query,
      page,
      events: rows.map(({ id, at, type, actor, subjectType, subjectId, data }) => ({
        id,
        at: at.toString(),
        type,
        actor,
        subjectType,
        subjectId,
        data,
      })),
      names: Object.fromEntries(await staffById(tx)),
    }
  })
}

export default function ActivityPage({ loaderData: { query, page, events, names } }: Route.ComponentProps) {
  const t = useText()
  return (
    <>
      <PageHeader title={t('console.activity.title')} description={t('console.activity.lead')} />
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.activity.search')}
          filters={[
            {
              name: 'type',
              label: t('console.activity.what'),
              options: eventTypes.map((type) => ({ value: type, label: t(`console.event.${type}`) })),
            },
          ]}
        />
      </div>
      <Card flush>
        <div className="p-5">
          <History events={events} names={names} />
        </div>
        <Pager page={page} />
      </Card>
    </>
  )
}
