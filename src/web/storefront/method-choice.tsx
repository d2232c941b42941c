import { Alert } from '../ui/alert.tsx'
import { Checkbox, RadioCards } from '../ui/choice.tsx'
import { FieldGroup } from '../ui/field.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { PayMethod } from './paying.server.ts'

/** How to pay; the first is chosen already. None at all is said, since nobody can order then. */
export function MethodChoice({
  methods,
  chosen,
  error,
  keeps = false,
}: {
  methods: readonly PayMethod[]
  chosen?: string | undefined
  error?: string | undefined
  /** The form was sent before, with the box ticked. */
  keeps?: boolean
}) {
  const { t, business } = usePage()
  if (methods.length === 0) return <Alert tone="warn">{t('store.pay.none')}</Alert>
  return (
    <div className="flex flex-col gap-5">
      <FieldGroup legend={t('store.pay.how')} error={error}>
        <RadioCards
          name="gateway"
          required
          defaultValue={methods.some(({ id }) => id === chosen) ? chosen : methods[0]?.id}
          options={methods.map(({ id, name, instructions }) => ({
            value: id,
            label: name,
            hint: t(instructions ? 'store.pay.instructions' : 'store.pay.redirect'),
          }))}
        />
      </FieldGroup>
      {methods.some(({ saves }) => saves) ? (
        <Checkbox
          name="save_method"
          value="yes"
          defaultChecked={keeps}
          label={t('method.save')}
          hint={t('method.save.mandate', { name: business?.name ?? '' })}
        />
      ) : null}
    </div>
  )
}
