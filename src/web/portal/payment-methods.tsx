import { makeDefault, methodsOf, nameOfMethod, printedExpiry, removeMethod } from '#modules/billing/payment-methods.ts'
import { tooShortAmong } from '#modules/billing/watch-card.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/payment-methods.ts'
import { Column, Portal } from './frame.tsx'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, customerId } = await meOf(context, request)
  const { kept, tooShort } = await read(shop, async (tx) => {
    const kept = await methodsOf(tx, customerId)
    return { kept, tooShort: await tooShortAmong(tx, shop, kept) }
  })
  return {
    methods: kept.map((method) => ({
      id: method.id,
      name: nameOfMethod(method),
      failed: method.status === 'failed',
      isDefault: method.isDefault,
      expires: printedExpiry(method),
      tooShort: tooShort === method.id,
      savedAt: method.createdAt.toString(),
      mandate: method.mandate,
    })),
  }
}

/** Both may be repeated; what is not his is not found. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const { shop, customerId } = await meOf(context, request)
  const which = { methodId: textOf(form, 'method'), customerId }
  switch (textOf(form, 'act')) {
    case 'default': {
      const name = nameOfMethod(await makeDefault(shop, which))
      return redirectWith('/account/payment-methods', 'method.madeDefault', { values: { name } })
    }
    case 'remove': {
      const name = nameOfMethod(await removeMethod(shop, which))
      return redirectWith('/account/payment-methods', 'method.removed', { values: { name } })
    }
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

type Method = Route.ComponentProps['loaderData']['methods'][number]

export default function PaymentMethods({ loaderData: { methods } }: Route.ComponentProps) {
  const t = useText()
  return (
    <Portal>
      <Column>
        <PageHeader title={t('method.title')} />
        <FormErrors failure={useFailure()} />
        {methods.length === 0 ? (
          <EmptyState title={t('method.none')}>{t('method.none.lead')}</EmptyState>
        ) : (
          <>
            <p className="text-muted">{t('method.lead')}</p>
            {methods.map((method) => (
              <MethodCard key={method.id} method={method} />
            ))}
            <p className="text-sm text-muted">{t('method.add')}</p>
          </>
        )}
      </Column>
    </Portal>
  )
}

function MethodCard({ method }: { method: Method }) {
  const t = useText()
  return (
    <Card>
      <div className="flex flex-col gap-3">
        <h2 className="flex flex-wrap items-center gap-2 text-lg font-semibold">
          {method.name}
          {method.isDefault ? <Badge tone="brand">{t('method.default')}</Badge> : null}
          {method.tooShort ? <Badge tone="warn">{t('method.tooShort')}</Badge> : null}
          {method.failed ? <Badge tone="bad">{t('method.failed')}</Badge> : null}
        </h2>
        <p className="text-sm text-muted">
          {method.expires ? `${t('method.expires', method.expires)} · ` : ''}
          {t('method.since')} <When at={method.savedAt} as="date" />
        </p>
        <blockquote className="border-s-2 border-line ps-3 text-sm text-muted">{method.mandate}</blockquote>
        <form method="post" className="flex flex-wrap gap-3">
          <input type="hidden" name="method" value={method.id} />
          {method.isDefault || method.failed ? null : (
            <Button name="act" value="default">
              {t('method.makeDefault')}
              <span className="sr-only"> {method.name}</span>
            </Button>
          )}
          <Button look="danger" name="act" value="remove">
            {t('method.remove')}
            <span className="sr-only"> {method.name}</span>
          </Button>
        </form>
      </div>
    </Card>
  )
}
