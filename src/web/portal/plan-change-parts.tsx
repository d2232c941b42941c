import type { Term } from '#platform/time.ts'
import type { Translate } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { ConvertedNote } from '../ui/converted.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FieldGroup } from '../ui/field.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import type { planChangePage, ShownPreview } from './plan-change.server.ts'

// The console is hydrated, and its bundle has no texts of the storefront.
const termText = (t: Translate, { unit, count }: Term): string => t(`life.term.${unit}`, { count })

type Page = Awaited<ReturnType<typeof planChangePage>>

/** First the choice: it only asks, nothing moves. */
export function PlanChoice({ plans, chosen }: { plans: Page['plans']; chosen: string | null }) {
  const page = usePage()
  const { t } = page
  if (plans.length === 0) return <Alert title={t('life.plan.none')}>{t('life.plan.none.lead')}</Alert>
  return (
    <Card>
      <form method="get" className="flex flex-col gap-5">
        <FieldGroup legend={t('life.plan.choose')}>
          <RadioCards
            name="plan"
            required
            defaultValue={chosen ?? undefined}
            options={plans.map(({ id, name, description, price, term }) => ({
              value: id,
              label: name,
              hint: (
                <>
                  {price === null
                    ? null
                    : t('life.plan.perTerm', { amount: moneyText(price, page), term: termText(t, term) })}
                  {description === '' ? null : <span className="block">{description}</span>}
                </>
              ),
            }))}
          />
        </FieldGroup>
        <Button look={chosen === null ? 'primary' : 'secondary'}>{t('life.plan.look')}</Button>
      </form>
    </Card>
  )
}

/** Then what it means: price, credit, dates, and the line's new state. */
export function PlanChangeFacts({ preview }: { preview: ShownPreview }) {
  const t = useText()
  const { name, takesEffect, at, restarts, charge, credit, due, nextPrice, nextTerm, endsAt, connections, addOns } =
    preview
  const now = takesEffect === 'now'
  return (
    <div className="flex flex-col gap-4">
      <DescriptionList
        items={[
          {
            label: t('life.plan.now'),
            value: now ? (
              t(at === null ? 'life.plan.now.paid' : 'life.plan.now.free')
            ) : at === null ? (
              t('life.plan.atEnd.renewal')
            ) : (
              <>
                {t('life.plan.atEnd')} <When at={at} as="exact" />
              </>
            ),
          },
          {
            label: t(restarts ? 'life.plan.charge.restart' : 'life.plan.charge', { name }),
            value: now ? <Money value={charge} /> : null,
          },
          { label: t('life.plan.credit'), value: now ? <Money value={credit} /> : null },
          { label: t('life.plan.due'), value: <Money value={due} /> },
          { label: t('life.plan.end'), value: now ? <When at={endsAt} as="exact" /> : null },
          {
            label: t('life.plan.next'),
            value: (
              <>
                <Money value={nextPrice} /> ({termText(t, nextTerm)})
              </>
            ),
          },
          { label: t('life.plan.kept'), value: pieces(t, addOns.kept) },
          { label: t('life.plan.ended'), value: pieces(t, addOns.ended) },
          {
            label: t('life.plan.screens'),
            value:
              connections.before === connections.after
                ? String(connections.after)
                : t('life.plan.screens.change', { before: connections.before, after: connections.after }),
          },
        ]}
      />
      {preview.converted === null ? null : (
        <p className="text-muted">
          <ConvertedNote of={preview.converted} />
        </p>
      )}
      <p className="text-muted">{t('life.plan.same')}</p>
    </div>
  )
}

/** `2 × Extra connection`; null leaves the row out. */
const pieces = (t: Translate, addOns: readonly { name: string; quantity: number }[]): string | null =>
  addOns.length === 0
    ? null
    : addOns.map(({ name, quantity }) => t('life.plan.piece', { count: quantity, name })).join(', ')

export const ConfirmedFields = ({ preview }: { preview: ShownPreview }) => (
  <>
    <input type="hidden" name="plan" value={preview.planId} />
    <input type="hidden" name="fingerprint" value={preview.fingerprint} />
  </>
)
