import { transaction } from '#app.ts'
import { mailState } from '#modules/messages/mail-settings.ts'
import { countLost, listMessages } from '#modules/messages/queries.ts'
import { definitions, templateKeys } from '#modules/messages/render/definitions.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/messages.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { titleOfTemplate } from './message.server.ts'
import { MessageTabs } from './message-tabs.tsx'
import { sinceOf } from './since.server.ts'
import { spanFilter, spans } from './spans.ts'

const states = ['queued', 'sending', 'sent', 'failed', 'not_delivered', 'expired'] as const

/** The delivery log: what left, what the transport said, what did not reach anybody. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'messages:see')
  const query = readList(request.url, {
    sorts: [],
    defaultSort: '',
    filters: { state: states, template: templateKeys, since: spans },
  })
  return transaction(shop, 'read-messages', async (tx) => {
    const { state, template, since } = query.filters
    const filter = { status: state, template, search: query.q || undefined, since: sinceOf(shop, since) }
    const { rows, page } = await readPage(query, (each) => listMessages(tx, filter, each))
    return {
      query,
      page,
      mail: await mailState(tx, shop),
      lost: await countLost(tx, shop.now().subtract({ hours: 7 * 24 })),
      templates: templateKeys.map((key) => ({ value: key, label: definitions[key].title })),
      rows: rows.map(({ id, template, to, subject, status, answer, createdAt, acceptedAt }) => ({
        ...{ id, to, subject, status, answer },
        title: titleOfTemplate(template),
        createdAt: createdAt.toString(),
        acceptedAt: acceptedAt?.toString() ?? null,
      })),
    }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function MessagesPage({ loaderData }: Route.ComponentProps) {
  const { query, rows, page, templates, mail, lost } = loaderData
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'what',
      header: t('console.messages.what'),
      cell: (row) => <span className="break-words">{row.subject ?? row.title}</span>,
    },
    { id: 'to', header: t('console.messages.to'), cell: (row) => <bdi className="break-all">{row.to}</bdi> },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="message" state={row.status} reason={row.answer} />,
    },
    {
      id: 'answer',
      header: t('console.messages.answer'),
      cell: (row) => <span className="line-clamp-2 text-sm break-words text-muted">{row.answer ?? '–'}</span>,
      wide: true,
    },
    {
      id: 'at',
      header: t('console.messages.at'),
      cell: (row) => (
        <span className="whitespace-nowrap">
          <When at={row.acceptedAt ?? row.createdAt} />
        </span>
      ),
    },
  ]
  return (
    <>
      <PageHeader title={t('console.messages.title')} />
      <MessageTabs />
      <div className="mb-4 flex flex-col gap-4">
        {mail === 'none' ? (
          <Alert
            tone="bad"
            title={t('console.messages.noMail')}
            actions={<LinkButton to="/admin/mail">{t('console.messages.setUpMail')}</LinkButton>}
          >
            {t('console.messages.noMail.lead')}
          </Alert>
        ) : null}
        {lost.length > 0 && query.filters.state === undefined ? (
          <Alert
            tone="bad"
            title={t('console.messages.undelivered', { count: lost.reduce((sum, { count }) => sum + count, 0) })}
            actions={lost.map(({ status, count }) => (
              <LinkButton key={status} to={`?state=${status}`}>
                {t(`state.message.${status}`)}: {count}
              </LinkButton>
            ))}
          />
        ) : null}
        <FilterBar
          query={query}
          search={t('console.messages.search')}
          filters={[
            {
              name: 'state',
              label: t('console.list.state'),
              options: states.map((state) => ({ value: state, label: t(`state.message.${state}`) })),
            },
            { name: 'template', label: t('console.messages.kind'), options: templates },
            spanFilter(t),
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.messages.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/messages/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.messages.none')}>{t('console.messages.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
