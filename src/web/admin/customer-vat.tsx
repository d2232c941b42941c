import '../i18n/areas/tax.ts'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActDialog } from './act.tsx'

/** What the register said of a VAT number, and a way to say it. */
export function CustomerVat({ check }: { check: { status: 'unchecked' | 'valid' | 'invalid' } | null }) {
  const t = useText()
  const { errors = {}, values = {} } = useFailure() ?? {}
  if (check === null) return null
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="text-muted">{t(`console.tax.vat.${check.status}`)}</span>
      <ActDialog
        act="vat_check"
        trigger={t('console.tax.confirm')}
        title={t('console.tax.confirm.title')}
        confirm={t('console.settings.save')}
        keep={t('ui.cancel')}
      >
        <p className="text-muted">{t('console.tax.confirm.lead')}</p>
        <Field label={t('console.tax.confirm.answer')} error={errors.answer}>
          {(tied) => (
            <Select
              {...tied}
              name="answer"
              defaultValue={values.answer ?? 'valid'}
              options={(['valid', 'invalid'] as const).map((value) => ({
                value,
                label: t(`console.tax.vat.${value}`),
              }))}
            />
          )}
        </Field>
        <Field
          label={t('console.tax.confirm.reference')}
          hint={t('console.tax.confirm.reference.hint')}
          error={errors.reference}
          optional
        >
          {(tied) => <Input {...tied} name="reference" maxLength={80} defaultValue={values.reference} />}
        </Field>
      </ActDialog>
    </span>
  )
}
