import '../i18n/areas/panel-health.ts'
import { Form } from 'react-router'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { ActButton, ActDialog } from './act.tsx'
import type { shownAccount } from './panel-account.server.ts'

type Account = NonNullable<Awaited<ReturnType<typeof shownAccount>>>

/** Whether our account at the panel has what it should: what our calls and purchases do not explain, for a person to explain. */
export function PanelAccount({ account, change }: { account: Account; change: boolean }) {
  const t = useText()
  const { comparedAt, differences, awaited } = account
  return (
    <Card title={t('console.account.title')}>
      <div className="flex flex-col gap-4">
        <p className="text-muted">
          {comparedAt === null ? (
            t('console.account.never')
          ) : (
            <>
              {t('console.account.lead')} <When at={comparedAt} />
            </>
          )}
        </p>
        {differences.length === 0 ? null : (
          <ul className="flex flex-col gap-3">
            {differences.map((each) => (
              <Difference key={each.id} difference={each} change={change} />
            ))}
          </ul>
        )}
        {awaited.map(({ id, credits, note, at }) => (
          <div key={id} className="flex flex-wrap items-center justify-between gap-2">
            <p>
              {t('console.account.awaited', { credits })} · <When at={at} />
              {note === '' ? null : <bdi className="block break-words text-muted">{note}</bdi>}
            </p>
            {change ? (
              <ActButton act="undo_purchase" look="quiet" dense fields={{ purchase: id }}>
                {t('console.account.undo')}
              </ActButton>
            ) : null}
          </div>
        ))}
        {change ? <Purchase formKey={account.formKey} /> : null}
      </div>
    </Card>
  )
}

function Difference({ difference, change }: { difference: Account['differences'][number]; change: boolean }) {
  const t = useText()
  const { id, from, at, credits, bought, state, reason, purchases } = difference
  const failed = useFailure()
  const mine = failed?.values.difference === id ? failed : null
  return (
    <li className="flex flex-col gap-1">
      <span className="flex flex-wrap items-center justify-between gap-2">
        <b className="tabular-nums">{credits}</b>
        <StateBadge of="account" state={state} />
      </span>
      <span className="text-sm text-muted">
        <When at={from} as="exact" /> – <When at={at} as="exact" />
      </span>
      {bought === null ? null : <span className="text-sm">{t('console.account.bought', { credits: bought })}</span>}
      {reason === null ? null : <bdi className="text-sm break-words">{reason}</bdi>}
      {change && (state === 'open' || state === 'rise') ? (
        <ActDialog
          act="explain"
          id={`explain-${id}`}
          trigger={t('console.account.explain')}
          title={t('console.account.explain')}
          confirm={t('console.account.explain.save')}
          keep={t('ui.cancel')}
          fields={{ difference: id }}
        >
          <p>{t(state === 'open' ? 'console.account.explain.open' : 'console.account.explain.rise')}</p>
          <Field label={t('console.account.reason')} error={mine?.errors.reason}>
            {(tied) => <Input {...tied} name="reason" required maxLength={500} defaultValue={mine?.values.reason} />}
          </Field>
        </ActDialog>
      ) : null}
      {change
        ? purchases.map((each) => (
            <ActButton key={each.id} act="undo_purchase" look="quiet" dense fields={{ purchase: each.id }}>
              {t('console.account.undo.of', { credits: each.credits })}
            </ActButton>
          ))
        : null}
    </li>
  )
}

function Purchase({ formKey }: { formKey: string }) {
  const t = useText()
  const failed = useFailure()
  const mine = failed?.values.act === 'note_purchase' ? failed : null
  return (
    <Form method="post" className="flex flex-col gap-4 border-t border-line pt-4">
      <input type="hidden" name="form_key" value={formKey} />
      <FormErrors failure={mine} />
      <Field label={t('console.account.credits')} hint={t('console.account.credits.hint')} error={mine?.errors.credits}>
        {(tied) => <Input {...tied} name="credits" required inputMode="decimal" defaultValue={mine?.values.credits} />}
      </Field>
      <Field label={t('console.account.note.field')} error={mine?.errors.note} optional>
        {(tied) => <Input {...tied} name="note" maxLength={200} defaultValue={mine?.values.note} />}
      </Field>
      <div className="flex justify-end">
        <Button name="act" value="note_purchase">
          {t('console.account.note')}
        </Button>
      </div>
    </Form>
  )
}
