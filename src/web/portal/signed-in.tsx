import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

export type ShownSession = {
  id: string
  browser: string | null
  system: string | null
  address: string
  signedInAt: string
  lastSeenAt: string
  /** The one that looks at the page. */
  own: boolean
}

/** Where one is signed in; each of the others can be ended, or all at once. */
export function SignedIn({ sessions }: { sessions: readonly ShownSession[] }) {
  const t = useText()
  return (
    <Card
      title={t('portal.security.sessions')}
      flush
      actions={
        sessions.length > 1 ? (
          <form method="post">
            <Button dense name="act" value="end_others">
              {t('portal.security.endOthers')}
            </Button>
          </form>
        ) : null
      }
    >
      <ul className="divide-y divide-line">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
            <Device session={session} />
            {session.own ? (
              <Badge tone="good">{t('portal.security.thisDevice')}</Badge>
            ) : (
              <form method="post">
                <input type="hidden" name="session" value={session.id} />
                <Button dense name="act" value="end">
                  {t('portal.security.end')}
                </Button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Device({ session: { browser, system, address, lastSeenAt } }: { session: ShownSession }) {
  const t = useText()
  const name =
    browser !== null && system !== null
      ? t('portal.security.device', { browser, system })
      : (browser ?? system ?? t('portal.security.unknownDevice'))
  return (
    <div className="min-w-0">
      <p className="font-medium">{name}</p>
      <p className="text-sm text-muted">
        {t('portal.security.lastSeen')} <When at={lastSeenAt} />
        {address === '' ? null : (
          <>
            {' · '}
            <bdi>{address}</bdi>
          </>
        )}
      </p>
    </div>
  )
}
