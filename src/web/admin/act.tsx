import { type ReactNode, useEffect } from 'react'
import { Form, useLocation } from 'react-router'
import { Button } from '../ui/button.tsx'
import { commands, Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

type Look = 'primary' | 'secondary' | 'danger' | 'quiet'

/** One button that does one thing to the record of the page: `act` tells the action which. */
export function ActButton({
  act,
  look = 'secondary',
  dense,
  fields = {},
  children,
}: {
  act: string
  look?: Look
  dense?: boolean
  fields?: Record<string, string>
  children: ReactNode
}) {
  return (
    <Form method="post">
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <Button look={look} dense={dense ?? false} name="act" value={act}>
        {children}
      </Button>
    </Form>
  )
}

/** An act that needs a word first: what will happen, the fields it asks for, and two buttons that name both ways. */
export function ActDialog({
  act,
  id = `act-${act}`,
  trigger,
  title,
  confirm,
  keep,
  look = 'secondary',
  danger = false,
  fields = {},
  children,
}: {
  act: string
  /** Where a page has the same act for several things, each has its own. */
  id?: string
  trigger: string
  title: string
  confirm: string
  keep: string
  look?: Look
  danger?: boolean
  fields?: Record<string, string>
  children?: ReactNode
}) {
  const { key } = useLocation()
  const refused = useFailure() !== null
  // Done, and back on the same page: what asked for it goes. Refused, it stays with what was typed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer has an address with a key of its own
  useEffect(() => {
    const dialog = document.getElementById(id)
    if (!refused && dialog instanceof HTMLDialogElement && dialog.open) dialog.close()
  }, [key, refused, id])
  return (
    <Dialog id={id} trigger={trigger} title={title} look={look}>
      <Form method="post" className="flex flex-col gap-4">
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {children}
        <div className="flex flex-wrap justify-end gap-2">
          <Button type="button" {...commands('close', id)}>
            {keep}
          </Button>
          <Button look={danger ? 'danger' : 'primary'} name="act" value={act}>
            {confirm}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

/** Why: kept in the history of the record. */
export function ReasonField({
  error,
  defaultValue,
  hint,
}: {
  error?: string | undefined
  defaultValue?: string | undefined
  /** Who reads it; left out: only staff. */
  hint?: string
}) {
  const t = useText()
  return (
    <Field label={t('console.act.reason')} hint={hint ?? t('console.act.reason.hint')} error={error}>
      {(tied) => <Input {...tied} name="reason" required maxLength={500} defaultValue={defaultValue} />}
    </Field>
  )
}

/** How many days are given. */
export function DaysField({
  label,
  error,
  defaultValue = '3',
}: {
  label: string
  error?: string | undefined
  defaultValue?: string | undefined
}) {
  return (
    <Field label={label} error={error}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name="days"
          required
          min={1}
          max={365}
          defaultValue={defaultValue}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
}

export function NoteField({ error, defaultValue }: { error?: string | undefined; defaultValue?: string | undefined }) {
  const t = useText()
  return (
    <Field label={t('console.customer.note')} error={error}>
      {(tied) => <Textarea {...tied} name="body" required maxLength={4000} rows={3} defaultValue={defaultValue} />}
    </Field>
  )
}
