import '../i18n/areas/policy.ts'
import { Form, Link } from 'react-router'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { dateText, Money, moneyText, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import { actorOf, reasonOf, sentenceOf } from './sentence-of.ts'
import type { readSubscriptionRecord } from './subscription.server.ts'

type Explained = Awaited<ReturnType<typeof readSubscriptionRecord>>['explained']

/** Why a subscription is as it is: what made it so, by which rule and version, with which money, and what keeps it up. */
export function Explanation({ explained, names }: { explained: Explained; names: Readonly<Record<string, string>> }) {
  const t = useText()
  const { because, bought, card, open, guards, policy, flagged, together } = explained
  return (
    <Card title={t('console.explain.title')}>
      {because ? <Because because={because} names={names} policy={policy} /> : null}
      <DescriptionList
        items={[
          {
            label: t('console.explain.policy'),
            value: (
              <>
                <Link to={`/admin/policy?policy=${policy.id}`} className="text-brand underline">
                  {t('console.subscription.policy.version', { name: policy.name, version: policy.version })}
                </Link>
                , {t(`console.explain.chosen.${policy.chosenBy}`)}
              </>
            ),
          },
          {
            label: t('console.explain.money'),
            value: bought ? (
              <>
                <Link to={`/admin/invoices/${bought.invoiceId}`} className="text-brand underline">
                  {bought.invoiceNumber}
                </Link>
                , <Money value={bought.total} />
              </>
            ) : (
              t('console.explain.free')
            ),
          },
          {
            label: t('console.explain.open'),
            value: open ? (
              <Link to={`/admin/invoices/${open.invoiceId}`} className="text-brand underline">
                <Money value={open.owed} />
              </Link>
            ) : null,
          },
          {
            label: t('console.explain.together'),
            value:
              together.length === 0 ? null : (
                <ul>
                  {together.map(({ id, username }) => (
                    <li key={id}>
                      <Link to={`/admin/subscriptions/${id}`} className="text-brand underline">
                        {username}
                      </Link>
                    </li>
                  ))}
                </ul>
              ),
          },
          {
            label: t('console.explain.card'),
            value: card ? (
              <>
                {card.name}, <When at={card.lastDay} as="date" />
              </>
            ) : null,
          },
          { label: t('console.explain.flagged'), value: flagged ? <When at={flagged} as="both" /> : null },
          {
            label: t('console.explain.guards'),
            value:
              guards.length === 0 ? (
                t('console.explain.guards.none')
              ) : (
                <ul>
                  {guards.map(({ cause, reason, until }) => (
                    <li key={cause}>
                      {reason}
                      {until ? (
                        <>
                          {' '}
                          (<When at={until} as="exact" />)
                        </>
                      ) : null}
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
      />
      <Assign policies={explained.policies} />
    </Card>
  )
}

function Because({
  because,
  names,
  policy,
}: {
  because: NonNullable<Explained['because']>
  names: Readonly<Record<string, string>>
  policy: Explained['policy']
}) {
  const page = usePage()
  const { t } = page
  const write = {
    money: (minor: bigint, currency: string) => moneyText({ minor, currency }, page),
    date: (iso: string) => dateText(iso, page),
  }
  const { event, rule } = because
  const reason = reasonOf({ reason: because.reason })
  return (
    <div className="mb-4 flex flex-col gap-1">
      <p className="font-medium">
        {t('console.explain.because', {
          what: sentenceOf(t, event, write),
          when: dateText(event.at, page),
          who: actorOf(t, event.actor, names),
        })}
      </p>
      {reason ? <p>{reason}</p> : null}
      {rule ? (
        <p className="text-sm text-muted">
          {t('console.explain.rule', {
            step: rule.step,
            policy: rule.policyId === policy.id ? policy.name : rule.policyId,
            version: rule.version ?? '',
          })}
          {rule.rules.length > 0 ? `, ${t('console.explain.rules', { rules: rule.rules.join(', ') })}` : ''}
        </p>
      ) : null}
    </div>
  )
}

/** Staff put this one under another policy, with a reason; folded away, since it is rarely needed. */
function Assign({ policies }: { policies: Explained['policies'] }) {
  const t = useText()
  const may = useMay()
  if (!may('lines:change') || policies.length < 2) return null
  return (
    <details className="mt-4 border-t border-line pt-3">
      <summary className="flex min-h-11 cursor-pointer items-center font-medium sm:min-h-6">
        {t('console.explain.assign')}
      </summary>
      <Form method="post" className="mt-3 flex flex-col gap-4">
        <Field label={t('console.explain.policy')}>
          {(tied) => (
            <Select
              {...tied}
              name="policy"
              empty={t('console.explain.assign.back')}
              options={policies.map(({ id, name }) => ({ value: id, label: name }))}
            />
          )}
        </Field>
        <ReasonField />
        <div>
          <Button name="act" value="policy">
            {t('console.explain.assign')}
          </Button>
        </div>
      </Form>
    </details>
  )
}
