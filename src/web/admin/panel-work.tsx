import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { ActButton, ActDialog } from './act.tsx'

type Work = {
  planned: { starts: string; ends: string; reason: string; running: boolean } | null
  zone: string
  starts_at: string
  ends_at: string
}

/** Hours in which nothing is sent to the panel: planned, shown, ended early. */
export function PanelWork({ work, change }: { work: Work; change: boolean }) {
  const t = useText()
  const { planned } = work
  return (
    <Card title={t('console.work.title')}>
      <div className="flex flex-col gap-4">
        {planned ? (
          <p>
            {t(planned.running ? 'console.work.running' : 'console.work.ahead')}: <bdi>{planned.reason}</bdi>
            <br />
            <When at={planned.starts} as="exact" /> – <When at={planned.ends} as="exact" />
          </p>
        ) : (
          <p className="text-muted">{t('console.work.none')}</p>
        )}
        {change ? (
          <div className="flex flex-wrap gap-2">
            <PlanWork work={work} />
            {planned ? (
              <ActButton act="end_work">{t(planned.running ? 'console.work.isOver' : 'console.work.drop')}</ActButton>
            ) : null}
          </div>
        ) : null}
      </div>
    </Card>
  )
}

function PlanWork({ work }: { work: Work }) {
  const t = useText()
  const { errors = {}, values } = useFailure() ?? {}
  return (
    <ActDialog
      act="plan_work"
      trigger={t(work.planned ? 'console.work.move' : 'console.work.plan')}
      title={t('console.work.plan.title')}
      confirm={t('console.work.plan')}
      keep={t('ui.cancel')}
    >
      <p className="text-muted">{t('console.work.plan.lead')}</p>
      <Field
        label={t('console.work.starts')}
        hint={t('console.work.zone', { zone: work.zone })}
        error={errors.starts_at}
      >
        {(tied) => (
          <Input {...tied} type="datetime-local" name="starts_at" defaultValue={values?.starts_at ?? work.starts_at} />
        )}
      </Field>
      <Field label={t('console.work.ends')} error={errors.ends_at}>
        {(tied) => (
          <Input
            {...tied}
            type="datetime-local"
            name="ends_at"
            required
            defaultValue={values?.ends_at ?? work.ends_at}
          />
        )}
      </Field>
      <Field label={t('console.work.reason')} hint={t('console.work.reason.hint')} error={errors.reason}>
        {(tied) => (
          <Input
            {...tied}
            name="reason"
            required
            maxLength={200}
            defaultValue={values?.reason ?? work.planned?.reason ?? ''}
          />
        )}
      </Field>
    </ActDialog>
  )
}
