import '../i18n/areas/twin.ts'
import { data, useActionData } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { staffById } from '#modules/analytics/names.ts'
import { createApiKey, listApiKeys, overlapHours, revokeApiKey, rotateApiKey } from '#modules/people/api-keys.ts'
import { type Scope, scopes, scopesWithin } from '#modules/people/scopes.ts'
import { findTwin, onlyTestKeys, twinShop } from '#modules/twins/sync-twin.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/api-keys.ts'
import { ActDialog } from './act.tsx'
import { KeyFields } from './api-key-fields.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, type Staff, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

/** Keys for programs: what each may do and when it was last used. A key itself is shown once, when it is made. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, rights, recent } = await staffOf(context, request, 'keys:see')
  const change = rights.has('keys:change')
  const found = await findTwin(shop)
  const twin = { has: found !== null, onlyTest: await onlyTestKeys(shop, found) }
  return transaction(shop, 'read-keys', async (tx) => {
    const names = await staffById(tx)
    const now = shop.app.clock.now()
    return {
      keys: (await listApiKeys(tx)).map((key) => ({
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        scopes: key.scopes,
        by: names.get(key.createdBy.replace(/^staff:/, '')) ?? null,
        createdAt: key.createdAt.toString(),
        lastUsedAt: key.lastUsedAt?.toString() ?? null,
        expiresAt: key.expiresAt?.toString() ?? null,
        replaced: key.replacedBy !== null,
        // Whoever may less than a key does cannot make one like it.
        rotates: scopesWithin(key.scopes, rights).length === key.scopes.length,
        state: key.revokedAt
          ? ('revoked' as const)
          : key.expiresAt && Temporal.Instant.compare(key.expiresAt, now) <= 0
            ? ('expired' as const)
            : ('active' as const),
      })),
      change,
      recent,
      twin,
      scopes: scopesWithin(scopes, rights).filter((scope) => scope !== 'all'),
      all: scopesWithin(['all'], rights).includes('all'),
      formKey: newFormKey(),
      overlap: overlapHours,
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'keys:change', { recent: true })
  const { shop, form } = staff
  switch (form.get('act')) {
    case 'create':
      return create(staff, request)
    case 'rotate':
      return rotate(staff, request)
    case 'revoke':
      await transaction(shop, 'revoke-key', (tx) =>
        revokeApiKey(tx, shop, String(form.get('id') ?? ''), shop.app.clock.now()),
      )
      return redirectWith('/admin/api-keys', 'console.keys.revoked')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

/** The answer is the only copy: no redirect, nothing kept. A second submit of the same form makes no second key. */
async function create({ shop, rights, form }: Staff & { form: FormData }, request: Request) {
  const read = formReader(form)
  const name = read.text('name', { most: 80 })
  const days = read.raw('days') === '' ? null : read.whole('days', { from: 1, to: 3_650 })
  const wanted: Scope[] = form.get('all') === 'on' ? ['all'] : read.choices('scopes', scopes)
  if (wanted.length === 0) read.refuse('scopes', 'Please choose what the key may do.')
  if (read.failed) return failure(read.errors, form)
  const held = scopesWithin(wanted, rights)
  if (held.length < wanted.length) throw new Refusal('forbidden', 'A key never does more than its maker may.')
  const now = shop.app.clock.now()
  const expiresAt = days === null ? null : now.add({ hours: days * 24 })
  const twin = read.raw('mode') === 'test' ? await twinShop(shop) : null
  if (read.raw('mode') === 'test' && twin === null) throw new Refusal('conflict', 'There is no test mode yet.')
  return shownOnce(twin ?? shop, request, form, name, (tx, open) =>
    createApiKey(tx, open, { name, scopes: held, expiresAt }, now),
  )
}

/** As `create`: the key in the place of an old one, which works for some hours more. */
async function rotate({ shop, rights, form }: Staff & { form: FormData }, request: Request) {
  const read = formReader(form)
  const hours = read.whole('hours', { from: 0, to: overlapHours.most })
  if (read.failed) return failure(read.errors, form)
  const id = read.raw('id')
  const old = await transaction(shop, 'read-keys', async (tx) => (await listApiKeys(tx)).find((key) => key.id === id))
  if (old === undefined) throw new Refusal('not_found', 'There is no such key.')
  if (scopesWithin(old.scopes, rights).length < old.scopes.length)
    throw new Refusal('forbidden', 'A key never does more than its maker may.')
  const now = shop.app.clock.now()
  return shownOnce(shop, request, form, old.name, (tx, open) => rotateApiKey(tx, open, id, hours, now))
}

async function shownOnce(
  shop: Shop,
  request: Request,
  form: FormData,
  name: string,
  make: (tx: Tx, open: Shop) => Promise<{ key: string }>,
) {
  let key: string | null = null
  await once(shop, request, form, async (open) => {
    key = (await transaction(open, 'create-key', (tx) => make(tx, open))).key
  })
  return key === null
    ? redirectWith('/admin/api-keys', 'console.keys.again', { tone: 'warn' })
    : data({ made: { name, key: key as string } }, { headers: { 'cache-control': 'no-store' } })
}

