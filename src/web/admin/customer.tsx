import '../i18n/areas/money.ts'
import '../i18n/areas/papers.ts'
import '../i18n/areas/tax.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { makeDefault, nameOfMethod, removeMethod } from '#modules/billing/payment-methods.ts'
import { confirmVatId } from '#modules/billing/tax/confirm-vat-id.ts'
import { addNote, changeCustomer, findCustomer } from '#modules/people/customers.ts'
import { lookAgain } from '#modules/subscriptions/change-subscription.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { countryName, Money, When } from '../ui/format.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/customer.ts'
import { ActDialog } from './act.tsx'
import { readCustomerRecord } from './customer.server.ts'
import { CustomerFields, invoicing, invoicingOf } from './customer-fields.tsx'
import { CustomerMethods } from './customer-methods.tsx'
import { CustomerNotes } from './customer-notes.tsx'
import { CustomerVat } from './customer-vat.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { isPaperLanguage } from './languages.server.ts'

const tabs = ['lines', 'invoices', 'messages', 'timeline', 'notes'] as const
type Tab = (typeof tabs)[number]

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'customers:see')
  const tab = tabs.find((each) => each === (params.tab ?? 'lines'))
  if (tab === undefined) throw new Refusal('not_found', 'There is no such page.')
  return { tab, ...(await readCustomerRecord(shop, params.id)) }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'customers:change')
  switch (staff.form.get('act')) {
    case 'note':
      return note(staff, params.id, staff.form)
    case 'vat_check':
      return vatCheck(staff, params.id, staff.form)
    case 'edit':
      return edit(staff, params.id, staff.form)
    case 'sign_in_link':
      return mailLink(context, request, staff, params.id)
    case 'method_default':
    case 'method_remove':
      return method(staff, params.id)
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

/** Both may be repeated; a method of another customer is not found. */
async function method(staff: Staff & { form: FormData }, customerId: string) {
  requireRight(staff, 'payments:money')
  const { shop, form } = staff
  const which = { methodId: String(form.get('method') ?? ''), customerId }
  const removes = form.get('act') === 'method_remove'
  const name = nameOfMethod(await (removes ? removeMethod(shop, which) : makeDefault(shop, which)))
  return redirectWith(`/admin/customers/${customerId}`, removes ? 'method.removed' : 'method.madeDefault', {
    values: { name },
  })
}

async function note({ shop }: Staff, id: string, form: FormData) {
  const read = formReader(form)
  const body = read.text('body', { most: 4000, lines: true })
  const tags = read.text('tags', { most: 400, least: 0 }).split(',')
  const subscriptionId = read.raw('subscription_id') || null
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'add-note', async (tx) => {
    if ((await findCustomer(tx, id)) === null) throw new Refusal('not_found', 'There is no such customer.')
    await addNote(tx, shop, id, body, shop.now(), { tags, subscriptionId })
  })
  return redirectWith(`/admin/customers/${id}/notes`, 'console.customer.noted')
}

/** What the register said of his VAT number. */
async function vatCheck({ shop }: Staff, id: string, form: FormData) {
  const read = formReader(form)
  const answer = read.choice('answer', ['valid', 'invalid'] as const)
  const reference = read.text('reference', { most: 80, least: 0 })
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'confirm-vat-id', (tx) =>
    confirmVatId(tx, shop, id, { valid: answer === 'valid', reference }, shop.now()),
  )
  return redirectWith(`/admin/customers/${id}`, 'console.tax.confirmed')
}

