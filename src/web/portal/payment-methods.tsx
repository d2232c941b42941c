import { makeDefault, methodsOf, nameOfMethod, printedExpiry, removeMethod } from '#modules/billing/payment-methods.ts'
import { tooShortAmong } from '#modules/billing/watch-card.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import type { PayMethod } from '../storefront/paying.server.ts'
import { SaveMethodForm } from '../storefront/save-method-form.tsx'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
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
import { lookAfterSaving, saveMethod, waysToSave } from './save-method.server.ts'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const { shop, customerId } = me
  const saving = await lookAfterSaving(me, request)
  const { kept, tooShort } = await read(shop, async (tx) => {
    const kept = await methodsOf(tx, customerId)
    return { kept, tooShort: await tooShortAmong(tx, shop, kept) }
  })
  return {
    saving,
    ways: await waysToSave(me),
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

/** All may be repeated; what is not his is not found. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const { shop, customerId } = me
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
    case 'add':
      return saveMethod(me, form)
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

type Method = Route.ComponentProps['loaderData']['methods'][number]

export default function PaymentMethods({ loaderData: { methods, saving, ways } }: Route.ComponentProps) {
  const t = useText()
  return (
    <Portal>
      <Column>
        <PageHeader title={t('method.title')} />
        <FormErrors failure={useFailure()} />
        <SavingAlert saving={saving} />
        {methods.length === 0 ? (
          <EmptyState title={t('method.none')}>
            {t(ways.length > 0 ? 'method.none.add' : 'method.none.lead')}
          </EmptyState>
        ) : (
          <>
            <p className="text-muted">{t('method.lead')}</p>
            {methods.map((method) => (
              <MethodCard key={method.id} method={method} />
            ))}
          </>
        )}
        <AddMethod ways={ways} has={methods.length > 0} />
      </Column>
    </Portal>
  )
}

/** Without a payment where a gateway can; else with the next one. */
function AddMethod({ ways, has }: { ways: readonly PayMethod[]; has: boolean }) {
  const t = useText()
  const failure = useFailure()
  if (ways.length > 0)
    return (
      <Card title={t('method.add.title')}>
        <SaveMethodForm ways={ways} failure={failure} />
      </Card>
    )
  return has ? <p className="text-sm text-muted">{t('method.add')}</p> : null
}

type Saving = Route.ComponentProps['loaderData']['saving']

/** What became of the page from which he comes back. */
function SavingAlert({ saving }: { saving: Saving }) {
  const t = useText()
  if (saving === null) return null
  return (
    <Alert tone={saving.tone}>
      {t(`method.saving.${saving.state}`)} {saving.detail}
    </Alert>
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
