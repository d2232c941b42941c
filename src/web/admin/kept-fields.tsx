/** Fields that the forms of products, plans and ways to pay have in common, and how a refused form keeps what was typed. */
import type { Failure } from '#web/failure.ts'
import { Field } from '../ui/field.tsx'
import { Input, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

export type Kept = {
  errors: Record<string, string>
  /** What was typed, or else what is known. */
  kept: (name: string, known: string) => string
  ticked: (name: string, known: boolean) => boolean
}

export function keeping(failure: Failure | null): Kept {
  const { errors = {}, values } = failure ?? {}
  return {
    errors,
    kept: (name, known) => (values ? (values[name] ?? '') : known),
    ticked: (name, known) => (values ? values[name] === 'on' : known),
  }
}

type Known<Value> = { form: Kept; known: Value }

export function DescriptionField({ form: { errors, kept }, known, rows }: Known<string> & { rows: number }) {
  const t = useText()
  return (
    <Field label={t('console.plan.description')} error={errors.description} optional>
      {(tied) => (
        <Textarea {...tied} name="description" rows={rows} maxLength={2000} defaultValue={kept('description', known)} />
      )}
    </Field>
  )
}

/** A whole number between bounds. */
export function CountField({
  name,
  label,
  hint,
  least,
  most,
  form: { errors, kept },
  known,
}: Known<number> & { name: string; label: string; hint?: string; least: number; most: number }) {
  return (
    <Field label={label} hint={hint} error={errors[name]}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={least}
          max={most}
          className="sm:max-w-40"
          defaultValue={kept(name, String(known))}
        />
      )}
    </Field>
  )
}

/** Where it stands among its like. */
export function PositionField(props: Known<number>) {
  const t = useText()
  return (
    <CountField
      {...props}
      name="position"
      label={t('console.plan.position')}
      hint={t('console.plan.position.hint')}
      least={0}
      most={9999}
    />
  )
}
