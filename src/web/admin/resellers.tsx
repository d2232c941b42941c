import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { inviteReseller, withdrawInvitation } from '#modules/reselling/invite-reseller.ts'
import { findPack, listPacks, savePack } from '#modules/reselling/packs.ts'
import { listBranch, listInvitations, stateOfInvitation } from '#modules/reselling/queries.ts'
import { formatCredits, parseCredits } from '#modules/reselling/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/resellers.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'

/** The branch below this business, and invitations into it. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  return transaction(shop, 'read-resellers', async (tx) => ({
    resellers: (await listBranch(tx)).map((each) => ({
      id: each.id,
      depth: each.depth,
      name: each.name,
      open: each.liveAt !== null,
      running: each.linesRunning,
      waiting: each.linesWaiting,
      free: formatCredits(each.balance - each.held),
      createdAt: each.createdAt.toString(),
    })),
    invitations: (await listInvitations(tx, { limit: 20 })).map((each) => ({
      id: each.id,
      email: each.email,
      name: each.name,
      state: stateOfInvitation(each, shop.now()),
      createdAt: each.createdAt.toString(),
    })),
    plans: (await listPlans(tx)).map(({ id, name }) => ({ id, name })),
    currency: shop.currency,
    packs: (await listPacks(tx)).map(({ id, name, creditsMilli, priceMinor, currency, active }) => ({
      id,
      name,
      active,
      credits: formatCredits(creditsMilli),
      price: { minor: priceMinor, currency },
    })),
  }))
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'settings:change')
  const { shop, form } = staff
  const read = formReader(form)
  if (read.raw('act') === 'withdraw') {
    await withdrawInvitation(shop, read.raw('id'))
    return redirectWith('/admin/resellers', 'console.resellers.invitations.withdrawn')
  }
  if (read.raw('act') === 'pack') {
    requireRight(staff, 'wallets:money')
    const packName = read.text('pack_name', { most: 80 })
    const creditsMilli = parseCredits(read.raw('pack_credits')) ?? 0n
    if (creditsMilli === 0n) read.refuse('pack_credits', translator('en')('console.reseller.amount.wrong'))
    const price = read.money('pack_price', shop.currency, { required: true, positive: true })
    if (read.failed || price === null) return failure(read.errors, form)
    const facts = { name: packName, creditsMilli, currency: price.currency, priceMinor: price.minor, active: true }
    await transaction(shop, 'save-pack', (tx) => savePack(tx, shop, facts))
    return redirectWith('/admin/resellers', 'console.packs.saved')
  }
  if (read.raw('act') === 'pack_off') {
    requireRight(staff, 'wallets:money')
    await transaction(shop, 'save-pack', async (tx) => {
      const pack = await findPack(tx, read.raw('id'))
      if (pack === null) throw new Refusal('not_found', 'There is no such pack.')
      await savePack(tx, shop, { ...pack, active: !pack.active }, pack.id)
    })
    return redirectWith('/admin/resellers', 'console.packs.saved')
  }
  const email = read.email('email') ?? ''
  const name = read.text('name', { most: 80, least: 0 })
  const planIds = form.getAll('plan').filter((each): each is string => typeof each === 'string')
  const credits = read.raw('credits') === '' ? 0n : parseCredits(read.raw('credits'))
  if (credits === null) read.refuse('credits', translator('en')('console.reseller.amount.wrong'))
  if (read.failed || credits === null) return failure(read.errors, form)
  if (credits > 0n) requireRight(staff, 'credits:money')
  await inviteReseller(shop, { email, name, planIds, creditsMilli: credits })
  return redirectWith('/admin/resellers', 'console.resellers.invited', { values: { email } })
}

type Data = Route.ComponentProps['loaderData']
type Row = Data['resellers'][number]

export default function ResellersPage({ loaderData }: Route.ComponentProps) {
  const { resellers, invitations } = loaderData
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.resellers.name'),
      cell: (row) => (
        <span
          style={{ paddingInlineStart: `${(row.depth - 1) * 1.25}rem` }}
          className="flex flex-wrap items-center gap-2"
        >
          <bdi className="break-words">{row.name}</bdi>
          {row.open ? null : <Badge>{t('console.resellers.closed')}</Badge>}
        </span>
      ),
    },
    {
      id: 'free',
      header: t('console.resellers.free'),
      align: 'end',
      cell: (row) => <bdi className="tabular-nums">{row.free}</bdi>,
    },
    {
      id: 'running',
      header: t('console.resellers.running'),
      align: 'end',
      cell: (row) => <Count value={row.running} />,
    },
    {
      id: 'waiting',
      header: t('console.resellers.waiting'),
      align: 'end',
      cell: (row) => (row.waiting > 0 ? <Badge tone="bad">{String(row.waiting)}</Badge> : <Count value={0} />),
    },
    {
      id: 'since',
      header: t('console.resellers.since'),
      cell: (row) => <When at={row.createdAt} as="date" />,
      wide: true,
    },
  ]
  return (
    <>
      <PageHeader title={t('console.resellers.title')} description={t('console.resellers.lead')} />
      <div className="flex flex-col gap-6">
        <Card flush>
          <DataTable
            caption={t('console.resellers.title')}
            columns={columns}
            rows={resellers}
            rowKey={(row) => row.id}
            rowHref={(row) => `/admin/resellers/${row.id}`}
            empty={<EmptyState title={t('console.resellers.none')}>{t('console.resellers.none.lead')}</EmptyState>}
          />
        </Card>
        {may('settings:change') ? <Invite {...loaderData} /> : null}
        <Packs {...loaderData} />
        {invitations.length > 0 ? <Invitations invitations={invitations} /> : null}
      </div>
    </>
  )
}

function Invite({ plans }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  return (
    <Card title={t('console.resellers.invite')}>
      <Form method="post" className="flex max-w-3xl flex-col gap-5">
        <p className="text-muted">{t('console.resellers.invite.lead')}</p>
        <FormErrors failure={failed} />
        <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
          <Field label={t('console.resellers.invite.email')} error={errors.email}>
            {(tied) => (
              <Input {...tied} type="email" name="email" required maxLength={254} defaultValue={values.email} />
            )}
          </Field>
          <Field label={t('console.resellers.invite.name')} error={errors.name} optional>
            {(tied) => <Input {...tied} name="name" maxLength={80} defaultValue={values.name} />}
          </Field>
        </div>
        {plans.length > 0 ? (
          <FieldGroup legend={t('console.resellers.invite.plans')}>
            <div className="grid gap-3 sm:grid-cols-2">
              {plans.map(({ id, name }) => (
                <Checkbox key={id} name="plan" value={id} label={name} defaultChecked />
              ))}
            </div>
          </FieldGroup>
        ) : null}
        {may('credits:money') ? (
          <Field
            label={t('console.resellers.invite.credits')}
            hint={t('console.reseller.amount.hint')}
            error={errors.credits}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                name="credits"
                inputMode="decimal"
                maxLength={14}
                defaultValue={values.credits}
                className="max-w-48"
              />
            )}
          </Field>
        ) : null}
        <div className="flex justify-end">
          <Button look="primary" name="act" value="invite">
            {t('console.resellers.invite.go')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

function Invitations({ invitations }: Pick<Data, 'invitations'>) {
  const t = useText()
  const may = useMay()
  return (
    <Card title={t('console.resellers.invitations')} flush>
      <ul>
        {invitations.map(({ id, email, name, state, createdAt }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
          >
            <span className="min-w-0">
              <bdi className="break-all">{name || email}</bdi>
              <span className="block text-sm break-all text-muted">
                {name ? `${email} · ` : ''}
                <When at={createdAt} as="date" />
              </span>
            </span>
            <span className="flex items-center gap-3">
              <Badge tone={state === 'accepted' ? 'good' : 'none'}>
                {t(`console.resellers.invitations.state.${state}`)}
              </Badge>
              {state === 'open' && may('settings:change') ? (
                <ActButton act="withdraw" look="quiet" dense fields={{ id }}>
                  {t('console.resellers.invitations.withdraw')}
                </ActButton>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Credits that are sold: the more at once, the less each. */
