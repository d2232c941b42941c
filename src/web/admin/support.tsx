import { Form } from 'react-router'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActButton } from './act.tsx'
import type { readSupport } from './support.server.ts'

type Support = NonNullable<Awaited<ReturnType<typeof readSupport>>>

/** Whether people of the businesses above may work here, and who did. */
export function Support({ support: { parent, open, times }, change }: { support: Support; change: boolean }) {
  const t = useText()
  return (
    <Card title={t('console.support.title')}>
      <p className="mb-4 text-muted">{t('console.support.lead', { name: parent })}</p>
      {change ? (
        <Form method="post" className="flex flex-wrap items-end justify-between gap-4">
          <Switch key={String(open)} name="open" label={t('console.support.open')} defaultChecked={open} />
          <Button name="act" value="support">
            {t('console.support.save')}
          </Button>
        </Form>
      ) : null}
      {times.length === 0 ? null : (
        <>
          <h3 className="mt-6 mb-2 text-sm font-semibold">{t('console.support.here')}</h3>
          <ul className="divide-y divide-line">
            {times.map((each) => (
              <Time key={each.id} time={each} change={change} />
            ))}
          </ul>
        </>
      )}
    </Card>
  )
}

function Time({ time, change }: { time: Support['times'][number]; change: boolean }) {
  const t = useText()
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <span className="min-w-0">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          <bdi className="break-words">{`${time.name} (${time.from})`}</bdi>
          {time.inside ? <Badge tone="warn">{t('console.support.inside')}</Badge> : null}
        </span>
        <span className="block text-sm break-words text-muted">
          <When at={time.at} as="exact" /> · {time.reason}
        </span>
      </span>
      {time.inside && change ? (
        <ActButton act="send_out" look="quiet" fields={{ id: time.id }}>
          {t('console.support.end')}
        </ActButton>
      ) : null}
    </li>
  )
}
