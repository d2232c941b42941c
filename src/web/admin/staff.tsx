import '../i18n/areas/staff.ts'
import { Form } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { inviteMember, lastDayOf } from '#modules/messages/invite-member.ts'
import { endActing, saveSupportAccess } from '#modules/people/acting.ts'
import { changeMember, grantorOf, listStaff, removeMember } from '#modules/people/memberships.ts'
import { lies } from '#modules/people/permissions.ts'
import { listRoles } from '#modules/people/roles.ts'
import { saveSecuritySettings, securitySetting } from '#modules/people/security-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { textOr } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards, Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/staff.ts'
import { ActDialog } from './act.tsx'
import { dayOf } from './coupon-form.server.ts'
import { type FormReader, formReader } from './form-reader.server.ts'
import { actAs, type Staff, staffOf } from './guard.server.ts'
import { roleTitle, StaffTabs } from './role-words.tsx'
import { SettingsTabs } from './settings-tabs.tsx'
import { readSupport } from './support.server.ts'
import { Support } from './support.tsx'

/** Who works here, as what, and until when. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, member, rights, recent } = await staffOf(context, request, 'staff:see')
  const { staff, roles, security, support } = await transaction(shop, 'read-staff', async (tx) => ({
    staff: await listStaff(tx),
    roles: await listRoles(tx),
    security: await readSetting(tx, shop, securitySetting),
    support: await readSupport(tx, shop),
  }))
  const mine = grantorOf(member)
  const now = shop.app.clock.now()
  return {
    staff: staff.map((each) => ({
      ...{ id: each.id, email: each.email, name: each.name, role: each.role, roleName: each.roleName },
      createdAt: each.createdAt.toString(),
      lastDay: each.expiresAt === null ? '' : lastDayOf(each.expiresAt, shop.zone),
      over: each.expiresAt !== null && Temporal.Instant.compare(each.expiresAt, now) <= 0,
      me: each.id === member.id,
      mine: lies(each, mine) && (each.role !== 'owner' || member.role === 'owner'),
    })),
    change: rights.has('staff:change'),
    recent,
    requireFactor: security.require_second_factor,
    support,
    roles: roles
      .filter((role) => lies(role, mine) && (role.id !== 'owner' || member.role === 'owner'))
      .map(({ id, name }) => ({ id, name })),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'staff:change', { recent: true })
  const { shop, member, form } = staff
  const read = formReader(form)
  const id = read.raw('id')
  switch (form.get('act')) {
    case 'invite':
      return invite(context, staff)
    case 'change': {
      const role = await roleIn(shop, read)
      const expiresAt = endIn(read, shop.zone)
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'change-member', (tx) =>
        changeMember(tx, shop, grantorOf(member), id, { role, expiresAt }),
      )
      return redirectWith('/admin/staff', 'console.staff.roleSaved')
    }
    case 'remove':
      await transaction(shop, 'remove-member', (tx) => removeMember(tx, shop, grantorOf(member), id))
      return redirectWith('/admin/staff', 'console.staff.removed')
    case 'security': {
      const wanted = { require_second_factor: read.flag('require_second_factor') }
      await transaction(shop, 'save-security', (tx) => saveSecuritySettings(tx, shop, wanted))
      return redirectWith('/admin/staff', 'console.security.saved')
    }
    case 'support': {
      const open = read.flag('open')
      await transaction(shop, 'save-support-access', (tx) => saveSupportAccess(tx, shop, open))
      return redirectWith('/admin/staff', open ? 'console.support.opened' : 'console.support.shut')
    }
    case 'send_out':
      await transaction(shop, 'end-acting', (tx) => endActing(tx, shop, id))
      return redirectWith('/admin/staff', 'console.support.ended')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

async function roleIn(shop: Shop, read: FormReader): Promise<string> {
  const roles = await transaction(shop, 'read-roles', listRoles)
  return read.choice(
    'role',
    roles.map(({ id }) => id),
  )
}

/** The whole of the last day. */
function endIn(read: FormReader, zone: string): Temporal.Instant | null {
  return dayOf(read, 'until')?.add({ days: 1 }).toZonedDateTime(zone).toInstant() ?? null
}

async function invite(context: Route.ActionArgs['context'], { shop, member, form }: Staff & { form: FormData }) {
  const web = webOf(context)
  const read = formReader(form)
  const email = read.email('email') ?? ''
  const name = read.text('name', { most: 120, least: 0 })
  const role = await roleIn(shop, read)
  const expiresAt = endIn(read, shop.zone)
  if (read.failed) return failure(read.errors, form)
  const invitedBy = member.name || member.email
  await inviteMember(shop, doorOf(web).signIn, grantorOf(member), { email, name, role, expiresAt, invitedBy })
  return redirectWith('/admin/staff', 'console.staff.invited', { values: { email } })
}

type Data = Route.ComponentProps['loaderData']

