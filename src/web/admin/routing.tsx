import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { listProducts } from '#modules/catalog/plans.ts'
import { previewRoute } from '#modules/lines/route-line.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { Count } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/routing.ts'
import { staffOf } from './guard.server.ts'

/** Where would this order go, and why: `?product=…&country=DE`. It changes nothing. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:see')
  const asked = new URL(request.url).searchParams
  const typed = (asked.get('country') ?? '').trim().toUpperCase()
  const country = /^[A-Z]{2}$/.test(typed) ? typed : null
  return transaction(shop, 'read-route', async (tx) => {
    const products = (await listProducts(tx)).map(({ id, name }) => ({ id, name }))
    const product = products.find(({ id }) => id === asked.get('product')) ?? products[0]
    return {
      products,
      product: product?.id ?? '',
      typed,
      wrong: typed !== '' && country === null,
      route: product === undefined ? null : await previewRoute(tx, product.id, country, shop.now()),
    }
  })
}

type Row = NonNullable<Route.ComponentProps['loaderData']['route']>['panels'][number]

export default function RoutingPage({ loaderData: { products, product, typed, wrong, route } }: Route.ComponentProps) {
  const t = useText()
  const columns = useColumns()
  const chosen = route?.panels.find(({ standing }) => standing === 'chosen')
  return (
    <>
      <PageHeader
        title={t('console.routing.title')}
        description={t('console.routing.lead')}
        back={{ to: '/admin/panels', label: t('console.panels.title') }}
      />
      <div className="flex flex-col gap-6">
        <Card>
          <Form className="grid grid-cols-[minmax(0,1fr)] items-end gap-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_auto]">
            <Field label={t('console.routing.product')}>
              {(tied) => (
                <Select
                  {...tied}
                  name="product"
                  defaultValue={product}
                  options={products.map(({ id, name }) => ({ value: id, label: name }))}
                />
              )}
            </Field>
            <Field
              label={t('console.routing.country')}
              error={wrong ? t('console.routing.country.wrong') : undefined}
              optional
            >
              {(tied) => <Input {...tied} code name="country" maxLength={2} defaultValue={typed} />}
            </Field>
            <Button look="primary">{t('console.routing.ask')}</Button>
          </Form>
        </Card>
        {route === null ? null : chosen === undefined || route.because === null ? (
          <Alert tone="bad" title={t('console.routing.nowhere')}>
            {t('console.routing.nowhere.lead')}
          </Alert>
        ) : (
          <Alert tone="good" title={t('console.routing.goesTo', { panel: chosen.name })}>
            {t(`console.routing.because.${route.because}`)}
          </Alert>
        )}
        {route === null ? null : (
          <Card flush>
            <DataTable
              caption={t('console.routing.panels')}
              columns={columns}
              rows={route.panels}
              rowKey={(row) => row.id}
              rowHref={(row) => `/admin/panels/${row.id}`}
              empty={
                <EmptyState
                  title={t('console.obstacle.noPackage')}
                  actions={
                    <Link to={`/admin/products/${product}`} className="text-brand hover:underline">
                      {t('console.products.edit')}
                    </Link>
                  }
                />
              }
            />
          </Card>
        )}
      </div>
    </>
  )
}

function useColumns(): readonly Column<Row>[] {
  const t = useText()
  return [
    { id: 'name', header: t('console.line.panel'), cell: (row) => row.name },
    {
      id: 'standing',
      header: t('console.routing.standing'),
      cell: (row) =>
        row.standing === 'chosen' ? (
          <Badge tone="good">{t('console.routing.standing.chosen')}</Badge>
        ) : (
          t(`console.routing.standing.${row.standing}`)
        ),
    },
    { id: 'lines', header: t('console.panel.lines'), align: 'end', cell: (row) => <Count value={row.used} /> },
    {
      id: 'room',
      header: t('console.routing.room'),
      align: 'end',
      cell: (row) => (row.room === null ? t('console.routing.room.any') : <Count value={row.room} />),
    },
    { id: 'weight', header: t('console.panel.weight'), align: 'end', cell: (row) => String(row.weight) },
    {
      id: 'countries',
      header: t('console.panel.countries'),
      wide: true,
      cell: (row) => (row.countries.length === 0 ? t('console.routing.countries.all') : row.countries.join(', ')),
    },
  ]
}
