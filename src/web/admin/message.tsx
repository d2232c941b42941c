import '../i18n/areas/twin.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { resend } from '#modules/messages/queue-message.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Summary } from '../ui/summary.tsx'
import type { Route } from './+types/message.ts'
import { ActButton } from './act.tsx'
import { CustomerLink } from './customer-link.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readMessageRecord } from './message.server.ts'
import { newFormKey, once } from './once.server.ts'
import { subjectHref } from './sentence-of.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'messages:see')
  return { ...(await readMessageRecord(shop, params.id)), formKey: newFormKey() }
}

/** Sends it again as a message of its own, with the facts as they are now. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'messages:change')
  if (form.get('act') !== 'resend') throw new Refusal('bad_request', 'This page has no such act.')
  await readMessageRecord(shop, params.id)
  await once(shop, request, form, (open) =>
    transaction(open, 'resend-message', async (tx) => {
      if (!(await resend(tx, open, params.id, open.now())))
        throw new Refusal('conflict', 'There is nobody to send this to any more.')
    }),
  )
  return redirectWith('/admin/messages', 'console.message.resent')
}

export default function MessagePage({ loaderData }: Route.ComponentProps) {
  const { message, about, customer, events, names, formKey, inTwin, caught } = loaderData
  const t = useText()
  const may = useMay()
  const lost = message.status === 'not_delivered' || message.status === 'failed'
  // A link that signs in is mailed anew by who asks for it.
  const again = message.template !== 'magic_link' && message.kind !== 'staff'
  return (
    <>
      <PageHeader
        title={message.subject ?? message.title}
        badge={<StateBadge of="message" state={message.status} />}
        back={{ to: '/admin/messages', label: t('console.messages.title') }}
        actions={
          again && may('messages:change') ? (
            <ActButton act="resend" look={lost ? 'primary' : 'secondary'} fields={{ form_key: formKey }}>
              {t('console.message.resend')}
            </ActButton>
          ) : null
        }
      />
      <FormErrors failure={useFailure()} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {lost ? (
            <Alert tone="bad" title={t('console.message.lost')}>
              {message.answer}
            </Alert>
          ) : null}
          <Card title={t('console.message.delivery')}>
            <DescriptionList
              items={[
                { label: t('console.messages.to'), value: <bdi className="break-all">{message.to}</bdi> },
                { label: t('console.message.said'), value: message.answer },
                { label: t('console.message.tries'), value: String(message.tries) },
                { label: t('console.message.made'), value: <When at={message.createdAt} as="exact" /> },
                {
                  label: t('console.message.accepted'),
                  value: message.acceptedAt ? <When at={message.acceptedAt} as="exact" /> : t('console.message.notYet'),
                },
                {
                  label: t('console.message.nextTry'),
                  value: message.nextTryAt ? <When at={message.nextTryAt} as="both" /> : null,
                },
                { label: 'Message-ID', value: message.id, code: true },
              ]}
            />
          </Card>
          {inTwin && message.status === 'sent' ? <CaughtMail mail={caught} /> : null}
          <Card title={t('console.invoice.history')}>
            <History events={events} names={names} here={message.id} />
          </Card>
        </div>
        <Card title={t('console.message.about')}>
          <DescriptionList
            items={[
              {
                label: t('console.messages.kind'),
                value: message.known ? (
                  <Link to={`/admin/messages/templates/${message.template}`} className="text-brand hover:underline">
                    {message.title}
                  </Link>
                ) : (
                  message.title
                ),
              },
              {
                label: t('console.invoices.customer'),
                value: customer ? <CustomerLink customer={customer} /> : null,
              },
              ...about.map(({ kind, id }) => {
                const href = subjectHref(kind, id)
                return {
                  label: kind.charAt(0).toUpperCase() + kind.slice(1),
                  value: href ? (
                    <Link to={href} className="code text-brand hover:underline">
                      {id}
                    </Link>
                  ) : (
                    <span className="code">{id}</span>
                  ),
                }
              }),
            ]}
          />
        </Card>
      </div>
    </>
  )
}

/** What would have been mailed; in a frame with the page's policy, where no script runs. */
function CaughtMail({ mail }: { mail: Route.ComponentProps['loaderData']['caught'] }) {
  const t = useText()
  return (
    <Card title={t('console.twin.caught')}>
      <p className="mb-4 text-muted">{t(mail === null ? 'console.twin.caught.none' : 'console.twin.caught.lead')}</p>
      {mail === null ? null : (
        <>
          <iframe
            title={t('console.twin.caught')}
            srcDoc={mail.html}
            sandbox=""
            className="h-160 w-full max-w-full rounded-control border border-line bg-white"
          />
          <details className="mt-4">
            <Summary>{t('console.twin.caught.text')}</Summary>
            <pre className="mt-2 text-sm break-words whitespace-pre-wrap">{mail.text}</pre>
          </details>
        </>
      )}
    </Card>
  )
}
