import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { CopyAll, CopyField } from '../ui/copy-field.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'

export function BeginFactor() {
  const t = useText()
  return (
    <form method="post" className="flex flex-col gap-5">
      <p>{t('portal.factor.how')}</p>
      <PasswordIfAny />
      <div>
        <Button look="primary" name="act" value="begin">
          {t('portal.factor.begin')}
        </Button>
      </div>
    </form>
  )
}

/** After a wrong code the secret is not shown again; the authenticator has it, or one begins anew. */
export function ConfirmFactor({ begun }: { begun: { uri: string; recoveryCodes: string[] } | null }) {
  const t = useText()
  const failure = useFailure()
  const secret = begun === null ? null : new URL(begun.uri).searchParams.get('secret')
  return (
    <div className="flex flex-col gap-6">
      {begun === null ? null : (
        <>
          <section className="flex flex-col gap-3">
            <h2 className="text-lg font-semibold">{t('portal.factor.scan')}</h2>
            <QrCode value={begun.uri} what={t('portal.factor.authenticator')} />
            {secret === null ? null : <CopyField label={t('portal.factor.secret')} value={secret} />}
          </section>
          <section className="flex flex-col gap-3">
            <h2 className="text-lg font-semibold">{t('portal.factor.recovery')}</h2>
            <Alert tone="warn">{t('portal.factor.recovery.keep')}</Alert>
            <ul className="code grid grid-cols-2 gap-x-6 gap-y-1 rounded-control bg-sunken p-4">
              {begun.recoveryCodes.map((code) => (
                <li key={code}>
                  <bdi>{code}</bdi>
                </li>
              ))}
            </ul>
            <CopyAll fields={begun.recoveryCodes.map((value, index) => ({ label: String(index + 1), value }))} />
          </section>
        </>
      )}
      <form method="post" className="flex flex-col gap-5">
        <Field label={t('portal.factor.code')} hint={t('portal.factor.code.hint')} error={failure?.errors.code}>
          {(tied) => <Input {...tied} code name="code" required autoComplete="one-time-code" inputMode="numeric" />}
        </Field>
        <div>
          <Button look="primary" name="act" value="confirm">
            {t('portal.factor.confirm')}
          </Button>
        </div>
      </form>
    </div>
  )
}

/** `act`: where a page has another thing to end, the one of the factor is called otherwise. */
export function EndFactor({ act = 'end' }: { act?: string }) {
  const t = useText()
  return (
    <form method="post" className="flex flex-col gap-5">
      <p>{t('portal.factor.isOn')}</p>
      <PasswordIfAny />
      <div>
        <Button look="danger" name="act" value={act}>
          {t('portal.factor.end')}
        </Button>
      </div>
    </form>
  )
}

/** Who set an account password is asked for it; the others are known by their fresh sign-in. */
function PasswordIfAny() {
  const t = useText()
  const failure = useFailure()
  return (
    <Field
      label={t('portal.accountPassword')}
      hint={t('portal.factor.password.hint')}
      optional
      error={failure?.errors.password}
    >
      {(tied) => <SecretInput {...tied} name="password" autoComplete="current-password" />}
    </Field>
  )
}
