import '../i18n/areas/staff.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { grantorOf } from '#modules/people/memberships.ts'
import { actions, areas, lies, offered } from '#modules/people/permissions.ts'
import { changeRole, createRole, readRole, removeRole } from '#modules/people/roles.ts'
import { Refusal } from '#platform/errors.ts'
import { toDecimal } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/role.ts'
import { ActDialog } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { roleTitle } from './role-words.tsx'

/** One role: what it may, and how much. `new?from=support` begins with a copy. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'staff:see')
  const { shop, member, rights, recent } = staff
  const fresh = params.id === 'new'
  if (fresh) requireRight(staff, 'staff:change')
  const source = fresh ? (new URL(request.url).searchParams.get('from') ?? 'read_only') : params.id
  const role = await transaction(shop, 'read-role', (tx) => readRole(tx, source))
  const refund = role.limits.refundMinor
  return {
    ...{ id: role.id, name: role.name, fresh, members: role.members },
    builtIn: !fresh && role.builtIn,
    permissions: [...role.rights],
    actions,
    areas: areas.map((area) => ({ area, offered: actions.filter((action) => offered[area].includes(action)) })),
    refund: refund === null ? '' : toDecimal({ minor: refund, currency: shop.currency }),
    days: role.limits.freeDays?.toString() ?? '',
    currency: shop.currency,
    mine: [...rights],
    change: rights.has('staff:change'),
    decides: fresh || (member.role !== role.id && lies(role, grantorOf(member))),
    recent,
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, member, form } = await actAs(context, request, 'staff:change', { recent: true })
  const by = grantorOf(member)
  const fresh = params.id === 'new'
  if (form.get('act') === 'remove') {
    await transaction(shop, 'remove-role', (tx) => removeRole(tx, shop, by, params.id))
    return redirectWith('/admin/staff/roles', 'console.roles.removed')
  }
  if (form.get('act') !== 'save') throw new Refusal('bad_request', 'This page has no such act.')
  const read = formReader(form)
  const limits = {
    refundMinor: read.money('refund', shop.currency)?.minor ?? null,
    freeDays: read.raw('days') === '' ? null : read.whole('days', { from: 0, to: 365 }),
  }
  const known = fresh ? null : await transaction(shop, 'read-role', (tx) => readRole(tx, params.id))
  const name = known?.builtIn ? '' : read.text('name', { most: 60 })
  // A field for each, so that a refused form keeps what was ticked.
  const permissions = [...form.keys()].flatMap((key) => /^may\.(\w+:\w+)$/.exec(key)?.[1] ?? [])
  if (read.failed) return failure(read.errors, form)
  if (known === null) {
    await transaction(shop, 'create-role', (tx) => createRole(tx, shop, by, { name, permissions, limits }))
    return redirectWith('/admin/staff/roles', 'console.roles.created')
  }
  await transaction(shop, 'change-role', (tx) =>
    changeRole(tx, shop, by, params.id, known.builtIn ? { limits } : { name, permissions, limits }),
  )
  return redirectWith('/admin/staff/roles', 'console.roles.saved')
}

type Data = Route.ComponentProps['loaderData']

export default function RolePage({ loaderData }: Route.ComponentProps) {
  const { id, fresh, builtIn, members, change, recent, decides } = loaderData
  const t = useText()
  const failed = useFailure()
  const editable = change && recent && decides && id !== 'owner'
  const title = roleTitle(t, loaderData)
  return (
    <>
      <PageHeader
        title={fresh ? t('console.roles.add') : title}
        back={{ to: '/admin/staff/roles', label: t('console.roles.title') }}
        actions={
          <>
            {!fresh && change ? (
              <LinkButton to={`/admin/staff/roles/new?from=${id}`}>{t('console.roles.copy')}</LinkButton>
            ) : null}
            {!fresh && !builtIn && members === 0 && editable ? (
              <ActDialog
                act="remove"
                trigger={t('console.roles.remove')}
                title={t('console.roles.remove.title', { name: title })}
                confirm={t('console.roles.remove')}
                keep={t('ui.cancel')}
                danger
              >
                <p className="text-muted">{t('console.roles.remove.lead')}</p>
              </ActDialog>
            ) : null}
          </>
        }
      />
      <div className="flex max-w-4xl flex-col gap-6">
        {change && !recent ? (
          <Alert
            tone="info"
            title={t('console.roles.locked')}
            actions={
              <LinkButton to={`/admin/confirm?to=/admin/staff/roles/${fresh ? 'new' : id}`}>
                {t('console.gateway.unlock')}
              </LinkButton>
            }
          />
        ) : null}
        {change && !decides ? <Alert tone="info" title={t('console.roles.own')} /> : null}
        {builtIn ? <p className="text-muted">{t('console.roles.builtIn')}</p> : null}
        <FormErrors failure={failed} />
        <Form method="post" className="flex flex-col gap-6">
          {builtIn ? null : <Name {...loaderData} />}
          <Permissions {...loaderData} locked={!editable || builtIn} />
          {id === 'owner' && !fresh ? null : <Limits {...loaderData} />}
          {editable || (fresh && recent) ? (
            <div className="flex justify-end">
              <Button look="primary" name="act" value="save">
                {t('console.roles.save')}
              </Button>
            </div>
          ) : null}
        </Form>
      </div>
    </>
  )
}

function Name(data: Data) {
  const t = useText()
  const { errors, kept } = keeping(useFailure())
  const given = data.fresh ? t('console.roles.copyOf', { name: roleTitle(t, data) }) : data.name
  return (
    <Card>
      <Field label={t('console.roles.name')} error={errors.name}>
        {(tied) => <Input {...tied} name="name" required maxLength={60} defaultValue={kept('name', given)} />}
      </Field>
    </Card>
  )
}

/** A row for each area; only what opens something can be ticked, and only what one may oneself. */
function Permissions({ permissions, mine, actions: all, areas: rows, locked }: Data & { locked: boolean }) {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values } = failed ?? {}
  const ticked = (permission: Data['permissions'][number]) =>
    values ? values[`may.${permission}`] !== undefined : permissions.includes(permission)
  return (
    <Card title={t('console.roles.permissions')} flush>
      {errors.permissions ? <p className="px-5 pt-4 text-sm font-medium text-bad">{errors.permissions}</p> : null}
      <section
        aria-label={t('console.roles.permissions')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto"
      >
        <table className="w-full text-start">
          <thead>
            <tr className="border-b border-line text-sm text-muted">
              <td />
              {all.map((action) => (
                <th key={action} scope="col" className="px-3 py-2 text-center font-medium">
                  {t(`console.roles.action.${action}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ area, offered: open }) => (
              <tr key={area} className="border-b border-line last:border-b-0">
                <th scope="row" className="px-5 py-2 text-start font-normal">
                  {t(`console.roles.area.${area}`)}
                </th>
                {all.map((action) => (
                  <td key={action} className="px-3 py-2 text-center">
                    {open.includes(action) ? (
                      <label className="inline-flex min-h-11 min-w-11 items-center justify-center">
                        <input
                          type="checkbox"
                          name={`may.${area}:${action}`}
                          aria-label={`${t(`console.roles.area.${area}`)}: ${t(`console.roles.action.${action}`)}`}
                          defaultChecked={ticked(`${area}:${action}`)}
                          disabled={locked || !mine.includes(`${area}:${action}`)}
                          className="tick size-5"
                        />
                      </label>
                    ) : null}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  )
}

function Limits({ refund, days, currency }: Data) {
  const t = useText()
  const { errors, kept } = keeping(useFailure())
  return (
    <Card title={t('console.roles.limits')}>
      <p className="mb-4 text-muted">{t('console.roles.limits.lead')}</p>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label={t('console.roles.mostRefund')}
          hint={t('console.roles.mostRefund.hint')}
          error={errors.refund}
          optional
        >
          {(tied) => <MoneyInput {...tied} name="refund" currency={currency} defaultValue={kept('refund', refund)} />}
        </Field>
        <Field label={t('console.roles.mostDays')} hint={t('console.roles.mostDays.hint')} error={errors.days} optional>
          {(tied) => <Input {...tied} type="number" name="days" min={0} max={365} defaultValue={kept('days', days)} />}
        </Field>
      </div>
    </Card>
  )
}
