import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { dateText, Money, moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { MethodChoice } from './method-choice.tsx'
import type { RenewalPage } from './renewal.server.ts'
import { termText } from './term.ts'

/** Now and then, side by side, before anything is paid. */
export function RenewalCard({ renewal }: { renewal: RenewalPage }) {
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  if (!renewal.renewable)
    return (
      <Alert
        tone="info"
        title={t('store.renew.cannot')}
        actions={<LinkButton to="/plans">{t('store.renew.plans')}</LinkButton>}
      >
        {t('store.renew.cannot.lead')}
      </Alert>
    )
  return (
    <div className="flex flex-col gap-5">
      <FormErrors failure={failure} />
      <Card title={renewal.planName} actions={<StateBadge of="subscription" state={renewal.status} />}>
        <div className="flex flex-col gap-5">
          {renewal.username ? (
            <p className="text-muted">
              {t('store.login.username')} <bdi className="code text-ink">{renewal.username}</bdi>
            </p>
          ) : null}
          <dl className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-[1fr_auto_1fr] sm:items-center">
            <End label={t(renewal.early ? 'store.renew.now' : 'store.renew.ended')} at={renewal.endsAt} />
            <span aria-hidden="true" className="hidden text-2xl text-muted sm:block rtl:-scale-x-100">
              →
            </span>
            <End label={t('store.renew.then')} at={renewal.newEndsAt} strong />
          </dl>
          <p className="text-muted">
            {renewal.part
              ? null
              : t(renewal.stopped ? 'store.renew.late' : renewal.early ? 'store.renew.early' : 'store.renew.grace', {
                  term: termText(t, renewal.term),
                  day: renewal.startsAt === null ? '' : dateText(renewal.startsAt, page),
                })}
          </p>
          {renewal.part ? <p className="text-muted">{t('store.renew.part')}</p> : null}
          {renewal.together.length > 0 ? (
            <ul className="m-0 flex list-none flex-col gap-1.5 border-t border-line p-0 pt-4">
              {renewal.together.map(({ planName, username, price }) => (
                <li key={username} className="flex flex-wrap justify-between gap-x-4">
                  <span className="min-w-0 break-words">
                    {planName} (<bdi className="code">{username}</bdi>)
                  </span>
                  <Money value={price} />
                </li>
              ))}
            </ul>
          ) : null}
          <p className="flex items-baseline justify-between border-t border-line pt-4 text-lg font-semibold">
            <span>{t('store.renew.sum')}</span>
            <Money value={renewal.price} />
          </p>
        </div>
      </Card>
      <Card title={t('store.checkout.pay')}>
        <form method="post" className="flex flex-col gap-4">
          <MethodChoice
            methods={renewal.methods}
            chosen={failure?.values.gateway}
            error={failure?.errors.gateway}
            keeps={failure?.values.save_method === 'yes'}
          />
          <Button look="primary" wide disabled={renewal.methods.length === 0}>
            {t('store.pay.button', { amount: moneyText(renewal.price, page) })}
          </Button>
        </form>
      </Card>
    </div>
  )
}

function End({ label, at, strong = false }: { label: string; at: string | null; strong?: boolean }) {
  return (
    <div className={`rounded-card p-4 ${strong ? 'bg-brand-soft' : 'bg-sunken'}`}>
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="text-lg font-semibold">{at === null ? '–' : <When at={at} as="date" />}</dd>
    </div>
  )
}
