import { allOf } from '#modules/catalog/rules.ts'
import type { Translate } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ConvertedNote } from '../ui/converted.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import type { addOnPage, ShownAddOn } from './add-on.server.ts'

type Page = Awaited<ReturnType<typeof addOnPage>>

/** First the choice, one form for each: it only asks, nothing moves. */
export function AddOnChoice({ addOns, term, preview }: Pick<Page, 'addOns' | 'term' | 'preview'>) {
  const { t } = usePage()
  if (addOns.length === 0) return <Alert title={t('life.addOns.none')}>{t('life.addOns.none.lead')}</Alert>
  return addOns.map((addOn) => (
    <Card key={addOn.id} title={addOn.name}>
      <form method="get" className="flex flex-col gap-5">
        <input type="hidden" name="add_on" value={addOn.id} />
        <HowMany addOn={addOn} term={term} />
        <div>
          <Button look={preview === null ? 'primary' : 'secondary'}>
            {t('life.plan.look')}
            <span className="sr-only"> ({addOn.name})</span>
          </Button>
        </div>
      </form>
    </Card>
  ))
}

/** How many it shall have in all; each number with what it costs for a term. */
function HowMany({ addOn, term }: { addOn: Page['addOns'][number]; term: Page['term'] }) {
  const page = usePage()
  const { t } = page
  const { quantity, renewsQuantity, most, price, breaks, chosen } = addOn
  const said =
    quantity + renewsQuantity === 0
      ? t('life.addOns.has.none')
      : quantity === renewsQuantity
        ? t('life.addOns.has', { count: quantity })
        : t('life.addOns.has.then', { before: quantity, after: renewsQuantity })
  const options = Array.from({ length: most + 1 }, (_, count) => ({
    value: String(count),
    label:
      count === 0
        ? t('life.addOns.zero')
        : t('life.addOns.option', {
            count,
            amount: moneyText({ ...price, minor: allOf({ priceMinor: price.minor, breaks }, count) }, page),
            term: termText(t, term),
          }),
  }))
  return (
    <Field label={t('life.addOns.howMany')} hint={said}>
      {(tied) => <Select {...tied} name="quantity" options={options} defaultValue={String(chosen ?? renewsQuantity)} />}
    </Field>
  )
}

const termText = (t: Translate, { unit, count }: Page['term']): string => t(`life.term.${unit}`, { count })

/** Then what it means: price, date, and the line's new state. */
export function AddOnFacts({ preview }: { preview: ShownAddOn }) {
  const t = useText()
  const { takesEffect, at, due, nextPrice, connections, before, quantity } = preview
  const number = before === 0 ? String(quantity) : t('life.plan.screens.change', { before, after: quantity })
  const now = takesEffect === 'now'
  return (
    <div className="flex flex-col gap-4">
      <DescriptionList
        items={[
          { label: t('life.addOns.number'), value: number },
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
          { label: t('life.plan.due'), value: <Money value={due} /> },
          { label: t('life.plan.next'), value: <Money value={nextPrice} /> },
          {
            label: t('life.plan.screens'),
            value:
              connections.before === connections.after
                ? String(connections.after)
                : t('life.plan.screens.change', connections),
          },
        ]}
      />
      {preview.converted === null ? null : (
        <p className="text-muted">
          <ConvertedNote of={preview.converted} />
        </p>
      )}
      <p className="text-muted">{t(now ? 'life.addOns.rest' : 'life.addOns.fewer')}</p>
    </div>
  )
}

export const ConfirmedAddOn = ({ preview }: { preview: ShownAddOn }) => (
  <>
    <input type="hidden" name="add_on" value={preview.addOnId} />
    <input type="hidden" name="quantity" value={preview.quantity} />
    <input type="hidden" name="fingerprint" value={preview.fingerprint} />
  </>
)