export default function StaffPage({ loaderData }: Route.ComponentProps) {
  const { staff, change, recent, support } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <StaffTabs />
      <div className="flex max-w-4xl flex-col gap-6">
        {change && !recent ? (
          <Alert
            tone="info"
            title={t('console.staff.locked')}
            actions={<LinkButton to="/admin/confirm?to=/admin/staff">{t('console.gateway.unlock')}</LinkButton>}
          />
        ) : null}
        <FormErrors failure={failed} />
        <Card title={t('console.staff.people')} flush>
          <ul>
            {staff.map((person) => (
              <Person key={person.id} person={person} {...loaderData} />
            ))}
          </ul>
        </Card>
        {change && recent ? <Invite {...loaderData} /> : null}
        {change && recent ? <HowStaffSignIn {...loaderData} /> : null}
        {support === null ? null : <Support support={support} change={change && recent} />}
      </div>
    </>
  )
}

function Person({ person, change, recent, roles: mine }: Data & { person: Data['staff'][number] }) {
  const t = useText()
  const { id, email, name, role, roleName, me, createdAt, lastDay, over } = person
  const editable = change && recent && !me && person.mine
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-b border-line px-5 py-3 last:border-b-0">
      <span className="min-w-0">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          <bdi className="break-all">{name || email}</bdi>
          {me ? <Badge tone="brand">{t('console.staff.you')}</Badge> : null}
          {over ? <Badge tone="warn">{t('console.staff.over')}</Badge> : null}
        </span>
        <span className="block text-sm break-all text-muted">
          {name ? `${email} · ` : ''}
          {t('console.staff.since')} <When at={createdAt} as="date" />
          {lastDay ? ` · ${t('console.staff.ends')} ${lastDay}` : ''}
        </span>
      </span>
      {editable ? (
        <span className="flex flex-wrap items-center gap-2">
          <Form method="post" className="flex flex-wrap items-center gap-2">
            <input type="hidden" name="id" value={id} />
            <Select
              key={role}
              name="role"
              aria-label={t('console.staff.roleOf', { name: name || email })}
              options={mine.map((each) => ({ value: each.id, label: roleTitle(t, each) }))}
              defaultValue={role}
            />
            <Input
              key={lastDay}
              type="date"
              name="until"
              aria-label={t('console.staff.until')}
              defaultValue={lastDay}
              className="max-w-40"
            />
            <Button name="act" value="change">
              {t('console.staff.saveRole')}
            </Button>
          </Form>
          <Remove id={id} name={name || email} />
        </span>
      ) : (
        <Badge>{roleTitle(t, { id: role, name: roleName })}</Badge>
      )}
    </li>
  )
}

function Remove({ id, name }: { id: string; name: string }) {
  const t = useText()
  return (
    <ActDialog
      id={`remove-${id}`}
      act="remove"
      look="quiet"
      trigger={t('console.staff.remove')}
      title={t('console.staff.remove.title', { name })}
      confirm={t('console.staff.remove')}
      keep={t('ui.cancel')}
      danger
      fields={{ id }}
    >
      <p className="text-muted">{t('console.staff.remove.lead')}</p>
    </ActDialog>
  )
}

function Invite({ roles: mine }: Data) {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  return (
    <Card title={t('console.staff.invite')}>
      <Form method="post" className="flex flex-col gap-5">
        <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
          <Field label={t('console.signIn.email')} error={errors.email}>
            {(tied) => (
              <Input {...tied} type="email" name="email" required maxLength={254} defaultValue={values.email} />
            )}
          </Field>
          <Field label={t('console.customer.name')} error={errors.name} optional>
            {(tied) => <Input {...tied} name="name" maxLength={120} defaultValue={values.name} />}
          </Field>
        </div>
        <FieldGroup legend={t('console.staff.role')} error={errors.role}>
          <RadioCards
            name="role"
            columns={2}
            defaultValue={values.role ?? 'support'}
            options={mine.map((role) => ({
              value: role.id,
              label: roleTitle(t, role),
              hint: textOr(t, `console.staff.role.${role.id}.hint`, ''),
            }))}
          />
        </FieldGroup>
        <Field
          label={t('console.staff.until')}
          hint={t('console.staff.until.hint')}
          error={errors.until ?? errors.expires_at}
          optional
        >
          {(tied) => <Input {...tied} type="date" name="until" defaultValue={values.until} className="max-w-48" />}
        </Field>
        <div className="flex justify-end">
          <Button look="primary" name="act" value="invite">
            {t('console.staff.invite.go')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

function HowStaffSignIn({ requireFactor }: Data) {
  const t = useText()
  return (
    <Card title={t('console.security.rule')}>
      <Form method="post" className="flex flex-wrap items-end justify-between gap-4">
        <Switch
          name="require_second_factor"
          label={t('console.security.require')}
          hint={t('console.security.require.hint')}
          defaultChecked={requireFactor}
        />
        <Button name="act" value="security">
          {t('console.security.save')}
        </Button>
      </Form>
    </Card>
  )
}
