import { Form } from 'react-router'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import type { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PasskeyButton } from './passkey-button.tsx'

export type ShownPasskey = { id: string; name: string; createdAt: string | null }

/** One's passkeys: named, renamed, removed, and one more. */
export function Passkeys({
  passkeys,
  recent,
  error,
}: {
  passkeys: readonly ShownPasskey[]
  recent: boolean
  error: ReturnType<typeof useFailure>
}) {
  const t = useText()
  return (
    <Card
      title={t('portal.passkey.title')}
      actions={
        <Badge tone={passkeys.length > 0 ? 'good' : 'none'}>
          {t(passkeys.length > 0 ? 'portal.on' : 'portal.off')}
        </Badge>
      }
    >
      <p className="mb-4 text-muted">{t('portal.passkey.lead')}</p>
      {passkeys.length === 0 ? null : (
        <ul className="mb-4 divide-y divide-line">
          {passkeys.map((each) => (
            <One key={each.id} passkey={each} recent={recent} />
          ))}
        </ul>
      )}
      {recent ? (
        <Form method="post" className="flex flex-col gap-4">
          <Field label={t('portal.passkey.name')} hint={t('portal.passkey.name.hint')} error={error?.errors.name}>
            {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={error?.values.name} />}
          </Field>
          <div>
            <PasskeyButton ask="/admin/security/passkey" act="add_passkey" make>
              {t('portal.passkey.add')}
            </PasskeyButton>
          </div>
        </Form>
      ) : null}
    </Card>
  )
}

function One({ passkey: { id, name, createdAt }, recent }: { passkey: ShownPasskey; recent: boolean }) {
  const t = useText()
  const called = name || t('portal.passkey.unnamed')
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <span className="min-w-0">
        <span className="block font-medium break-words">{called}</span>
        {createdAt === null ? null : (
          <span className="block text-sm text-muted">
            {t('portal.passkey.since')} <When at={createdAt} as="date" />
          </span>
        )}
      </span>
      {recent ? (
        <Form method="post" className="flex flex-wrap items-center gap-2">
          <input type="hidden" name="id" value={id} />
          <Input
            name="name"
            required
            maxLength={80}
            defaultValue={name}
            aria-label={t('portal.passkey.rename', { name: called })}
            className="max-w-44"
          />
          <Button dense name="act" value="rename_passkey">
            {t('portal.passkey.save')}
          </Button>
          <Button dense look="quiet" name="act" value="remove_passkey" formNoValidate>
            {t('portal.passkey.remove')}
          </Button>
        </Form>
      ) : null}
    </li>
  )
}
