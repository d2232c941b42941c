import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { definitions, templateKeys } from '#modules/messages/render/definitions.ts'
import { ownTemplates } from '#modules/messages/templates.ts'
import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/templates.ts'
import { staffOf } from './guard.server.ts'
import { MessageTabs } from './message-tabs.tsx'

const groups = ['order', 'plan', 'account', 'staff'] as const

/** Every text there is, by what it is about. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'messages:see')
  const own = new Map((await transaction(shop, 'read-templates', ownTemplates)).map((each) => [each.key, each]))
  return {
    groups: groups.map((group) => ({
      group,
      templates: templateKeys
        .filter((key) => definitions[key].why === group)
        .map((key) => ({
          key,
          title: definitions[key].title,
          changedAt: own.get(key)?.createdAt.toString() ?? null,
        })),
    })),
  }
}

export default function TemplatesPage({ loaderData: { groups: found } }: Route.ComponentProps) {
  const t = useText()
  return (
    <>
      <PageHeader title={t('console.messages.title')} />
      <MessageTabs />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-2">
        {found.map(({ group, templates }) => (
          <Card key={group} title={t(`console.templates.group.${group}`)} flush>
            <ul>
              {templates.map(({ key, title, changedAt }) => (
                <li
                  key={key}
                  className="motion relative flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-5 py-2 last:border-b-0 hover:bg-sunken"
                >
                  <Link
                    to={`/admin/messages/templates/${key}`}
                    className="font-medium after:absolute after:inset-0 hover:underline"
                  >
                    {title}
                  </Link>
                  {changedAt ? (
                    <span className="flex items-center gap-2 text-sm text-muted">
                      <When at={changedAt} as="date" />
                      <Badge tone="brand">{t('console.templates.own')}</Badge>
                    </span>
                  ) : (
                    <span className="text-sm text-muted">{t('console.templates.builtIn')}</span>
                  )}
                </li>
              ))}
            </ul>
          </Card>
        ))}
      </div>
    </>
  )
}
