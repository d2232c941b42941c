import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { Money } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { CheckoutData } from './checkout.tsx'

type Props = { offer: CheckoutData; values: Record<string, string>; errors: Record<string, string> }

/** Where the buyer is, and the number of a business: both decide on the tax. */
export function TaxFields({ offer, values, errors }: Props) {
  const { t } = usePage()
  return (
    <Card title={t('store.checkout.where')}>
      <div className="flex flex-col gap-5">
        <Field label={t('store.checkout.country')} hint={t('store.checkout.country.hint')} error={errors.country}>
          {(tied) => (
            <Select
              {...tied}
              name="country"
              required
              autoComplete="country"
              empty={t('store.checkout.country.choose')}
              options={offer.countries.map(({ code, name }) => ({ value: code, label: name }))}
              defaultValue={values.country}
            />
          )}
        </Field>
        {offer.tax?.states ? (
          <Field label={t('store.checkout.state')} hint={t('store.checkout.state.hint')} error={errors.region} optional>
            {(tied) => (
              <Input
                {...tied}
                name="region"
                maxLength={2}
                autoComplete="address-level1"
                className="max-w-32"
                defaultValue={values.region}
              />
            )}
          </Field>
        ) : null}
        <Field label={t('store.checkout.vatId')} hint={t('store.checkout.vatId.hint')} error={errors.vat_id} optional>
          {(tied) => (
            <Input {...tied} code name="vat_id" maxLength={30} autoComplete="off" defaultValue={values.vat_id} />
          )}
        </Field>
        <div>
          <Button name="act" value="sum" formNoValidate>
            {t('store.checkout.sum')}
          </Button>
        </div>
      </div>
    </Card>
  )
}

/** The tax in the sum, or on top of it; a sentence while the country is not known. */
export function TaxRow({ offer: { tax, taxed } }: { offer: CheckoutData }) {
  const { t } = usePage()
  if (tax === null) return null
  if (taxed === null)
    return (
      <div className="text-sm text-muted">
        <dt className="sr-only">{t('store.summary.tax.name')}</dt>
        <dd>{t(tax.rules.prices === 'inclusive' ? 'store.summary.tax.included' : 'store.summary.tax.added')}</dd>
      </div>
    )
  return (
    <div className="flex items-baseline justify-between gap-4 text-sm text-muted">
      <dt className="min-w-0">
        {t(taxed.included ? 'store.summary.tax.in' : 'store.summary.tax.on', { rate: taxed.rate })}
        {taxed.note ? <span className="block">{taxed.note}</span> : null}
      </dt>
      <dd className="shrink-0">
        <Money value={taxed.amount} />
      </dd>
    </div>
  )
}
