import '../i18n/areas/staff.ts'
import { useLocation } from 'react-router'
import { transaction } from '#app.ts'
import { staffById } from '#modules/analytics/names.ts'
import { listEvents } from '#modules/events/queries.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Pager } from '../ui/pager.tsx'
import type { Route } from './+types/activity.ts'
import { filterOf, readActivity, spans } from './activity.server.ts'
import { eventTypes } from './event-types.ts'
import { staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readPage } from './list-page.server.ts'

/** What happened in the whole business; `q` is the id of a record. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'audit:see')
  const query = readActivity(request.url)
  return transaction(shop, 'read-activity', async (tx) => {
    const filter = filterOf(query, shop)
    const { rows, page } = await readPage(query, async (each) =>
      (await listEvents(tx, filter, each)).map((event) => ({ ...event, createdAt: event.at })),
    )
    return {
      query,
      page,
      days: spans,
      events: rows.map(({ id, at, type, actor, subjectType, subjectId, data, address }) => ({
        id,
        at: at.toString(),
        type,
        actor,
        subjectType,
        subjectId,
        data,
        address,
      })),
      names: Object.fromEntries(await staffById(tx)),
    }
  })
}

/** Kinds of actors, as events name them. */
const kinds = ['staff', 'key', 'customer', 'rule', 'system'] as const

export default function ActivityPage({ loaderData: { query, page, days, events, names } }: Route.ComponentProps) {
  const t = useText()
  const { search } = useLocation()
  const people = Object.entries(names)
    .filter(([id]) => id.startsWith('mem_'))
    .map(([id, name]) => ({ value: `staff:${id}`, label: name }))
  return (
    <>
      <PageHeader
        title={t('console.activity.title')}
        description={t('console.activity.lead')}
        actions={
          <LinkButton reload to={`/admin/activity.csv${search}`}>
            {t('console.activity.csv')}
          </LinkButton>
        }
      />
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
            {
              name: 'actor',
              label: t('console.activity.who'),
              options: [...kinds.map((kind) => ({ value: kind, label: t(`console.activity.by.${kind}`) })), ...people],
            },
            {
              name: 'days',
              label: t('console.activity.when'),
              options: days.map((each) => ({
                value: each,
                label: t('console.activity.days', { count: Number(each) }),
              })),
            },
          ]}
        />
      </div>
      <Card flush>
        <div className="p-5">
          <History events={events} names={names} audit />
        </div>
        <Pager page={page} />
      </Card>
    </>
  )
}
