import { publicIncidents } from '#modules/lines/incidents.ts'
import { isAfter } from '#platform/time.ts'
import { webOf } from '#web/context.ts'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/status.ts'
import { Narrow, Store } from './frame.tsx'
import { read, shopOf } from './shop.server.ts'

export const handle = { plain: true }

/** How long what is over can be read. */
const days = 14

/** What does not work, in the operator's sentences: for everybody, so it names no panel and no customer. */
export async function loader({ context }: Route.LoaderArgs) {
  const shop = await shopOf(webOf(context))
  const now = shop.now()
  const found = await read(shop, (tx) => publicIncidents(tx, now, days))
  return {
    incidents: found.map(({ id, sentence, starts, ends, decision }) => ({
      id,
      sentence,
      starts: starts.toString(),
      ends: ends?.toString() ?? null,
      lasts: ends === null || isAfter(ends, now),
      madeGood: decision === 'compensate',
    })),
  }
}

export default function Status({ loaderData: { incidents } }: Route.ComponentProps) {
  const t = useText()
  const [now, lately] = [incidents.filter(({ lasts }) => lasts), incidents.filter(({ lasts }) => !lasts)]
  return (
    <Store>
      <Narrow>
        <PageHeader title={t('status.title')} description={t('status.lead')} />
        {now.length === 0 ? (
          <Card>
            <EmptyState title={t('status.fine')}>{t('status.fine.lead')}</EmptyState>
          </Card>
        ) : (
          <Card title={t('status.now')}>
            <ul className="flex flex-col gap-5">
              {now.map(({ id, sentence, starts, ends }) => (
                <li key={id}>
                  <p className="font-medium break-words">{sentence}</p>
                  <p className="text-muted">
                    {t('status.since')} <When at={starts} as="exact" />
                    {ends ? (
                      <>
                        {' · '}
                        {t('status.until')} <When at={ends} as="exact" />
                      </>
                    ) : null}
                  </p>
                  <p className="text-muted">{t('status.kept')}</p>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {lately.length === 0 ? null : (
          <Card title={t('status.lately')}>
            <ul className="flex flex-col gap-5">
              {lately.map(({ id, sentence, starts, ends, madeGood }) => (
                <li key={id}>
                  <p className="break-words">{sentence}</p>
                  <p className="text-muted">
                    {t('status.from')} <When at={starts} as="exact" /> {t('status.to')}{' '}
                    <When at={ends ?? starts} as="exact" />
                  </p>
                  {madeGood ? <p className="text-muted">{t('status.good')}</p> : null}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Narrow>
    </Store>
  )
}
