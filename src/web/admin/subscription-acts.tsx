import { LinkButton } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import { ActButton, ActDialog, DaysField, ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import type { readSubscriptionRecord } from './subscription.server.ts'
import { KeepPrice } from './subscription-price.tsx'

type Known = Pick<
  Awaited<ReturnType<typeof readSubscriptionRecord>>,
  'subscription' | 'addOns' | 'together' | 'running' | 'rest' | 'freeDaysFrom' | 'plan' | 'line' | 'priceException'
> & {
  formKey: string
}

/** What a person may decide against the subscription's own course; each says what will happen before it does. */
export function SubscriptionActs({
  subscription,
  addOns,
  together,
  running,
  rest,
  freeDaysFrom,
  line,
  priceException,
  formKey,
}: Known) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const ended = subscription.status === 'terminated'
  if (!running && !rest?.resting && !ended) return null
  const errors = failed?.errors ?? {}
  const values = failed?.values ?? {}
  const reason = <ReasonField error={errors.reason} defaultValue={values.reason} />
  const username = line?.username ?? ''
  const until = (optional: boolean) => (
    <Field
      label={t('console.subscription.until')}
      hint={t('console.subscription.until.hint')}
      error={errors.until}
      optional={optional}
    >
      {(tied) => <DateInput {...tied} name="until" required={!optional} defaultValue={values.until} />}
    </Field>
  )
  if (ended)
    return may('lines:change') ? (
      <ActDialog
        act="restore"
        trigger={t('console.subscription.restore')}
        title={t('console.subscription.restore.title', { username })}
        confirm={t('console.subscription.restore')}
        keep={t('ui.cancel')}
      >
        <p className="text-muted">{t('console.subscription.restore.lead')}</p>
        {until(!subscription.paidTimeIsOver)}
        {reason}
      </ActDialog>
    ) : null
  return (
    <>
      {may('lines:change') && subscription.status === 'suspended' ? (
        <ActDialog
          act="resume"
          look="primary"
          trigger={t('console.subscription.resume')}
          title={t('console.subscription.resume.title', { username })}
          confirm={t('console.subscription.resume')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.subscription.resume.lead')}</p>
          {until(!subscription.paidTimeIsOver)}
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:change') && rest?.resting ? (
        <ActDialog
          act="end_pause"
          look="primary"
          trigger={t('life.pause.goOn.link')}
          title={t('life.pause.goOn.title', { name: username })}
          confirm={t('life.pause.goOn')}
          keep={t('life.pause.stay')}
        >
          {rest.endsAt ? (
            <p>
              {t('life.pause.newEnd')} <When at={rest.endsAt} as="both" />
            </p>
          ) : null}
          {rest.resumesAt ? (
            <p className="text-muted">
              {t('life.pause.byItself')} <When at={rest.resumesAt} as="both" />
            </p>
          ) : null}
        </ActDialog>
      ) : null}
      {may('lines:change') && rest?.resting === false ? (
        <ActDialog
          act="pause"
          trigger={t('life.pause.link')}
          title={t('life.pause.title', { name: username })}
          confirm={t('life.pause.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('life.pause.lead', { count: rest.keptDays })}</p>
          <p className="text-muted">
            {t('life.pause.latest')} <When at={rest.latest} as="date" />.
          </p>
          {until(true)}
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:money') && freeDaysFrom ? (
        <ActDialog
          act="free_days"
          trigger={t('console.subscription.freeDays')}
          title={t('console.subscription.freeDays.title')}
          confirm={t('console.subscription.freeDays.go')}
          keep={t('ui.cancel')}
          fields={{ form_key: formKey }}
        >
          <p className="text-muted">
            {t('console.subscription.freeDays.lead')} <When at={freeDaysFrom} as="date" />
          </p>
          <DaysField label={t('console.subscription.freeDays.days')} error={errors.days} defaultValue={values.days} />
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:change') && ['active', 'grace', 'suspended'].includes(subscription.status) ? (
        <LinkButton to={`/admin/subscriptions/${subscription.id}/plan`}>{t('life.plan.link')}</LinkButton>
      ) : null}
      {may('lines:change') && addOns.offered && ['active', 'grace', 'suspended'].includes(subscription.status) ? (
        <LinkButton to={`/admin/subscriptions/${subscription.id}/add-ons`}>{t('life.addOns.link')}</LinkButton>
      ) : null}
      {may('lines:change') && together.possible ? (
        <LinkButton to={`/admin/subscriptions/${subscription.id}/together`}>{t('life.household.link')}</LinkButton>
      ) : null}
      {may('lines:money') && running && subscription.paidThrough ? (
        <ActDialog
          act="move_end"
          trigger={t('console.subscription.moveEnd')}
          title={t('console.subscription.moveEnd.title')}
          confirm={t('console.subscription.moveEnd.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">
            {t('console.subscription.moveEnd.lead')} <When at={subscription.paidThrough} as="both" />
          </p>
          {until(false)}
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:money') && running && priceException === null ? <KeepPrice /> : null}
      {may('lines:change') && running ? (
        <ActDialog
          act="hold"
          trigger={t('console.subscription.hold')}
          title={t('console.subscription.hold.title')}
          confirm={t('console.subscription.hold.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.subscription.hold.lead')}</p>
          {until(true)}
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:change') ? (
        <ActButton act="auto_renew" fields={{ on: String(!subscription.autoRenew) }}>
          {t(subscription.autoRenew ? 'console.subscription.renewOff' : 'console.subscription.renewOn')}
        </ActButton>
      ) : null}
      {may('lines:change') && running && subscription.status !== 'suspended' ? (
        <ActDialog
          act="suspend"
          danger
          trigger={t('console.subscription.suspend')}
          title={t('console.subscription.suspend.title', { username })}
          confirm={t('console.subscription.suspend')}
          keep={t('console.subscription.suspend.keep')}
        >
          <p className="text-muted">{t('console.subscription.suspend.lead')}</p>
          {reason}
        </ActDialog>
      ) : null}
      {may('lines:change') && subscription.cancelAtEnd ? (
        <ActButton act="undo_cancel">{t('life.cancel.undo')}</ActButton>
      ) : null}
      {may('lines:change') && !subscription.cancelAtEnd && subscription.paidThrough ? (
        <ActDialog
          act="cancel"
          trigger={t('life.cancel.link')}
          title={t('life.cancel.title', { name: username })}
          confirm={t('life.cancel.atEnd.go')}
          keep={t('life.cancel.keep')}
        >
          <p className="text-muted">
            {t('life.cancel.paidThrough')} <When at={subscription.paidThrough} as="both" />
          </p>
          {reason}
        </ActDialog>
      ) : null}
      {may('refunds:money') ? (
        <LinkButton to={`/admin/subscriptions/${subscription.id}/cancel`}>{t('life.cancel.now.link')}</LinkButton>
      ) : null}
      {may('lines:delete') ? (
        <ActDialog
          act="terminate"
          danger
          trigger={t('console.subscription.terminate')}
          title={t('console.subscription.terminate.title', { username })}
          confirm={t('console.subscription.terminate')}
          keep={t('console.subscription.terminate.keep')}
        >
          <p className="text-muted">
            {t('console.subscription.terminate.lead')}{' '}
            {subscription.paidThrough && !subscription.paidTimeIsOver ? (
              <>
                {t('console.subscription.terminate.lost')} <When at={subscription.paidThrough} as="both" />
              </>
            ) : null}
          </p>
          {reason}
        </ActDialog>
      ) : null}
    </>
  )
}
