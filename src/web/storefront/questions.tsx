import { ChevronDown } from 'lucide-react'
import { Link } from 'react-router'
import { usePage } from '../ui/page-context.tsx'

/** What people ask before they buy. Answers open without a script. */
export function Questions({ refundPolicy }: { refundPolicy: string | null }) {
  const { t, business } = usePage()
  const items = [
    [t('store.faq.soon'), t('store.faq.soon.a')],
    [t('store.faq.device'), t('store.faq.device.a')],
    [t('store.faq.renew'), t('store.faq.renew.a')],
    [t('store.faq.login'), t('store.faq.login.a')],
    [t('store.faq.refund'), refundPolicy ?? t('store.faq.refund.a')],
  ] as const
  return (
    <section className="mx-auto mt-14 max-w-3xl">
      <h2 className="mb-4 text-2xl font-semibold">{t('store.faq.title')}</h2>
      <div className="divide-y divide-line rounded-card border border-line bg-surface">
        {items.map(([question, answer]) => (
          <details key={question} className="group">
            <summary className="flex min-h-12 items-center justify-between gap-4 px-5 py-3 font-medium">
              {question}
              <ChevronDown aria-hidden="true" className="motion size-5 shrink-0 text-muted group-open:rotate-180" />
            </summary>
            <p className="max-w-prose px-5 pb-4 text-muted">{answer}</p>
          </details>
        ))}
      </div>
      <p className="mt-4 text-muted">
        {t('store.faq.more')}{' '}
        <Link to="/help" className="text-brand underline">
          {t('store.faq.guides')}
        </Link>
        {business?.supportEmail ? (
          <>
            {' · '}
            <a href={`mailto:${business.supportEmail}`} className="text-brand underline">
              {business.supportEmail}
            </a>
          </>
        ) : null}
      </p>
    </section>
  )
}