function Packs({ packs, currency }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  if (!may('wallets:money')) return null
  return (
    <Card title={t('console.packs.title')}>
      <p className="text-muted">{t('console.packs.lead')}</p>
      <ul className="mt-4">
        {packs.map(({ id, name, credits, price, active }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-3 border-b border-line py-2 last:border-b-0"
          >
            <span className="min-w-0 break-words">
              {name} · <bdi className="tabular-nums">{credits}</bdi> · <Money value={price} />
            </span>
            <ActButton act="pack_off" look="quiet" dense fields={{ id }}>
              {t(active ? 'console.packs.off' : 'console.packs.on')}
            </ActButton>
          </li>
        ))}
      </ul>
      <Form method="post" className="mt-4 grid grid-cols-1 items-start gap-4 sm:grid-cols-4">
        <Field label={t('console.packs.name')} error={errors.pack_name}>
          {(tied) => <Input {...tied} name="pack_name" required maxLength={80} defaultValue={values.pack_name} />}
        </Field>
        <Field label={t('console.packs.credits')} error={errors.pack_credits}>
          {(tied) => (
            <Input
              {...tied}
              name="pack_credits"
              inputMode="decimal"
              required
              maxLength={14}
              defaultValue={values.pack_credits}
            />
          )}
        </Field>
        <Field label={t('console.packs.price', { currency })} error={errors.pack_price}>
          {(tied) => (
            <Input
              {...tied}
              name="pack_price"
              inputMode="decimal"
              required
              maxLength={14}
              defaultValue={values.pack_price}
            />
          )}
        </Field>
        <div className="self-end">
          <Button name="act" value="pack">
            {t('console.packs.add')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
