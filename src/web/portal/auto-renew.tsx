import { redirect } from 'react-router'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyText, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/auto-renew.ts'
import { Column, Portal } from './frame.tsx'
import { lineView } from './line-view.ts'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

/** As they stand in the history of the subscription; staff read them in English. */
const reasons = {
  expensive: 'too expensive',
  broken: 'does not work well',
  unused: 'not used',
  features: 'missing features',
  other: 'other',
} as const
type Reason = keyof typeof reasons
const reasonKeys = Object.keys(reasons) as Reason[]

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const view = lineView(await read(me.shop, (tx) => ownLine(tx, me, params.id)), me.shop.now())
  // There is nothing to switch: the first page says how the line stands.
  if (view === null || !view.renews) throw redirect('/account')
  return view
}

/** Switching off loses nothing that was paid for, so it is done without another question. Repeating it changes nothing. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  const on = textOf(form, 'auto_renew') === 'on'
  const given = textOf(form, 'reason')
  if (given !== '' && !Object.hasOwn(reasons, given))
    throw new Refusal('invalid_input', 'Please choose a reason from the list, or none.', [
      { pointer: '/reason', code: 'unknown', detail: 'Please choose a reason from the list, or none.' },
    ])
  await read(me.shop, async (tx) => {
    const standing = await ownLine(tx, me, params.id)
    if (!lineView(standing, me.shop.now())?.renews) throw new Refusal('conflict', 'This line has nothing to renew.')
    const reason = on || given === '' ? undefined : reasons[given as Reason]
    await setAutoRenew(tx, me.shop, standing.subscription.id, on, me.shop.now(), reason)
  })
  return redirectWith('/account', on ? 'portal.autoRenew.nowOn' : 'portal.autoRenew.nowOff')
}

export default function AutoRenew({ loaderData: line }: Route.ComponentProps) {
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  const { autoRenew, endsAt, planName, price } = line
  return (
    <Portal>
      <Column>
        <PageHeader
          title={t(autoRenew ? 'portal.autoRenew.off.title' : 'portal.autoRenew.on.title', { name: planName })}
          back={{ to: '/account', label: t('portal.nav.lines') }}
        />
        <Card>
          <form method="post" className="flex flex-col gap-5">
            <FormErrors failure={failure} />
            <p>
              {t(autoRenew ? 'portal.autoRenew.off.then' : 'portal.autoRenew.on.then', {
                amount: moneyText(price, page),
              })}{' '}
              <When at={endsAt} as="date" />.
            </p>
            <p className="text-muted">{t(autoRenew ? 'portal.autoRenew.off.keep' : 'portal.autoRenew.on.keep')}</p>
            {autoRenew ? (
              <Field label={t('portal.autoRenew.why')} optional error={failure?.errors.reason}>
                {(tied) => (
                  <Select
                    {...tied}
                    name="reason"
                    defaultValue={failure?.values.reason ?? ''}
                    options={[
                      { value: '', label: t('portal.autoRenew.why.none') },
                      ...reasonKeys.map((key) => ({ value: key, label: t(`portal.autoRenew.why.${key}`) })),
                    ]}
                  />
                )}
              </Field>
            ) : null}
            <div className="flex flex-wrap gap-3">
              <Button
                look="primary"
                name="auto_renew"
                value={autoRenew ? 'off' : 'on'}
                className="py-1 whitespace-normal!"
              >
                {t(autoRenew ? 'portal.autoRenew.off' : 'portal.autoRenew.on')}
              </Button>
              <LinkButton to="/account">
                {t(autoRenew ? 'portal.autoRenew.off.stay' : 'portal.autoRenew.on.stay')}
              </LinkButton>
            </div>
          </form>
        </Card>
        {autoRenew ? (
          <p className="text-muted">
            {t('portal.autoRenew.help')}{' '}
            <LinkButton look="quiet" dense to="/help" className="text-brand">
              {t('portal.autoRenew.help.link')}
            </LinkButton>
          </p>
        ) : null}
      </Column>
    </Portal>
  )
}
