import type { ProductFacts } from '#modules/catalog/plans.ts'
import type { Failure } from '#web/failure.ts'
import { Checkbox, RadioCards, Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { CountField, DescriptionField, keeping, PositionField } from './kept-fields.tsx'

/** What every line of this product gets. */
export function ProductFields({ product, failure }: { product: ProductFacts; failure: Failure | null }) {
  const t = useText()
  const form = keeping(failure)
  const { errors, kept, ticked } = form
  return (
    <>
      <Field label={t('console.product.name')} error={errors.name}>
        {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={kept('name', product.name)} />}
      </Field>
      <DescriptionField form={form} known={product.description} rows={2} />
      <FieldGroup legend={t('console.product.kind')} error={errors.line_kind}>
        <RadioCards
          name="line_kind"
          columns={3}
          defaultValue={kept('line_kind', product.box ? `line_${product.box}` : product.lineKind)}
          options={(['line', 'mag', 'enigma', 'line_mag', 'line_enigma'] as const).map((kind) => ({
            value: kind,
            label: t(`console.product.kind.${kind}`),
            hint: t(`console.product.kind.${kind}.hint`),
          }))}
        />
      </FieldGroup>
      <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
        <CountField
          name="connections"
          label={t('console.product.connections')}
          hint={t('console.product.connections.hint')}
          least={1}
          most={50}
          form={form}
          known={product.connections}
        />
        <PositionField form={form} known={product.position} />
        <Field label={t('console.product.username')} error={errors.username_strategy}>
          {(tied) => (
            <Select
              {...tied}
              name="username_strategy"
              options={(['hybrid', 'chosen', 'generated'] as const).map((each) => ({
                value: each,
                label: t(`console.product.username.${each}`),
              }))}
              defaultValue={kept('username_strategy', product.usernameStrategy)}
            />
          )}
        </Field>
        <Field label={t('console.product.password')} error={errors.password_strategy}>
          {(tied) => (
            <Select
              {...tied}
              name="password_strategy"
              options={(['generated', 'chosen'] as const).map((each) => ({
                value: each,
                label: t(`console.product.password.${each}`),
              }))}
              // Its name looks like a secret to the form's memory, so what was typed comes from the record.
              defaultValue={product.passwordStrategy}
            />
          )}
        </Field>
      </div>
      <FieldGroup legend={t('console.product.outputs')} error={errors.outputs}>
        <div className="flex flex-wrap gap-x-6 gap-y-2">
          {(['hls', 'ts', 'rtmp'] as const).map((output) => (
            <Checkbox
              key={output}
              name="outputs"
              value={output}
              label={output.toUpperCase()}
              defaultChecked={product.outputs.includes(output)}
            />
          ))}
        </div>
      </FieldGroup>
      <Switch
        name="active"
        label={t('console.product.active')}
        hint={t('console.product.active.hint')}
        defaultChecked={ticked('active', product.active)}
      />
    </>
  )
}
