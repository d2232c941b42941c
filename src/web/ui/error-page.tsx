import { clsx } from 'clsx'
import { saying } from '#web/i18n/saying.ts'
import { textOr } from '#web/i18n/translate.ts'
import { LinkButton } from './button.tsx'
import { usePage } from './page-context.tsx'
import { Title } from './title.tsx'

/** A page that could not be shown: what happened, a way on, and what to tell support: the request's id, and the code unless it says no more than the title. */
export function ErrorPage({
  status,
  code,
  message,
  requestId,
  home,
  framed = false,
}: {
  status: number
  code: string
  message: string | null
  requestId: string | null
  home: string
  /** Within a shell, which has the `main` of the page. */
  framed?: boolean
}) {
  const Frame = framed ? 'div' : 'main'
  const { t, locale } = usePage()
  const title = textOr(t, `ui.error.${code}`, t(status >= 500 ? 'ui.error.internal' : 'ui.error.refused'))
  return (
    <Frame className={clsx('mx-auto flex max-w-xl flex-col justify-center gap-4 px-6 py-16', !framed && 'min-h-dvh')}>
      <Title>{title}</Title>
      <p className="font-medium text-brand">{status}</p>
      <h1 className="text-3xl font-semibold">{title}</h1>
      <p className="text-lg text-muted">
        {message === null ? textOr(t, `ui.error.${code}.help`, t('ui.error.help')) : saying(locale, message)}
      </p>
      <p className="mt-2">
        <LinkButton look="primary" to={home} reload>
          {t('ui.error.home')}
        </LinkButton>
      </p>
      <ForSupport code={status === 404 ? null : code} requestId={requestId} />
    </Frame>
  )
}

function ForSupport({ code, requestId }: { code: string | null; requestId: string | null }) {
  const { t } = usePage()
  return (
    <dl className="mt-6 flex flex-wrap gap-x-8 gap-y-1 border-t border-line pt-4 text-sm text-muted">
      {code ? (
        <div className="flex gap-2">
          <dt>{t('ui.error.code')}</dt>
          <dd className="code text-ink">{code}</dd>
        </div>
      ) : null}
      {requestId ? (
        <div className="flex gap-2">
          <dt>{t('ui.error.request')}</dt>
          <dd className="code text-ink">{requestId}</dd>
        </div>
      ) : null}
    </dl>
  )
}
