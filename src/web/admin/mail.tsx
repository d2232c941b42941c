import { data, Form, useActionData, useNavigation } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { skipMail } from '#modules/checkout/set-up.ts'
import {
  mailSetting,
  mailState,
  readMailSettings,
  removeMailServer,
  saveMailSettings,
  saveShowLogin,
} from '#modules/messages/mail-settings.ts'
import { sendTest } from '#modules/messages/send-test.ts'
import { may as allowed } from '#modules/people/permissions.ts'
import { hideSecrets } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { readSettingsForm, settingsFieldsOf } from '../ui/console/settings-form.server.ts'
import { SettingsFields } from '../ui/console/settings-form.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/mail.ts'
import { ActButton } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** How mail leaves: the server, its live test, and what mails may carry. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, rights, member } = await staffOf(context, request, 'settings:see')
  return transaction(shop, 'read-mail', async (tx) => {
    const settings = await readMailSettings(tx, shop)
    const schema = serverSchema(shop)
    return {
      state: await mailState(tx, shop),
      own: Boolean(settings.host),
      shared: shop.app.mailer?.from ?? null,
      testedAt: settings.tested_at ?? null,
      showLogin: settings.show_login,
      fields: allowed(rights, 'settings:secrets')
        ? settingsFieldsOf(schema, hideSecrets(mailSetting.schema, settings))
        : null,
      me: member.email,
    }
  })
}

/** The transport's own form. */
function serverSchema(shop: Shop) {
  const kind = shop.app.transports.get('smtp')
  if (kind === undefined) throw new Error('assertion failed: a transport for mail')
  return kind.settings
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'settings:change')
  const { shop, form } = staff
  switch (form.get('act')) {
    case 'save':
      return saveServer(staff)
    case 'remove':
      requireRight(staff, 'settings:secrets')
      await transaction(shop, 'remove-mail', (tx) => removeMailServer(tx, shop))
      return redirectWith('/admin/mail', 'console.mail.removed')
    case 'show_login':
      await transaction(shop, 'save-show-login', (tx) => saveShowLogin(tx, shop, form.get('show_login') !== null))
      return redirectWith('/admin/mail', 'console.mail.showLoginSaved')
    case 'skip':
      await transaction(shop, 'skip-mail', (tx) => skipMail(tx, shop))
      return redirectWith('/admin/setup', 'console.mail.skipped', { tone: 'info' })
    case 'test': {
      const { delivered, detail } = await sendTest(shop, { to: staff.member.email })
      return data({ test: { delivered, detail } })
    }
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

async function saveServer(staff: Staff & { form: FormData }) {
  requireRight(staff, 'settings:secrets')
  const { shop, form } = staff
  const sent = readSettingsForm(serverSchema(shop), form)
  await transaction(shop, 'save-mail', async (tx) => {
    const { show_login } = await readMailSettings(tx, shop)
    await saveMailSettings(tx, shop, { ...sent, show_login })
  })
  return redirectWith('/admin/mail', 'console.mail.saved', { tone: 'info' })
}

export default function MailPage({ loaderData }: Route.ComponentProps) {
  const { state, own, shared, showLogin, fields } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <MailTest {...loaderData} />
          {may('settings:change') && fields ? (
            <Card title={t('console.mail.server')}>
              <Form method="post" className="flex flex-col gap-5">
                <FormErrors failure={failed} />
                {shared && !own ? <p className="text-muted">{t('console.mail.shared', { from: shared })}</p> : null}
                <SettingsFields fields={fields} failure={failed} />
                <div className="flex flex-wrap justify-end gap-2">
                  <Button look={state === 'none' ? 'primary' : 'secondary'} name="act" value="save">
                    {t('console.mail.save')}
                  </Button>
                </div>
              </Form>
            </Card>
          ) : (
            <p className="text-muted">{t('console.mail.noSecrets')}</p>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={t('console.mail.content')}>
            <Form method="post" className="flex flex-col gap-4">
              <Switch
                name="show_login"
                label={t('console.mail.showLogin')}
                hint={t('console.mail.showLogin.hint')}
                defaultChecked={showLogin}
                disabled={!may('settings:change')}
              />
              {may('settings:change') ? (
                <Button name="act" value="show_login">
                  {t('console.mail.showLogin.save')}
                </Button>
              ) : null}
            </Form>
          </Card>
          {own && may('settings:secrets') ? (
            <Card title={t('console.mail.remove')}>
              <p className="mb-4 text-muted">
                {shared ? t('console.mail.remove.shared', { from: shared }) : t('console.mail.remove.none')}
              </p>
              <ActButton act="remove">{t('console.mail.remove')}</ActButton>
            </Card>
          ) : null}
        </div>
      </div>
    </>
  )
}

/** Mail counts as set up only when the server took a message. */
function MailTest({ state, testedAt, me }: Route.ComponentProps['loaderData']) {
  const t = useText()
  const may = useMay()
  const answer = useActionData<typeof action>()
  const { state: going, formData } = useNavigation()
  const running = going !== 'idle' && formData?.get('act') === 'test'
  const test = answer && 'test' in answer ? answer.test : null
  return (
    <Card
      title={
        <span className="flex items-center gap-3">
          {t('console.mail.test')}
          <Badge tone={state === 'proved' && testedAt ? 'good' : state === 'none' ? 'bad' : 'warn'}>
            {t(
              testedAt
                ? 'console.mail.state.proved'
                : state === 'none'
                  ? 'console.mail.state.none'
                  : 'console.mail.state.untested',
            )}
          </Badge>
        </span>
      }
      actions={
        may('settings:change') && state !== 'none' ? (
          <ActButton act="test" look={testedAt ? 'secondary' : 'primary'}>
            {t(running ? 'console.mail.testing' : 'console.mail.testNow')}
          </ActButton>
        ) : null
      }
    >
      {test ? (
        <Alert
          tone={test.delivered ? 'good' : 'bad'}
          title={t(test.delivered ? 'console.mail.tested' : 'console.mail.notTested', { to: me })}
        >
          {test.detail}
        </Alert>
      ) : state === 'none' ? (
        <Alert
          tone="warn"
          title={t('console.mail.none')}
          actions={may('settings:change') ? <ActButton act="skip">{t('console.mail.skip')}</ActButton> : null}
        >
          {t('console.mail.none.lead')}
        </Alert>
      ) : (
        <p className="text-muted">
          {t('console.mail.test.lead', { to: me })}{' '}
          {testedAt ? (
            <>
              {t('console.mail.lastTest')} <When at={testedAt} />
            </>
          ) : null}
        </p>
      )}
    </Card>
  )
}
