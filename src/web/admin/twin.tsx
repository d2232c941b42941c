import '../i18n/areas/twin.ts'
import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { saveTestMode, testModeOf } from '#modules/twins/clean-twin.ts'
import { findTwin, onlyTestKeys, syncTwin } from '#modules/twins/sync-twin.ts'
import { Refusal } from '#platform/errors.ts'
import { webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/twin.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, chooseCookie, requireRight, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** Test mode: the twin of the shop, what of it is copied, and the way in and out. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request)
  const twin = await findTwin(shop)
  return {
    inTwin: shop.twinOf !== null,
    sandbox: !shop.livemode && shop.twinOf === null,
    reseller: shop.parentId !== null,
    now: shop.now().toString(),
    onlyTest: await onlyTestKeys(shop, twin),
    keepDays: (await testModeOf(shop)).keep_days,
    twin: twin && {
      url: twin.url,
      now: twin.now.toString(),
      syncedAt: twin.syncedAt?.toString() ?? null,
      calledAt: twin.calledAt?.toString() ?? null,
    },
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request)
  const { shop, form } = staff
  const web = webOf(context)
  const goTo = (businessId: string) =>
    redirect('/admin', { status: 303, headers: { 'set-cookie': chooseCookie(web, businessId) } })
  switch (form.get('act')) {
    case 'live':
      return goTo(shop.twinOf ?? shop.businessId)
    case 'test':
      return goTo((await findTwin(shop))?.id ?? shop.businessId)
    case 'sync': {
      requireRight(staff, 'settings:change')
      const first = (await findTwin(shop)) === null
      const { changed } = await syncTwin(shop)
      if (first) return redirectWith('/admin/twin', 'console.twin.made')
      return changed === 0
        ? redirectWith('/admin/twin', 'console.twin.sync.same', { tone: 'info' })
        : redirectWith('/admin/twin', 'console.twin.sync.done', { values: { count: changed } })
    }
    case 'keep': {
      requireRight(staff, 'settings:change')
      const read = formReader(form)
      const keep_days = read.whole('keep_days', { from: 30, to: 3_650 })
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'save-test-mode', (tx) => saveTestMode(tx, shop, { keep_days }))
      return redirectWith('/admin/twin', 'console.twin.keep.saved')
    }
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

export default function TwinPage({ loaderData }: Route.ComponentProps) {
  const { inTwin, sandbox, reseller, now, onlyTest, keepDays, twin } = loaderData
  const t = useText()
  const may = useMay()
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={useFailure()} />
        {onlyTest ? (
          <Alert tone="warn" title={t('console.twin.onlyTest')}>
            {t('console.twin.onlyTest.lead')}
          </Alert>
        ) : null}
        {inTwin || sandbox ? (
          <Card title={t('console.twin.here')}>
            <p className="text-muted">{t('console.twin.here.lead')}</p>
            <p className="mt-4">
              {t('console.twin.clock')}: <When at={now} as="exact" />
            </p>
            <div className="mt-4 flex flex-wrap gap-2">
              {may('reports:see') ? <LinkButton to="/admin/travel">{t('console.twin.travel')}</LinkButton> : null}
              {inTwin && may('messages:see') ? (
                <LinkButton to="/admin/messages">{t('console.twin.mails')}</LinkButton>
              ) : null}
              {inTwin ? <ActButton act="live">{t('console.mode.leave')}</ActButton> : null}
            </div>
          </Card>
        ) : twin === null ? (
          <Card title={t('console.twin.none')}>
            <p>{t('console.twin.lead')}</p>
            <p className="mt-2 text-muted">{t('console.twin.none.lead')}</p>
            {reseller ? <p className="mt-2 text-muted">{t('console.twin.reseller.lead')}</p> : null}
            {may('settings:change') ? (
              <div className="mt-5 flex justify-end">
                <ActButton act="sync" look="primary">
                  {t('console.twin.make')}
                </ActButton>
              </div>
            ) : null}
          </Card>
        ) : (
          <Card title={t('console.twin.title')}>
            <p className="mb-4 text-muted">{t('console.twin.lead')}</p>
            <DescriptionList
              items={[
                { label: t('console.twin.shop'), value: <bdi className="break-all">{twin.url}</bdi> },
                { label: t('console.twin.clock'), value: <When at={twin.now} as="exact" /> },
                {
                  label: t('console.twin.synced'),
                  value: twin.syncedAt ? <When at={twin.syncedAt} as="exact" /> : t('console.twin.never'),
                },
                {
                  label: t('console.twin.called'),
                  value: twin.calledAt ? <When at={twin.calledAt} as="exact" /> : t('console.twin.never'),
                },
              ]}
            />
            {may('settings:change') ? <p className="mt-4 text-sm text-muted">{t('console.twin.sync.lead')}</p> : null}
            {reseller ? <p className="mt-4 text-sm text-muted">{t('console.twin.reseller.lead')}</p> : null}
            <div className="mt-4 flex flex-wrap justify-end gap-2">
              {may('settings:change') ? <ActButton act="sync">{t('console.twin.sync')}</ActButton> : null}
              <ActButton act="test" look="primary">
                {t('console.twin.enter')}
              </ActButton>
            </div>
          </Card>
        )}
        {twin !== null && may('settings:change') ? <Keep days={keepDays} /> : null}
      </div>
    </>
  )
}

/** How long what is over in test mode stays there. */
function Keep({ days }: { days: number }) {
  const t = useText()
  const failed = useFailure()
  return (
    <Card title={t('console.twin.keep')}>
      <p className="text-muted">{t('console.twin.keep.lead')}</p>
      <Form method="post" className="mt-4 flex flex-col gap-5">
        <Field label={t('console.twin.keep.days')} error={failed?.errors.keep_days}>
          {(tied) => (
            <Input
              {...tied}
              type="number"
              name="keep_days"
              required
              min={30}
              max={3_650}
              defaultValue={failed?.values.keep_days ?? String(days)}
              className="sm:max-w-32"
            />
          )}
        </Field>
        <div className="flex justify-end">
          <Button name="act" value="keep">
            {t('console.settings.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