async function edit({ shop }: Staff, id: string, form: FormData) {
  const read = formReader(form)
  const name = read.text('name', { most: 120, least: 0 })
  const country = read.text('country', { most: 2, least: 0 }).toUpperCase()
  if (country !== '' && !/^[A-Z]{2}$/.test(country)) read.refuse('country', 'Please enter two letters, like DE.')
  const vatId = read.text('vatId', { most: 30, least: 0 })
  const poNumber = read.text('poNumber', { most: 60, least: 0 })
  const netDays = read.raw('netDays') === '' ? null : read.whole('netDays', { from: 1, to: 120 })
  const oneInvoice = read.raw('oneInvoice') === '' ? 'default' : read.choice('oneInvoice', invoicing)
  const language = read.raw('language')
  const taxExempt = read.text('taxExempt', { most: 200, least: 0 })
  const tags = read.text('tags', { most: 400, least: 0 })
  const lines = read.text('address', { most: 400, least: 0, lines: true })
  if (read.failed) return failure(read.errors, form)
  const change = {
    name,
    country: country || null,
    vatId: vatId || null,
    taxExempt: taxExempt || null,
    poNumber,
    // One that papers are not printed in was set by a program, and stays.
    ...(isPaperLanguage(language) ? { language } : {}),
    netDays,
    oneInvoice: oneInvoice === 'default' ? null : oneInvoice === 'one',
    tags: [...new Set(tags.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== ''),
  }
  const typed = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  await transaction(shop, 'change-customer', async (tx) => {
    // What the form does not show of an address stays; the country is the one that it shows.
    const { country: _, ...kept } = (await findCustomer(tx, id))?.address ?? {}
    await changeCustomer(tx, shop, id, { ...change, address: { ...kept, lines: typed } }, shop.now())
    await lookAgain(tx, id, shop.now())
  })
  return redirectWith(`/admin/customers/${id}`, 'console.customer.changed')
}

async function mailLink(context: Route.ActionArgs['context'], request: Request, { shop }: Staff, id: string) {
  const customer = await transaction(shop, 'read-customer', (tx) => findCustomer(tx, id))
  if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
  const web = webOf(context)
  const { email } = customer
  await doorOf(web).signIn.requestMagicLink(request, {
    email,
    businessId: shop.businessId,
    base: shop.baseUrl,
    address: web.address,
  })
  return redirectWith(`/admin/customers/${id}`, 'console.customer.linkSent', { values: { email } })
}

export default function CustomerPage({ loaderData }: Route.ComponentProps) {
  const { customer, tab, lines, invoices, messages, history, notes, next, methods, savePage } = loaderData
  const { t, locale } = usePage()
  const failed = useFailure()
  const base = `/admin/customers/${customer.id}`
  return (
    <>
      <PageHeader
        title={customer.name || customer.email}
        badge={customer.tags.map((tag) => (
          <Badge key={tag} tone="brand">
            {tag}
          </Badge>
        ))}
        back={{ to: '/admin/customers', label: t('console.customers.title') }}
        actions={<CustomerActs {...loaderData} />}
      />
      <FormErrors failure={failed} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="min-w-0 max-lg:order-2">
          <Tabs
            label={t('console.customer.tabs')}
            tabs={tabs.map((each) => ({
              to: each === 'lines' ? base : `${base}/${each}`,
              label: t(`console.customer.tab.${each}`),
              count: {
                lines: lines.length,
                invoices: invoices.length,
                messages: messages.length,
                notes: notes.length,
                timeline: undefined,
              }[each],
              end: each === 'lines',
            }))}
          />
          {tab === 'timeline' ? (
            <Card>
              <History {...history} here={customer.id} />
            </Card>
          ) : tab === 'notes' ? (
            <CustomerNotes notes={notes} lines={lines} failure={failed} />
          ) : (
            <Card flush>
              <TabTable tab={tab} {...{ lines, invoices, messages }} />
            </Card>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-6 max-lg:order-1">
          <Card>
            <DescriptionList
              items={[
                { label: t('console.customers.email'), value: <span className="break-all">{customer.email}</span> },
                {
                  label: t('console.customer.mail'),
                  value: customer.mailBrokenAt ? <Badge tone="bad">{t('console.customers.mailBroken')}</Badge> : null,
                },
                { label: t('console.customers.since'), value: <When at={customer.createdAt} as="date" /> },
                { label: t('console.customers.paid'), value: customer.paid ? <Money value={customer.paid} /> : null },
                {
                  label: t('console.customer.next'),
                  value: next ? (
                    <>
                      {t(`console.step.${next.action}`)} <When at={next.at} />
                    </>
                  ) : null,
                },
                { label: t('console.customer.country'), value: countryName(customer.country, locale) },
                {
                  label: t('console.customer.address'),
                  value: customer.address.lines?.length ? customer.address.lines.join(', ') : null,
                },
                {
                  label: t('console.customer.vatId'),
                  value: customer.vatId ? (
                    <>
                      <span className="code">{customer.vatId}</span> <CustomerVat check={customer.vatCheck} />
                    </>
                  ) : null,
                },
                { label: t('console.tax.exempt'), value: customer.taxExempt },
                {
                  label: t('papers.language'),
                  value: customer.languages.find(({ value }) => value === customer.language)?.label,
                },
                { label: t('papers.po'), value: customer.poNumber || null },
                {
                  label: t('money.net'),
                  value: customer.netDays === null ? null : t('money.net.value', { count: customer.netDays }),
                },
                {
                  label: t('money.oneInvoice'),
                  value:
                    customer.oneInvoice === null ? null : t(`money.oneInvoice.${invoicingOf(customer.oneInvoice)}`),
                },
                {
                  label: t('console.customer.marketing'),
                  value: t(
                    customer.marketingConsentAt ? 'console.customer.marketing.yes' : 'console.customer.marketing.no',
                  ),
                },
              ]}
            />
          </Card>
          <CustomerMethods methods={methods} page={savePage} />
          {notes[0] && tab !== 'notes' ? (
            <Card title={t('console.customer.lastNote')}>
              <p className="break-words whitespace-pre-line">{notes[0].body}</p>
              <p className="mt-1 text-sm text-muted">
                {notes[0].author} · <When at={notes[0].at} />
              </p>
            </Card>
          ) : null}
        </div>
      </div>
    </>
  )
}

type Data = Route.ComponentProps['loaderData']

function CustomerActs({ customer }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const statement = may('invoices:see') ? (
    <LinkButton to={`/admin/customers/${customer.id}/statement`}>{t('papers.statement')}</LinkButton>
  ) : null
  if (!may('customers:change')) return statement
  return (
    <>
      {statement}
      <ActDialog
        act="sign_in_link"
        trigger={t('console.customer.signInLink')}
        title={t('console.customer.signInLink.title')}
        confirm={t('console.customer.signInLink.go')}
        keep={t('ui.cancel')}
      >
        <p className="text-muted">{t('console.customer.signInLink.lead', { email: customer.email })}</p>
      </ActDialog>
      <ActDialog
        act="edit"
        trigger={t('console.customer.edit')}
        title={t('console.customer.edit.title')}
        confirm={t('console.customer.edit.go')}
        keep={t('ui.cancel')}
      >
        <CustomerFields customer={customer} failure={failed} />
      </ActDialog>
    </>
  )
}

function TabTable({ tab, lines, invoices, messages }: Pick<Data, 'lines' | 'invoices' | 'messages'> & { tab: Tab }) {
  const t = useText()
  const none = <EmptyState title={t('ui.table.none')} />
  if (tab === 'invoices') {
    const columns: readonly Column<Data['invoices'][number]>[] = [
      { id: 'number', header: t('console.invoice.number'), cell: (row) => row.number ?? t('console.invoice.draft') },
      { id: 'state', header: t('console.list.state'), cell: (row) => <StateBadge of="invoice" state={row.status} /> },
      { id: 'at', header: t('console.invoice.date'), cell: (row) => <When at={row.at} as="date" /> },
      { id: 'total', header: t('console.orders.total'), align: 'end', cell: (row) => <Money value={row.total} /> },
    ]
    return (
      <DataTable
        caption={t('console.customer.tab.invoices')}
        columns={columns}
        rows={invoices}
        rowKey={(row) => row.id}
        rowHref={(row) => `/admin/invoices/${row.id}`}
        empty={none}
      />
    )
  }
  if (tab === 'messages') {
    const columns: readonly Column<Data['messages'][number]>[] = [
      { id: 'title', header: t('console.message.subject'), cell: (row) => row.title },
      {
        id: 'state',
        header: t('console.list.state'),
        cell: (row) => <StateBadge of="message" state={row.status} reason={row.answer} />,
      },
      { id: 'at', header: t('console.calls.at'), align: 'end', cell: (row) => <When at={row.at} /> },
    ]
    return (
      <DataTable
        caption={t('console.customer.tab.messages')}
        columns={columns}
        rows={messages}
        rowKey={(row) => row.id}
        rowHref={(row) => `/admin/messages/${row.id}`}
        empty={none}
      />
    )
  }
  const columns: readonly Column<Data['lines'][number]>[] = [
    {
      id: 'plan',
      header: t('console.orders.plan'),
      cell: (row) => (
        <>
          {row.plan}
          {row.together === 0 ? null : (
            <span className="block text-sm text-muted">{t('life.household.with', { count: row.together })}</span>
          )}
        </>
      ),
    },
    {
      id: 'line',
      header: t('console.line.line'),
      cell: (row) =>
        row.line ? (
          <>
            <Link to={`/admin/lines/${row.line.id}`} className="code relative z-1 text-brand hover:underline">
              {row.line.username}
            </Link>
            {row.line.seenAt ? (
              <span className="block text-sm text-muted">
                {t('console.usage.watched')} <When at={row.line.seenAt} />
              </span>
            ) : null}
          </>
        ) : (
          '–'
        ),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="subscription" state={row.status} />,
    },
    {
      id: 'ends',
      header: t('console.subscriptions.ends'),
      cell: (row) => (row.paidThrough ? <When at={row.paidThrough} as="both" /> : '–'),
    },
    { id: 'price', header: t('console.subscriptions.price'), align: 'end', cell: (row) => <Money value={row.price} /> },
  ]
  return (
    <DataTable
      caption={t('console.customer.tab.lines')}
      columns={columns}
      rows={lines}
      rowKey={(row) => row.id}
      rowHref={(row) => `/admin/subscriptions/${row.id}`}
      empty={none}
    />
  )
}
