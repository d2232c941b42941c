import { Form, Link } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { customersById, plansById } from '#modules/analytics/names.ts'
import { type Horizon, horizons, listQueue, type Queue, queues } from '#modules/analytics/renewal-queue.ts'
import { freeDaysForMany, holdMany, writeToMany } from '#modules/dunning/bulk.ts'
import { whyLeftOut } from '#modules/dunning/rules/bulk.ts'
import { plusHours } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/renewals-act.ts'
import { DaysField, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

const acts = ['message', 'hold', 'free_days'] as const
const rightOf = { message: 'messages:change', hold: 'lines:change', free_days: 'lines:money' } as const

/** How many of a list are acted on at once. */
const most = 200

/** A list of the renewal queue, looked at before something is done for all who are ticked. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const asked = new URL(request.url).searchParams
  const queue: Queue = queues.find((each) => each === asked.get('queue')) ?? 'expiring'
  const within: Horizon = horizons.find((days) => String(days) === asked.get('within')) ?? 7
  const act = acts.find((each) => each === asked.get('act')) ?? 'message'
  const tag = asked.get('tag')?.slice(0, 40) || null
  return { queue, within, tag, act, formKey: newFormKey(), ...(await readWhom(shop, { queue, within, tag, act })) }
}

async function readWhom(
  shop: Shop,
  { queue, within, tag, act }: { queue: Queue; within: Horizon; tag: string | null; act: (typeof acts)[number] },
) {
  const now = shop.now()
  return transaction(shop, 'read-renewals', async (tx) => {
    const found = await listQueue(tx, queue, { limit: most + 1 }, now, within, tag)
    const shown = found.slice(0, most)
    const customers = await customersById(
      tx,
      shown.map(({ customerId }) => customerId),
    )
    const plans = await plansById(
      tx,
      shown.map(({ planId }) => planId),
    )
    // Until when is said only in the form: what a hold of a day would leave out is known beforehand.
    const asked = act === 'hold' ? { act, until: plusHours(now, 24) } : { act }
    return {
      more: found.length > most,
      rows: shown.map((row) => {
        const customer = customers.get(row.customerId)
        return {
          id: row.id,
          customer: customer?.name || customer?.email || '',
          plan: plans.get(row.planId)?.name ?? '',
          ends: row.paidThrough?.toString() ?? null,
          leftOut: whyLeftOut(asked, row, now),
        }
      }),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'lines:see')
  const { shop, form } = staff
  const read = formReader(form)
  const act = read.choice('act', acts)
  requireRight(staff, rightOf[act])
  const ids = form.getAll('id').filter((each): each is string => typeof each === 'string')
  if (ids.length === 0) read.refuse('id', 'Please tick at least one.')
  const texts = {
    subject: act === 'message' ? read.text('subject', { most: 150 }) : '',
    body: act === 'message' ? read.text('body', { most: 5_000, lines: true }) : '',
    reason: act === 'message' ? '' : read.text('reason', { most: 500 }),
  }
  const days = act === 'free_days' ? read.whole('days', { from: 1, to: 365 }) : 0
  const until = act === 'hold' ? endOfDay(read.raw('until'), shop) : shop.now()
  if (until === null) read.refuse('until', 'Please choose a day to come.')
  if (read.failed || until === null) return failure(read.errors, form)
  // Null: the very form was sent before.
  let count: number | null = null as number | null
  await once(shop, request, form, async (open) => {
    const { done } =
      act === 'message'
        ? await writeToMany(open, ids, { ...texts, marketing: read.flag('marketing') })
        : act === 'hold'
          ? await holdMany(open, ids, until, texts.reason)
          : await freeDaysForMany(open, ids, days, texts.reason)
    count = done.length
  })
  const back = `/admin/renewals${new URL(request.url).search}`
  if (count === null) return redirectWith(back, 'console.renewals.bulk.repeated', { tone: 'info' })
  return count === ids.length
    ? redirectWith(back, 'console.renewals.bulk.done', { values: { count } })
    : redirectWith(back, `console.renewals.bulk.some.${act}`, { tone: 'warn', values: { count, ticked: ids.length } })
}

function endOfDay(text: string, shop: Shop): Temporal.Instant | null {
  try {
    const end = Temporal.PlainDate.from(text).add({ days: 1 }).toZonedDateTime(shop.zone).toInstant()
    return Temporal.Instant.compare(end, shop.now()) > 0 ? end : null
  } catch {
    return null
  }
}

export default function RenewalsAct({ loaderData }: Route.ComponentProps) {
  const { queue, within, tag, act, rows, more, formKey } = loaderData
  const t = useText()
  const failed = useFailure()
  const address = (what: string) =>
    `/admin/renewals/act?${new URLSearchParams({ queue, within: String(within), ...(tag === null ? {} : { tag }), act: what })}`
  const meant = rows.filter(({ leftOut }) => leftOut === null)
  const errors = failed?.errors ?? {}
  const values = failed?.values ?? {}
  return (
    <>
      <PageHeader
        title={t('console.renewals.bulk.title', { queue: t(`console.renewals.${queue}`) })}
        back={{ to: `/admin/renewals?queue=${queue}&within=${within}`, label: t('console.renewals.title') }}
      />
      <Tabs
        label={t('console.renewals.bulk.act')}
        tabs={acts.map((each) => ({
          to: address(each),
          label: t(`console.renewals.bulk.${each}`),
          current: each === act,
        }))}
      />
      <Form method="post" key={act} className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        <input type="hidden" name="act" value={act} />
        <input type="hidden" name="form_key" value={formKey} />
        <Card title={t(`console.renewals.bulk.${act}`)}>
          <div className="flex max-w-2xl flex-col gap-5">
            <p className="text-muted">{t(`console.renewals.bulk.${act}.lead`)}</p>
            {act === 'message' ? (
              <>
                <Field label={t('console.renewals.bulk.subject')} error={errors.subject}>
                  {(tied) => <Input {...tied} name="subject" required maxLength={150} defaultValue={values.subject} />}
                </Field>
                <Field
                  label={t('console.renewals.bulk.body')}
                  hint={t('console.renewals.bulk.body.hint')}
                  error={errors.body}
                >
                  {(tied) => (
                    <Textarea {...tied} name="body" required maxLength={5_000} rows={6} defaultValue={values.body} />
                  )}
                </Field>
                <Checkbox name="marketing" value="true" label={t('console.renewals.bulk.marketing')} defaultChecked />
              </>
            ) : (
              <>
                {act === 'hold' ? (
                  <Field label={t('console.subscription.until')} error={errors.until}>
                    {(tied) => <DateInput {...tied} name="until" required defaultValue={values.until} />}
                  </Field>
                ) : (
                  <DaysField label={t('console.renewals.bulk.days')} error={errors.days} defaultValue={values.days} />
                )}
                <ReasonField error={errors.reason} defaultValue={values.reason} />
              </>
            )}
          </div>
        </Card>
        <Card
          title={`${t('console.renewals.bulk.whom')}: ${t('console.renewals.bulk.reached', { count: meant.length })}`}
        >
          {errors.id ? <p className="mb-3 text-bad">{errors.id}</p> : null}
          {more ? <p className="mb-3 text-muted">{t('console.renewals.bulk.most', { most: rows.length })}</p> : null}
          {rows.length === 0 ? <p className="text-muted">{t('console.renewals.bulk.none')}</p> : null}
          <ul className="flex flex-col gap-3">
            {rows.map((row) => (
              <li key={row.id}>
                {row.leftOut === null ? (
                  <Checkbox name="id" value={row.id} defaultChecked label={<Whom row={row} />} />
                ) : (
                  <p className="text-muted">
                    <Whom row={row} /> · {row.leftOut}
                  </p>
                )}
              </li>
            ))}
          </ul>
        </Card>
        <div className="flex flex-wrap justify-end gap-3">
          <LinkButton to={`/admin/renewals?queue=${queue}&within=${within}`}>{t('ui.cancel')}</LinkButton>
          <Button look="primary" disabled={meant.length === 0}>
            {t(`console.renewals.bulk.${act}.go`)}
          </Button>
        </div>
      </Form>
    </>
  )
}

function Whom({ row }: { row: Route.ComponentProps['loaderData']['rows'][number] }) {
  return (
    <>
      <Link to={`/admin/subscriptions/${row.id}`} className="text-brand hover:underline">
        <bdi className="break-words">{row.customer}</bdi>
      </Link>
      , {row.plan}
      {row.ends ? (
        <>
          , <When at={row.ends} as="date" />
        </>
      ) : null}
    </>
  )
}