type Row = Route.ComponentProps['loaderData']['keys'][number]

export default function ApiKeysPage({ loaderData }: Route.ComponentProps) {
  const { keys, change, recent, twin } = loaderData
  const t = useText()
  const failed = useFailure()
  const answer = useActionData<typeof action>()
  const made = answer && 'made' in answer ? answer.made : null
  return (
    <>
      <PageHeader
        title={t('console.settings.title')}
        actions={<LinkButton href="/api/docs">{t('console.keys.docs')}</LinkButton>}
      />
      <SettingsTabs />
      <div className="flex flex-col gap-6">
        {made ? (
          <Alert tone="good" title={t('console.keys.made', { name: made.name })}>
            <p className="mb-3">{t('console.keys.made.lead')}</p>
            <CopyField label={t('console.keys.key')} value={made.key} />
          </Alert>
        ) : null}
        {change && !recent ? (
          <Alert
            tone="info"
            title={t('console.keys.locked')}
            actions={<LinkButton to="/admin/confirm?to=/admin/api-keys">{t('console.gateway.unlock')}</LinkButton>}
          />
        ) : null}
        <FormErrors failure={failed} />
        {twin.onlyTest ? (
          <Alert tone="warn" title={t('console.twin.onlyTest')}>
            {t('console.twin.onlyTest.lead')}
          </Alert>
        ) : null}
        <Card title={t('console.keys.title')} flush>
          <KeyTable {...loaderData} keys={keys} />
        </Card>
        {change && recent ? <KeyFields {...loaderData} twin={twin.has} failure={failed} /> : null}
      </div>
    </>
  )
}

function KeyTable({ keys, change, recent, formKey, overlap }: Route.ComponentProps['loaderData']) {
  const t = useText()
  const errors = useFailure()?.errors
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.customer.name'),
      cell: (row) => (
        <>
          <span className="font-medium">{row.name}</span>
          <span className="code block text-xs break-all text-muted">{row.prefix}…</span>
        </>
      ),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => (
        <>
          <Badge tone={row.state === 'active' ? 'good' : 'none'}>{t(`console.keys.state.${row.state}`)}</Badge>
          {row.replaced && row.state === 'active' && row.expiresAt ? (
            <span className="block text-xs text-muted">
              {t('console.keys.replaced')} <When at={row.expiresAt} as="exact" />
            </span>
          ) : null}
        </>
      ),
    },
    {
      id: 'scopes',
      header: t('console.keys.scopes'),
      cell: (row) => <span className="code text-xs break-words text-muted">{row.scopes.join(' ')}</span>,
      wide: true,
    },
    {
      id: 'used',
      header: t('console.keys.used'),
      cell: (row) => (row.lastUsedAt ? <When at={row.lastUsedAt} /> : t('console.keys.never')),
    },
    {
      id: 'expires',
      header: t('console.keys.expires'),
      cell: (row) => (row.expiresAt ? <When at={row.expiresAt} as="date" /> : '–'),
      wide: true,
    },
    { id: 'by', header: t('console.keys.by'), cell: (row) => <bdi>{row.by ?? '–'}</bdi>, wide: true },
  ]
  return (
    <DataTable
      caption={t('console.keys.title')}
      columns={columns}
      rows={keys}
      rowKey={(row) => row.id}
      rowActions={(row) =>
        change && recent && row.state === 'active' ? (
          <>
            {row.rotates && !row.replaced ? (
              <ActDialog
                id={`rotate-${row.id}`}
                act="rotate"
                look="quiet"
                trigger={t('console.keys.rotate')}
                title={t('console.keys.rotate.title', { name: row.name })}
                confirm={t('console.keys.rotate')}
                keep={t('ui.cancel')}
                fields={{ id: row.id, form_key: formKey }}
              >
                <p className="text-start whitespace-normal text-muted">{t('console.keys.rotate.lead')}</p>
                <Field label={t('console.keys.hours')} hint={t('console.keys.hours.hint')} error={errors?.hours}>
                  {(tied) => (
                    <Input
                      {...tied}
                      type="number"
                      name="hours"
                      required
                      min={0}
                      max={overlap.most}
                      defaultValue={overlap.usual}
                    />
                  )}
                </Field>
              </ActDialog>
            ) : null}
            <ActDialog
              id={`revoke-${row.id}`}
              act="revoke"
              look="quiet"
              trigger={t('console.keys.revoke')}
              title={t('console.keys.revoke.title', { name: row.name })}
              confirm={t('console.keys.revoke')}
              keep={t('ui.cancel')}
              danger
              fields={{ id: row.id }}
            >
              <p className="text-start whitespace-normal text-muted">{t('console.keys.revoke.lead')}</p>
            </ActDialog>
          </>
        ) : null
      }
      empty={<EmptyState title={t('console.keys.none')}>{t('console.keys.none.lead')}</EmptyState>}
    />
  )
}
