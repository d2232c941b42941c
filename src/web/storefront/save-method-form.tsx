import type { Failure } from '#web/failure.ts'
import { Button } from '../ui/button.tsx'
import { Checkbox, RadioCards } from '../ui/choice.tsx'
import { FieldGroup } from '../ui/field.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { PayMethod } from './paying.server.ts'

/** Saves a method without a payment: where, and the sentence with which it is allowed. */
export function SaveMethodForm({ ways, failure }: { ways: readonly PayMethod[]; failure: Failure | null }) {
  const { t, business } = usePage()
  const chosen = failure?.values.gateway ?? ways[0]?.id
  return (
    <form method="post" className="flex flex-col gap-5">
      <p className="text-muted">{t('method.add.lead')}</p>
      {ways.length > 1 ? (
        <FieldGroup legend={t('method.add.where')} error={failure?.errors.gateway}>
          <RadioCards
            name="gateway"
            required
            defaultValue={chosen}
            options={ways.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </FieldGroup>
      ) : (
        <input type="hidden" name="gateway" value={chosen} />
      )}
      <Checkbox
        name="save_method"
        value="yes"
        required
        defaultChecked={failure?.values.save_method === 'yes'}
        label={t('method.add.agree')}
        hint={t('method.save.mandate', { name: business?.name ?? '' })}
        error={failure?.errors.save_method}
      />
      <div>
        <Button look="primary" name="act" value="add">
          {t('method.add.go')}
        </Button>
      </div>
    </form>
  )
}
