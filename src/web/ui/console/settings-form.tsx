import type { Failure } from '#web/failure.ts'
import { Switch } from '../choice.tsx'
import { Field } from '../field.tsx'
import { Input, Select, Textarea } from '../input.tsx'
import { useText } from '../page-context.tsx'
import { SecretInput } from '../special-inputs.tsx'

/** One setting as its schema describes it: plain values, made by `settingsFieldsOf` in a loader. */
export type SettingsField = {
  name: string
  label: string
  help: string | null
  kind: 'text' | 'long' | 'number' | 'url' | 'email' | 'choice' | 'switch' | 'secret'
  required: boolean
  options: readonly string[]
  /** As a form shows it; always empty for a secret. */
  value: string
  /** A secret is stored: an empty field keeps it. */
  stored: boolean
}

/**
 * The controls for the settings of a panel, gateway or mail server, drawn from the adapter's own schema. Their names begin with
 * `settings.`, as `readSettingsForm` reads them and as refusals (`/settings/url`) name them.
 */
export function SettingsFields({ fields, failure }: { fields: readonly SettingsField[]; failure: Failure | null }) {
  return fields.map((field) => <SettingsControl key={field.name} field={field} failure={failure} />)
}

function SettingsControl({ field, failure }: { field: SettingsField; failure: Failure | null }) {
  const t = useText()
  const name = `settings.${field.name}`
  const error = failure?.errors[name]
  // What was typed is shown again; a switch that was off sent nothing.
  const value = failure ? (failure.values[name] ?? '') : field.value
  if (field.kind === 'switch')
    return (
      <Switch
        name={name}
        value="true"
        label={field.label}
        hint={field.help}
        error={error}
        defaultChecked={value === 'true'}
      />
    )
  const hint = field.stored ? [field.help, t('console.settings.secretStored')].filter(Boolean).join(' ') : field.help
  return (
    <Field
      label={field.label}
      hint={hint}
      error={error}
      optional={!field.required && !field.stored && field.kind !== 'choice'}
    >
      {(tied) => {
        const common = { ...tied, name, required: field.required && !field.stored }
        switch (field.kind) {
          case 'secret':
            return <SecretInput {...common} placeholder={field.stored ? '••••••••' : undefined} />
          case 'long':
            return <Textarea {...common} rows={5} defaultValue={value} />
          case 'choice':
            return (
              <Select
                {...common}
                options={field.options.map((each) => ({ value: each, label: labelOf(each) }))}
                defaultValue={value}
              />
            )
          case 'number':
            return <Input {...common} inputMode="numeric" defaultValue={value} className="sm:max-w-40" />
          case 'url':
            return <Input {...common} code inputMode="url" defaultValue={value} />
          case 'email':
            return <Input {...common} type="email" defaultValue={value} />
          default:
            return <Input {...common} defaultValue={value} />
        }
      }}
    </Field>
  )
}

/** Words of a protocol stay as they are written there. */
const known: Record<string, string> = { starttls: 'STARTTLS', tls: 'TLS', http: 'http', https: 'https', json: 'JSON' }
const labelOf = (choice: string): string =>
  known[choice] ?? choice.charAt(0).toUpperCase() + choice.slice(1).replaceAll('_', ' ')
