import { Alert } from '../ui/alert.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { FieldGroup } from '../ui/field.tsx'
import { useText } from '../ui/page-context.tsx'
import type { PayMethod } from './paying.server.ts'

/** How to pay; the first is chosen already. None at all is said, since nobody can order then. */
export function MethodChoice({
  methods,
  chosen,
  error,
}: {
  methods: readonly PayMethod[]
  chosen?: string | undefined
  error?: string | undefined
}) {
  const t = useText()
  if (methods.length === 0) return <Alert tone="warn">{t('store.pay.none')}</Alert>
  return (
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
  )
}
