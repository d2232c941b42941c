import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { queueMessage } from '#modules/messages/queue-message.ts'
import { addMember, changeMember, listStaff, removeMember } from '#modules/people/memberships.ts'
import { mayGrant, type Role, roles } from '#modules/people/permissions.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/staff.ts'
import { ActDialog } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, type Staff, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** Who works here, and as what. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, member, rights, recent } = await staffOf(context, request, 'staff:see')
  const staff = await transaction(shop, 'read-staff', listStaff)
  return {
    staff: staff.map(({ id, email, name, role, createdAt }) => ({
      ...{ id, email, name, role },
      createdAt: createdAt.toString(),
      me: id === member.id,
    })),
    change: rights.has('staff:change'),
    recent,
    roles: roles.filter((role) => mayGrant(rights, role)),
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
    case 'role': {
      const role = read.choice('role', roles)
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'change-member', (tx) => changeMember(tx, shop, member, id, role))
      return redirectWith('/admin/staff', 'console.staff.roleSaved')
    }
    case 'remove':
      await transaction(shop, 'remove-member', (tx) => removeMember(tx, shop, member, id))
      return redirectWith('/admin/staff', 'console.staff.removed')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

/** The person gets no password: he signs in by a link to his mailbox, which proves that it is his. */
async function invite(context: Route.ActionArgs['context'], { shop, member, form }: Staff & { form: FormData }) {
  const web = webOf(context)
  const read = formReader(form)
  const email = read.email('email') ?? ''
  const name = read.text('name', { most: 120, least: 0 })
  const role: Role = read.choice('role', roles)
  if (read.failed) return failure(read.errors, form)
  const { userId } = await doorOf(web).signIn.createUser({ email, name })
  const t = translator('en')
  await transaction(shop, 'invite-member', async (tx) => {
    await addMember(tx, shop, member, { userId, email, name, role })
    await queueMessage(
      tx,
      shop,
      {
        template: 'staff_invite',
        claim: `staff-invite/${newId('mem', shop.app.clock)}`,
        to: email,
        kind: 'staff',
        about: {
          invited_by: member.name || member.email,
          role: t(`console.staff.role.${role}`),
          invite_url: `${shop.app.publicUrl}/admin/sign-in?email=${encodeURIComponent(email)}`,
          valid_for: t('console.staff.validFor'),
        },
      },
      shop.now(),
    )
  })
  return redirectWith('/admin/staff', 'console.staff.invited', { values: { email } })
}

type Data = Route.ComponentProps['loaderData']

export default function StaffPage({ loaderData }: Route.ComponentProps) {
  const { staff, change, recent } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
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
      </div>
    </>
  )
}

function Person({ person, change, recent, roles: mine }: Data & { person: Data['staff'][number] }) {
  const t = useText()
  const { id, email, name, role, me, createdAt } = person
  const editable = change && recent && !me && mine.includes(role)
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-b border-line px-5 py-3 last:border-b-0">
      <span className="min-w-0">
        <span className="flex flex-wrap items-center gap-2 font-medium">
          <bdi className="break-all">{name || email}</bdi>
          {me ? <Badge tone="brand">{t('console.staff.you')}</Badge> : null}
        </span>
        <span className="block text-sm break-all text-muted">
          {name ? `${email} · ` : ''}
          {t('console.staff.since')} <When at={createdAt} as="date" />
        </span>
      </span>
      {editable ? (
        <span className="flex flex-wrap items-center gap-2">
          <Form method="post" className="flex items-center gap-2">
            <input type="hidden" name="id" value={id} />
            <Select
              key={role}
              name="role"
              aria-label={t('console.staff.roleOf', { name: name || email })}
              options={mine.map((each) => ({ value: each, label: t(`console.staff.role.${each}`) }))}
              defaultValue={role}
            />
            <Button name="act" value="role">
              {t('console.staff.saveRole')}
            </Button>
          </Form>
          <Remove id={id} name={name || email} />
        </span>
      ) : (
        <Badge>{t(`console.staff.role.${role}`)}</Badge>
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
              value: role,
              label: t(`console.staff.role.${role}`),
              hint: t(`console.staff.role.${role}.hint`),
            }))}
          />
        </FieldGroup>
        <div className="flex justify-end">
          <Button look="primary" name="act" value="invite">
            {t('console.staff.invite.go')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
