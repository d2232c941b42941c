import { type ReactNode, useRef, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'

/**
 * Asks the browser for a passkey, and sends its answer as `answer` with the form around, under the act. `ask` is the address that tells what to ask;
 * `make`: a new one. Without scripts there is no such button.
 */
export function PasskeyButton({
  ask,
  act,
  make = false,
  look = 'secondary',
  wide = false,
  children,
}: {
  ask: string
  act: string
  make?: boolean
  look?: 'primary' | 'secondary'
  wide?: boolean
  children: ReactNode
}) {
  const t = useText()
  const [failed, setFailed] = useState(false)
  const answer = useRef<HTMLInputElement>(null)
  const send = useRef<HTMLButtonElement>(null)
  async function go() {
    setFailed(false)
    const told = await answerOf(ask, make).catch(() => null)
    if (told === null || answer.current === null) return setFailed(true)
    answer.current.value = told
    answer.current.form?.requestSubmit(send.current)
  }
  return (
    <>
      <input ref={answer} type="hidden" name="answer" />
      <button ref={send} type="submit" name="act" value={act} hidden tabIndex={-1} aria-hidden="true" />
      <Button type="button" look={look} wide={wide} className="needs-script" onClick={() => void go()}>
        {children}
      </Button>
      {failed ? (
        <p role="alert" className="text-sm text-bad">
          {t('portal.passkey.failed')}
        </p>
      ) : null}
    </>
  )
}

/** Null: this browser knows no passkeys, or its owner did not want to. */
async function answerOf(ask: string, make: boolean): Promise<string | null> {
  const response = await fetch(ask, { method: 'POST', body: new URLSearchParams({ act: 'ask' }) })
  if (!response.ok) return null
  const options = await response.json()
  const credential = make
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
  return credential instanceof PublicKeyCredential ? JSON.stringify(credential.toJSON()) : null
}
