import { guideFor, isDeviceKind } from '#modules/messages/guides.ts'
import { Refusal } from '#platform/errors.ts'
import { webOf } from '#web/context.ts'
import { Card } from '../ui/card.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/guide.ts'
import { Narrow, Store } from './frame.tsx'

export const handle = { plain: true }

/** Both spellings of an address work: people type them off a screen. */
export function loader({ context, params }: Route.LoaderArgs) {
  const device = params.device.replaceAll('-', '_')
  if (!isDeviceKind(device)) throw new Refusal('not_found', 'There is no guide for this device.')
  return guideFor(device, webOf(context).locale)
}

/** One device, step by step; large enough to read from a sofa, and one sheet of paper when printed. */
export default function Guide({ loaderData: guide }: Route.ComponentProps) {
  const { t, business, basePath } = usePage()
  return (
    <Store>
      <Narrow>
        <PageHeader
          title={t('store.guide.title', { device: guide.title })}
          description={guide.summary}
          back={{ to: '/help', label: t('store.guide.back') }}
        />
        <ol className="flex flex-col gap-4">
          {guide.steps.map(({ title, detail, fields }, index) => (
            <li key={title} className="flex gap-4 rounded-card border border-line bg-surface p-5">
              <span
                aria-hidden="true"
                className="flex size-9 shrink-0 items-center justify-center rounded-full bg-brand-soft text-lg font-semibold text-brand"
              >
                {index + 1}
              </span>
              <div className="flex min-w-0 flex-col gap-2 text-lg">
                <h2 className="pt-1 font-semibold">{title}</h2>
                <p>{detail}</p>
                {fields.length > 0 ? (
                  <ul className="flex flex-wrap gap-2">
                    {fields.map(({ label }) => (
                      <li key={label} className="rounded-control bg-sunken px-3 py-1 text-base">
                        {label}
                      </li>
                    ))}
                  </ul>
                ) : null}
              </div>
            </li>
          ))}
        </ol>
        <p className="text-muted">
          {t('store.guide.where')}{' '}
          <a href={`${basePath}/account`} className="text-brand underline">
            {t('store.nav.account')}
          </a>
        </p>
        <Card title={t('store.guide.trouble')}>
          <dl className="flex flex-col gap-4">
            {guide.trouble.map(({ problem, answer }) => (
              <div key={problem}>
                <dt className="font-medium">{problem}</dt>
                <dd className="text-muted">{answer}</dd>
              </div>
            ))}
          </dl>
        </Card>
        {business?.supportEmail ? (
          <p className="text-muted">
            {t('store.guide.support')}{' '}
            <a href={`mailto:${business.supportEmail}`} className="text-brand underline">
              {business.supportEmail}
            </a>
          </p>
        ) : null}
      </Narrow>
    </Store>
  )
}
