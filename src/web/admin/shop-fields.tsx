import '../i18n/areas/papers.ts'
import type { Failure } from '#web/failure.ts'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { ShopFacts } from './shop-form.server.ts'

type Props = { facts: ShopFacts; failure: Failure | null }

/** Name, color and whom to write to. */
export function BrandFields({ facts, failure }: Props) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <>
      <Field label={t('console.settings.name')} error={errors.name}>
        {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={values?.name ?? facts.name} />}
      </Field>
      <Field
        label={t('console.settings.tagline')}
        hint={t('console.settings.tagline.hint')}
        error={errors.tagline}
        optional
      >
        {(tied) => <Input {...tied} name="tagline" maxLength={120} defaultValue={values?.tagline ?? facts.tagline} />}
      </Field>
      <Field label={t('console.settings.color')} hint={t('console.settings.color.hint')} error={errors.color}>
        {(tied) => (
          <Input
            {...tied}
            type="color"
            name="color"
            defaultValue={values?.color ?? facts.color}
            className="h-11 max-w-24 cursor-pointer px-1! py-1"
          />
        )}
      </Field>
      <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
        {(['support_email', 'abuse_email'] as const).map((name) => (
          <Field
            key={name}
            label={t(`console.settings.${name}`)}
            hint={t(`console.settings.${name}.hint`)}
            error={errors[name]}
            optional
          >
            {(tied) => (
              <Input {...tied} type="email" name={name} maxLength={254} defaultValue={values?.[name] ?? facts[name]} />
            )}
          </Field>
        ))}
      </div>
    </>
  )
}

/** In what the shop counts: money, days, and where it is. */
export function MoneyFields({ facts, failure }: Props) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
      <Field label={t('console.settings.currency')} hint={t('console.settings.currency.hint')} error={errors.currency}>
        {(tied) => (
          <Select
            {...tied}
            name="currency"
            options={facts.currencies.map((each) => ({ value: each, label: each }))}
            defaultValue={values?.currency ?? facts.currency}
          />
        )}
      </Field>
      <Field label={t('console.settings.country')} error={errors.country}>
        {(tied) => (
          <Select
            {...tied}
            name="country"
            options={facts.countries.map(({ code, name }) => ({ value: code, label: name }))}
            defaultValue={values?.country ?? facts.country}
          />
        )}
      </Field>
      <Field
        label={t('console.settings.zone')}
        hint={t('console.settings.zone.hint')}
        error={errors.zone}
        className="sm:col-span-2"
      >
        {(tied) => (
          <Select
            {...tied}
            name="zone"
            options={facts.zones.map((each) => ({ value: each, label: each.replaceAll('_', ' ') }))}
            defaultValue={values?.zone ?? facts.zone}
          />
        )}
      </Field>
      <Field
        label={t('papers.language.business')}
        hint={t('papers.language.shop')}
        error={errors.language}
        className="sm:col-span-2"
      >
        {(tied) => (
          <Select
            {...tied}
            name="language"
            options={facts.languages}
            defaultValue={values?.language ?? facts.language}
          />
        )}
      </Field>
      <div className="sm:col-span-2">
        <Checkbox
          name="follows_visitors"
          value="yes"
          label={t('papers.language.visitors')}
          hint={t('papers.language.visitors.hint')}
          defaultChecked={values ? values.follows_visitors === 'yes' : facts.follows_visitors}
        />
      </div>
    </div>
  )
}

/** Who sells, as invoices and the imprint say it. */
export function LegalFields({ facts, failure }: Props) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <>
      <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
        <Field label={t('console.settings.legalName')} error={errors.legal_name} optional>
          {(tied) => (
            <Input {...tied} name="legal_name" maxLength={160} defaultValue={values?.legal_name ?? facts.legal_name} />
          )}
        </Field>
        <Field label={t('console.settings.vatId')} error={errors.vat_id} optional>
          {(tied) => <Input {...tied} name="vat_id" maxLength={40} defaultValue={values?.vat_id ?? facts.vat_id} />}
        </Field>
      </div>
      <Field
        label={t('console.settings.address')}
        hint={t('console.settings.address.hint')}
        error={errors.address}
        optional
      >
        {(tied) => (
          <Textarea {...tied} name="address" rows={3} maxLength={600} defaultValue={values?.address ?? facts.address} />
        )}
      </Field>
      <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
        {(['invoice_prefix', 'credit_note_prefix'] as const).map((name) => (
          <Field
            key={name}
            label={t(`console.settings.${name}`)}
            hint={t(`console.settings.${name}.hint`)}
            error={errors[name] ?? errors[`legal.${name}`]}
          >
            {(tied) => (
              <Input
                {...tied}
                name={name}
                maxLength={12}
                autoCapitalize="characters"
                defaultValue={values?.[name] ?? facts[name]}
              />
            )}
          </Field>
        ))}
      </div>
    </>
  )
}
