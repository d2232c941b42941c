import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { TextKey } from '#web/i18n/translate.ts'
import { LinkButton } from '../ui/button.tsx'
import { Count, dateText, moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { LineView } from './line-view.ts'

/** One line: how it stands and why, how long still, and the one button. */
export function LineCard({ line }: { line: LineView }) {
  const page = usePage()
  const { t } = page
  const reason = t(line.reason.key, { date: line.reason.at === null ? '' : dateText(line.reason.at, page) })
  return (
    <article className="rounded-card border border-line bg-surface">
      <div className="flex flex-col gap-5 p-5 sm:flex-row sm:items-start sm:justify-between">
        <div className="flex min-w-0 flex-col gap-2">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h2 className="min-w-0 text-xl font-semibold break-words">{line.planName}</h2>
            <StateBadge of="subscription" state={line.state} reason={reason} />
          </div>
          <bdi className="code self-start text-muted">{line.name}</bdi>
          <p className="max-w-prose">{reason}</p>
        </div>
        <MainButton line={line} />
      </div>
      <LineFacts line={line} />
      <Discount line={line} />
      <NewPrice line={line} />
      <WhatComes line={line} />
      {line.hasLogin || line.changesPlan || line.addOns || line.cancels ? (
        <div className="flex flex-wrap gap-3 border-t border-line px-5 py-3">
          {line.hasLogin ? (
            <LinkButton to={`/account/lines/${line.id}/login`}>
              {t('portal.line.login')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
          {line.changesPlan ? (
            <LinkButton look="quiet" to={`/account/lines/${line.id}/plan`}>
              {t('life.plan.link')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
          {line.addOns ? (
            <LinkButton look="quiet" to={`/account/lines/${line.id}/add-ons`}>
              {t(line.extra === 0 ? 'life.addOns.link.first' : 'life.addOns.link')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
          {line.pauses ? (
            <LinkButton look="quiet" to={`/account/lines/${line.id}/pause`}>
              {t(line.pauses === 'pause' ? 'life.pause.link' : 'life.pause.goOn.link')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
          {line.groups ? (
            <LinkButton look="quiet" to={`/account/lines/${line.id}/together`}>
              {t('life.household.link')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
          {line.cancels ? (
            <LinkButton look="quiet" to={`/account/lines/${line.id}/cancel`}>
              {t('life.cancel.link')}
              <span className="sr-only"> ({line.name})</span>
            </LinkButton>
          ) : null}
        </div>
      ) : null}
    </article>
  )
}

/** What a coupon still takes off, and when it ends. */
function Discount({ line: { discount } }: { line: LineView }) {
  const page = usePage()
  if (discount === null) return null
  const { code, amount, left } = discount
  const said = { code, amount: moneyText(amount, page), count: left ?? 0 }
  const lasts = left === null ? 'always' : left === 0 ? 'last' : 'more'
  return (
    <p className="border-t border-line px-5 py-3">
      {page.t(code === '' ? `portal.discount.${lasts}` : `portal.coupon.${lasts}`, said)}
    </p>
  )
}

/** An announced price is said here before it is asked. */
function NewPrice({ line: { id, name, newPrice } }: { line: LineView }) {
  const page = usePage()
  if (newPrice === null) return null
  const said = {
    date: dateText(newPrice.at, page),
    amount: moneyText(newPrice.new, page),
    old: moneyText(newPrice.old, page),
  }
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line bg-brand-soft px-5 py-3">
      <p className="max-w-prose min-w-0">{page.t(newPrice.key, said)}</p>
      <LinkButton to={`/account/lines/${id}/price`}>
        {page.t('portal.price.link')}
        <span className="sr-only"> ({name})</span>
      </LinkButton>
    </div>
  )
}

/** What happens next by itself and when: so that nobody has to ask. */
function WhatComes({ line }: { line: LineView }) {
  const page = usePage()
  const { t } = page
  const said = (key: TextKey, at: string | null) => t(key, { date: at === null ? '' : dateText(at, page) })
  if (line.next.length === 0 && line.kept === null) return null
  return (
    <details className="group border-t border-line px-5 py-3">
      <summary className="flex min-h-11 cursor-pointer items-center font-medium sm:min-h-6">
        {t('portal.next.title')}
        <span className="sr-only"> ({line.name})</span>
      </summary>
      {line.kept === null ? null : <p className="mt-2 max-w-prose">{said(line.kept.key, line.kept.at)}</p>}
      <ol className="mt-2 flex flex-col gap-1.5 pb-2">
        {line.next.map(({ key, at }) => (
          <li key={`${key}/${at}`} className="flex flex-wrap justify-between gap-x-4">
            <span className="min-w-0 max-w-full break-words">{said(key, at)}</span>
            <span className="text-muted">
              <When at={at} as="exact" />
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}

function LineFacts({ line }: { line: LineView }) {
  const { t } = usePage()
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-4 border-t border-line px-5 py-4 sm:grid-cols-3">
      <Fact label={t('portal.line.time')}>
        <TimeLeft line={line} />
      </Fact>
      <Fact label={t('portal.line.connections')}>
        {t('portal.line.allowed', { count: line.connections })}
        {line.connections === line.fullConnections ? null : (
          <span className="block text-sm text-muted">
            {t('portal.line.restricted', { count: line.fullConnections })}
          </span>
        )}
        {line.extra === 0 ? null : (
          <span className="block text-sm text-muted">{t('portal.line.extra', { count: line.extra })}</span>
        )}
        {line.inUse === null ? null : (
          <span className="block text-sm text-muted">
            <Count value={line.inUse.count} /> {t('portal.line.inUse')}, <When at={line.inUse.at} />
          </span>
        )}
      </Fact>
      <Fact label={t('portal.line.autoRenew')}>
        {t(!line.renews ? 'portal.line.doesNotRenew' : line.autoRenew ? 'portal.on' : 'portal.off')}
        {line.renews ? (
          <Link
            to={`/account/lines/${line.id}/auto-renew`}
            className="ms-3 inline-flex min-h-11 items-center text-brand underline sm:min-h-6"
          >
            {t(line.autoRenew ? 'portal.line.switchOff' : 'portal.line.switchOn')}
            <span className="sr-only"> ({line.name})</span>
          </Link>
        ) : null}
        {line.together === 0 ? null : (
          <span className="block text-sm text-muted">{t('life.household.with', { count: line.together })}</span>
        )}
      </Fact>
    </dl>
  )
}

const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-sm text-muted">{label}</dt>
    <dd className="m-0">{children}</dd>
  </div>
)

/** "12 days left, until 28 Nov 2026"; on the last day with the hour. */
function TimeLeft({ line: { daysLeft, endsAt } }: { line: LineView }) {
  const { t } = usePage()
  if (daysLeft === null)
    return (
      <>
        {t('portal.line.ended')} <When at={endsAt} as="date" />
      </>
    )
  return (
    <>
      {daysLeft === 0 ? t('portal.line.lastDay') : t('portal.line.daysLeft', { count: daysLeft })}
      <span className="block text-sm text-muted">
        {t('portal.line.until')} <When at={endsAt} as={daysLeft === 0 ? 'exact' : 'date'} />
      </span>
    </>
  )
}

function MainButton({ line: { id, act, price, urgent, name } }: { line: LineView }) {
  const page = usePage()
  const { t } = page
  const look = urgent ? 'primary' : 'secondary'
  if (act === 'plans')
    return (
      <LinkButton look={look} to="/plans" className="shrink-0">
        {t('portal.act.plans')}
      </LinkButton>
    )
  return (
    <LinkButton look={look} to={`/account/lines/${id}/renew`} className="shrink-0">
      {t(`portal.act.${act}`, { amount: moneyText(price, page) })}
      <span className="sr-only"> ({name})</span>
    </LinkButton>
  )
}
