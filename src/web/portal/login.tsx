import { LoginBlock } from '../storefront/login-block.tsx'
import { formOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { LiveRegion } from '../ui/live-region.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/login.ts'
import { BoxChange } from './box-change.tsx'
import { Column, Portal } from './frame.tsx'
import { actOnLogin, loginPage } from './login.server.ts'
import { LoginChange } from './login-change.tsx'
import { Rename } from './rename.tsx'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

export const headers = () => ({ 'cache-control': 'no-store' })

export async function loader({ context, request, params }: Route.LoaderArgs) {
  return loginPage(await meOf(context, request), params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  return actOnLogin(await meOf(context, request), params.id, request, form)
}

/** The TV login as it stands on the panel, to be copied; the way onto a device; another password. */
export default function Login({ loaderData: login }: Route.ComponentProps) {
  const t = useText()
  const failure = useFailure()
  const { state, fields } = login
  return (
    <Portal>
      <Column>
        <PageHeader
          title={t('portal.login.title')}
          description={`${login.planName} · ${login.name}`}
          back={{ to: '/account', label: t('portal.nav.lines') }}
        />
        <FormErrors failure={failure} />
        <LiveRegion id="login" events={null} version={state} settled={state === 'ready' || state === 'stopped'}>
          {fields === null ? (
            <Alert
              tone={state === 'stopped' ? 'warn' : 'info'}
              title={t(`portal.login.${state === 'ready' ? 'setting_up' : state}.title`)}
              actions={state === 'stopped' ? <LinkButton to="/account">{t('portal.nav.lines')}</LinkButton> : undefined}
            >
              {t(`portal.login.${state === 'ready' ? 'setting_up' : state}.lead`)}
            </Alert>
          ) : (
            <div className="flex flex-col gap-5">
              <Card>
                <LoginBlock fields={fields} />
                {login.lastChangedAt === null ? null : (
                  <p className="mt-4 text-sm text-muted">
                    {t('portal.login.lastChanged')} <When at={login.lastChangedAt} as="exact" />
                  </p>
                )}
              </Card>
              <div className="flex flex-wrap gap-3">
                <LinkButton look="primary" to={`/help/${login.device}`}>
                  {t('portal.login.guide')}
                </LinkButton>
                <form method="post">
                  <Button name="act" value="resend">
                    {t('portal.login.resend')}
                  </Button>
                </form>
              </div>
            </div>
          )}
        </LiveRegion>
        {fields !== null && login.changes.includes('password') ? <LoginChange login={login} /> : null}
        {fields !== null && login.changes.includes('username') ? <Rename login={login} /> : null}
        {fields !== null && login.changes.includes('box') ? <BoxChange login={login} /> : null}
      </Column>
    </Portal>
  )
}
