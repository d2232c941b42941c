import { CircleCheck } from 'lucide-react'
import { Form, Link } from 'react-router'
import { textOr } from '#web/i18n/translate.ts'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { useMay } from './frame.ts'
import { subjectHref } from './sentence-of.ts'

export type AttentionItem = {
  id: string
  kind: string
  subjectType: string
  subjectId: string
  title: string
  detail: string
  severity: 'bad' | 'warn' | 'info'
  openedAt: string
}

/** What waits for a person, worst first: where to act, and "mark as done". `back` is the page to return to. */
export function AttentionList({ items, back }: { items: readonly AttentionItem[]; back: string }) {
  const t = useText()
  const may = useMay()
  if (items.length === 0)
    return (
      <EmptyState
        title={t('console.attention.none')}
        icon={<CircleCheck aria-hidden="true" className="size-5 text-good" />}
      >
        {t('console.attention.none.lead')}
      </EmptyState>
    )
  return (
    <ul className="flex flex-col">
      {items.map((item) => {
        const href = actHref(item)
        return (
          <li
            key={item.id}
            className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
          >
            <span className="w-20 shrink-0 pt-0.5 max-sm:w-full">
              <Badge tone={item.severity}>{t(`console.attention.${item.severity}`)}</Badge>
            </span>
            <div className="min-w-0 flex-1 basis-60">
              <p className="font-medium">
                {href ? (
                  <Link to={href} className="hover:underline">
                    {item.title}
                  </Link>
                ) : (
                  item.title
                )}
              </p>
              <p className="text-sm text-muted">
                {item.detail ? <span className="break-words">{item.detail} · </span> : null}
                <When at={item.openedAt} />
              </p>
            </div>
            <div className="flex shrink-0 items-center gap-2">
              {href ? (
                <LinkButton dense to={href}>
                  {textOr(t, `console.attention.act.${item.subjectType}`, t('console.attention.open'))}
                </LinkButton>
              ) : null}
              {may('orders:change') ? (
                <Form method="post" action="/admin/attention">
                  <input type="hidden" name="id" value={item.id} />
                  <input type="hidden" name="back" value={back} />
                  <Button dense look="quiet">
                    {t('console.attention.done')}
                  </Button>
                </Form>
              ) : null}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

/** Where one acts on it. Mail trouble is settled in the settings of mail. */
const actHref = ({ kind, subjectType, subjectId }: AttentionItem): string | null =>
  kind.startsWith('mail_')
    ? '/admin/settings'
    : kind === 'exchange_rate_old' || kind === 'tax_rate_missing'
      ? '/admin/exchange'
      : subjectHref(subjectType, subjectId)
