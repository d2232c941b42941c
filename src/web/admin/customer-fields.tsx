import '../i18n/areas/money.ts'
import '../i18n/areas/papers.ts'
import '../i18n/areas/tax.ts'
import type { Failure } from '#web/failure.ts'
import { Field } from '../ui/field.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

type Known = {
  name: string
  language: string
  languages: readonly { value: string; label: string }[]
  country: string | null
  vatId: string | null
  taxExempt: string | null
  poNumber: string
  netDays: number | null
  oneInvoice: boolean | null
  tags: readonly string[]
  address: { lines?: string[] }
}

export const invoicing = ['default', 'one', 'each'] as const

export const invoicingOf = (oneInvoice: boolean | null) =>
  oneInvoice === null ? 'default' : oneInvoice ? 'one' : 'each'

/** The contact data staff may mend. The mail address is the customer's own: he changes it himself. */
export function CustomerFields({ customer, failure }: { customer: Known; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values = {} } = failure ?? {}
  return (
    <>
      <Field label={t('console.customer.name')} error={errors.name} optional>
        {(tied) => <Input {...tied} name="name" maxLength={120} defaultValue={values.name ?? customer.name} />}
      </Field>
      <Field label={t('console.customer.tags')} hint={t('console.customer.tags.hint')} error={errors.tags} optional>
        {(tied) => (
          <Input {...tied} name="tags" maxLength={400} defaultValue={values.tags ?? customer.tags.join(', ')} />
        )}
      </Field>
      <Field label={t('console.customer.address')} error={errors.address} optional>
        {(tied) => (
          <Textarea
            {...tied}
            name="address"
            rows={3}
            maxLength={400}
            defaultValue={values.address ?? customer.address.lines?.join('\n')}
          />
        )}
      </Field>
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)] gap-4">
        <Field label={t('console.customer.country')} error={errors.country} optional>
          {(tied) => (
            <Input {...tied} name="country" maxLength={2} defaultValue={values.country ?? customer.country ?? ''} />
          )}
        </Field>
        <Field label={t('console.customer.vatId')} error={errors.vatId} optional>
          {(tied) => (
            <Input {...tied} code name="vatId" maxLength={30} defaultValue={values.vatId ?? customer.vatId ?? ''} />
          )}
        </Field>
      </div>
      <Field label={t('papers.language')} hint={t('papers.language.hint')} error={errors.language}>
        {(tied) => (
          <Select
            {...tied}
            name="language"
            defaultValue={values.language ?? customer.language}
            options={customer.languages}
          />
        )}
      </Field>
      <Field label={t('papers.po')} hint={t('papers.po.hint')} error={errors.poNumber} optional>
        {(tied) => (
          <Input {...tied} name="poNumber" maxLength={60} defaultValue={values.poNumber ?? customer.poNumber} />
        )}
      </Field>
      <Field label={t('money.net')} hint={t('money.net.hint')} error={errors.netDays} optional>
        {(tied) => (
          <Input
            {...tied}
            type="number"
            name="netDays"
            min={1}
            max={120}
            defaultValue={values.netDays ?? customer.netDays ?? ''}
          />
        )}
      </Field>
      <Field label={t('money.oneInvoice')} hint={t('money.oneInvoice.hint')} error={errors.oneInvoice}>
        {(tied) => (
          <Select
            {...tied}
            name="oneInvoice"
            defaultValue={values.oneInvoice ?? invoicingOf(customer.oneInvoice)}
            options={invoicing.map((value) => ({ value, label: t(`money.oneInvoice.${value}`) }))}
          />
        )}
      </Field>
      <Field label={t('console.tax.exempt')} hint={t('console.tax.exempt.hint')} error={errors.taxExempt} optional>
        {(tied) => (
          <Input
            {...tied}
            name="taxExempt"
            maxLength={200}
            defaultValue={values.taxExempt ?? customer.taxExempt ?? ''}
          />
        )}
      </Field>
    </>
  )
}
