import '../i18n/areas/security.ts'
import '../i18n/areas/staff.ts'
import { data, redirect, useActionData } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { deviceName } from '../portal/device-name.ts'
import { BeginFactor, ConfirmFactor, EndFactor } from '../portal/factor-forms.tsx'
import { SignedIn } from '../portal/signed-in.tsx'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/security.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRecent, type Staff, staffOf } from './guard.server.ts'
import { Passkeys } from './passkeys.tsx'

export const headers = () => ({ 'cache-control': 'no-store' })

/** One's own sign-in: password, second factor, and where one is signed in. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { session, recent, mustSetUp } = await staffOf(context, request)
  const { signIn } = doorOf(webOf(context))
  const sessions = await signIn.listSessions(session.userId)
  return {
    ...{ recent, mustSetUp, authenticator: session.authenticator },
    passkeys: (await signIn.listPasskeys(session.userId)).map(({ id, name, createdAt }) => ({
      ...{ id, name, createdAt: createdAt?.toString() ?? null },
    })),
    sessions: sessions.map(({ id, address, userAgent, signedInAt, lastSeenAt }) => ({
      ...{ id, address, ...deviceName(userAgent) },
      signedInAt: signedInAt.toString(),
      lastSeenAt: lastSeenAt.toString(),
      own: id === session.sessionId,
    })),
  }
}

const here = '/admin/security'

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request)
  const { signIn } = doorOf(webOf(context))
  const { session, form } = staff
  switch (form.get('act')) {
    case 'end':
      await signIn.revokeSession(session.userId, String(form.get('session') ?? ''))
      return redirectWith(here, 'portal.security.ended')
    case 'end_others':
      await signIn.revokeSessions(session.userId, session.sessionId)
      return redirectWith(here, 'portal.security.endedOthers')
    case 'password': {
      requireRecent(staff, request)
      const password = String(form.get('password') ?? '')
      if (password === '') return failure({ password: 'Please enter a password.' }, form)
      await signIn.setPassword(request, { password })
      return redirectWith(here, 'portal.security.password.saved')
    }
    case 'add_passkey':
    case 'rename_passkey':
    case 'remove_passkey':
      requireRecent(staff, request)
      return passkey(context, request, staff)
    default:
      requireRecent(staff, request)
      return factor(context, request, staff)
  }
}

async function passkey(
  context: Route.ActionArgs['context'],
  request: Request,
  { session, form }: Staff & { form: FormData },
) {
  const { signIn } = doorOf(webOf(context))
  const { address } = webOf(context)
  const read = formReader(form)
  const id = read.raw('id')
  if (read.raw('act') === 'remove_passkey') {
    await signIn.removePasskey(request, id)
    return redirectWith(here, 'portal.passkey.removed')
  }
  const name = read.text('name', { most: 80 })
  if (read.failed) return failure(read.errors, form)
  if (read.raw('act') === 'rename_passkey') {
    await signIn.renamePasskey(session.userId, id, name)
    return redirectWith(here, 'portal.passkey.saved')
  }
  try {
    await signIn.addPasskey(request, { answer: read.raw('answer'), name, address })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ name: error.message }, form)
    throw error
  }
  return redirectWith(here, 'portal.passkey.added')
}

/** The secret of the authenticator and the recovery codes are in this one answer and nowhere else. */
async function factor(
  context: Route.ActionArgs['context'],
  request: Request,
  { form, secondFactorRequired }: Staff & { form: FormData },
) {
  const web = webOf(context)
  const { signIn } = doorOf(web)
  const password = String(form.get('password') ?? '')
  const given = password === '' ? {} : { password }
  const act = form.get('act')
  const { address } = web
  try {
    if (act === 'begin') return data({ begun: await signIn.beginSecondFactor(request, given) })
    if (act === 'confirm') {
      const code = String(form.get('code') ?? '').trim()
      if (code === '') return failure({ code: 'Please enter the code that your authenticator shows.' }, form)
      return done(await signIn.confirmSecondFactor(request, { code, address }))
    }
    if (act === 'end_factor') {
      if (secondFactorRequired) throw new Refusal('conflict', 'This business asks everybody for a second factor.')
      return done(await signIn.endSecondFactor(request, { ...given, address }))
    }
  } catch (error) {
    // A wrong password or code is the form again, not an error page.
    if (!(error instanceof Refusal) || error.code !== 'unauthenticated') throw error
    if (act === 'confirm') return failure({ code: error.message }, form)
    return failure({ password: 'The account password is not right.' }, form)
  }
  throw new Refusal('bad_request', 'This page has no such act.')
}

const done = (headers: Headers): Response => redirect(here, { status: 303, headers })

export default function SecurityPage({ loaderData }: Route.ComponentProps) {
  const { recent, mustSetUp, authenticator, sessions, passkeys } = loaderData
  const t = useText()
  const failed = useFailure()
  const answer = useActionData<typeof action>()
  const begun = answer && 'begun' in answer ? answer.begun : null
  return (
    <>
      <PageHeader title={t('console.security.title')} description={t('console.security.lead')} />
      <div className="flex max-w-3xl flex-col gap-6">
        {mustSetUp ? <Alert tone="warn" title={t('console.security.must')} /> : null}
        {recent ? null : (
          <Alert
            tone="info"
            title={t('portal.security.again')}
            actions={<LinkButton to={`/admin/confirm?to=${here}`}>{t('portal.security.again.button')}</LinkButton>}
          />
        )}
        <FormErrors failure={failed} />
        <Card
          title={t('portal.factor.title')}
          actions={
            <Badge tone={authenticator ? 'good' : 'none'}>{t(authenticator ? 'portal.on' : 'portal.off')}</Badge>
          }
        >
          {!recent ? (
            <p className="text-muted">{t('portal.factor.lead')}</p>
          ) : authenticator ? (
            <EndFactor act="end_factor" />
          ) : begun !== null || failed?.errors.code ? (
            <ConfirmFactor begun={begun} />
          ) : (
            <BeginFactor />
          )}
        </Card>
        {begun === null ? (
          <Passkeys passkeys={passkeys} recent={recent} error={failed?.values.act === 'add_passkey' ? failed : null} />
        ) : null}
        {recent && begun === null ? <Password error={failed?.values.act === 'password' ? failed : null} /> : null}
        <SignedIn sessions={sessions} />
      </div>
    </>
  )
}

function Password({ error }: { error: ReturnType<typeof useFailure> }) {
  const t = useText()
  return (
    <Card title={t('portal.accountPassword')}>
      <form method="post" className="flex flex-col gap-5">
        <p className="text-muted">{t('portal.security.password.lead')}</p>
        <Field label={t('portal.security.password.new')} error={error?.errors.password}>
          {(tied) => <SecretInput {...tied} name="password" required autoComplete="new-password" />}
        </Field>
        <div>
          <Button name="act" value="password">
            {t('portal.security.password.save')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
