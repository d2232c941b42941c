import { Plus } from 'lucide-react'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { findAddOn, listAddOns, saveAddOn } from '#modules/catalog/add-ons.ts'
import { findPlan, listPlans, listProducts, savePlan } from '#modules/catalog/plans.ts'
import { whyNotSold } from '#modules/checkout/why-not-sold.ts'
import { listPanels, productPanels } from '#modules/lines/panels.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { describeTerm } from '#platform/time.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/plans.ts'
import { ActButton } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { obstacleText } from './plan-obstacles.tsx'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  return transaction(shop, 'read-plans', async (tx) => {
    const [plans, products] = [await listPlans(tx), await listProducts(tx)]
    const panels = new Map((await listPanels(tx)).map(({ id, name }) => [id, name]))
    const mapped = Map.groupBy(await productPanels(tx), ({ productId }) => productId)
    const told = await Promise.all(
      plans.map(async (plan) => ({
        id: plan.id,
        productId: plan.productId,
        name: plan.name,
        active: plan.active,
        bestValue: plan.bestValue,
        trial: plan.trial,
        term: describeTerm({ unit: plan.termUnit, count: plan.termCount }),
        prices: plan.prices.map(({ currency, amountMinor }) => money(amountMinor, currency)),
        obstacles: await whyNotSold(tx, shop, plan),
      })),
    )
    const names = new Map(plans.map(({ id, name }) => [id, name]))
    return {
      addOns: (await listAddOns(tx)).map((each) => ({
        ...{ id: each.id, name: each.name, active: each.active, most: each.maxQuantity },
        plans: each.plans.flatMap(({ planId }) => names.get(planId) ?? []),
      })),
      products: products.map(({ id, name, active, connections, lineKind }) => ({
        ...{ id, name, active, connections, lineKind },
        panels: (mapped.get(id) ?? []).flatMap(({ panelId }) => panels.get(panelId) ?? []),
        plans: told.filter(({ productId }) => productId === id),
      })),
    }
  })
}

/** Takes a plan or an add-on out of the shop, or puts it back. What was sold goes on as agreed. */
export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const active = form.get('act') === 'on'
  const name = await transaction(shop, 'switch-plan', async (tx) => {
    const id = String(form.get('id') ?? '')
    const addOn = id.startsWith('addon_') ? await findAddOn(tx, id) : null
    if (addOn !== null) {
      if (addOn.active !== active) await saveAddOn(tx, shop, { ...addOn, active }, addOn.id)
      return addOn.name
    }
    const plan = await findPlan(tx, id)
    if (plan === null) throw new Refusal('not_found', 'There is no such plan.')
    if (plan.active !== active) await savePlan(tx, shop, { ...plan, active }, plan.id)
    return plan.name
  })
  return redirectWith('/admin/plans', active ? 'console.plans.switchedOn' : 'console.plans.switchedOff', {
    values: { name },
  })
}

type Product = Route.ComponentProps['loaderData']['products'][number]
type Plan = Product['plans'][number]
type AddOn = Route.ComponentProps['loaderData']['addOns'][number]

export default function PlansPage({ loaderData: { products, addOns } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('plans:change') ? (
    <LinkButton look="primary" to="/admin/products/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.products.add')}
    </LinkButton>
  ) : null
  return (
    <>
      <PageHeader
        title={t('console.plans.title')}
        description={t('console.plans.lead')}
        actions={products.length > 0 ? add : null}
      />
      {products.length === 0 ? (
        <Card>
          <EmptyState title={t('console.plans.none')} actions={add}>
            {t('console.plans.none.lead')}
          </EmptyState>
        </Card>
      ) : (
        <div className="flex flex-col gap-6">
          {products.map((product) => (
            <ProductCard key={product.id} product={product} />
          ))}
          <AddOnsCard addOns={addOns} />
        </div>
      )}
    </>
  )
}

function ProductCard({ product }: { product: Product }) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Plan>[] = [
    {
      id: 'name',
      header: t('console.plans.plan'),
      cell: (plan) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          {plan.name}
          {plan.bestValue ? <Badge tone="brand">{t('console.plan.bestValue')}</Badge> : null}
          {plan.trial ? <Badge tone="info">{t('console.plan.trial')}</Badge> : null}
        </span>
      ),
    },
    { id: 'term', header: t('console.plan.term'), cell: (plan) => plan.term },
    {
      id: 'prices',
      header: t('console.plans.prices'),
      align: 'end',
      cell: (plan) =>
        plan.prices.length === 0
          ? '–'
          : plan.prices.map((price) => (
              <span key={price.currency} className="block">
                <Money value={price} />
              </span>
            )),
    },
    {
      id: 'sale',
      header: t('console.plans.sale'),
      cell: ({ obstacles: [first] }) =>
        first === undefined ? (
          <Badge tone="good">{t('console.plans.forSale')}</Badge>
        ) : first === 'plan_off' || first === 'product_off' ? (
          <Badge>{t('console.plans.off')}</Badge>
        ) : (
          <Badge tone="warn">{obstacleText(t, first)}</Badge>
        ),
    },
  ]
  return (
    <Card
      flush
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link to={`/admin/products/${product.id}`} className="hover:underline">
            {product.name}
          </Link>
          {product.active ? null : <Badge>{t('console.plans.off')}</Badge>}
          <span className="text-sm font-normal text-muted">
            {t('console.products.connections', { count: product.connections })}
            {' · '}
            {product.panels.length > 0 ? product.panels.join(', ') : t('console.products.noPanel')}
          </span>
        </span>
      }
      actions={
        may('plans:change') ? (
          <>
            <LinkButton dense to={`/admin/products/${product.id}`}>
              {t('console.products.edit')}
            </LinkButton>
            <LinkButton dense to={`/admin/plans/new?product=${product.id}`}>
              {t('console.plans.add')}
            </LinkButton>
          </>
        ) : null
      }
    >
      <DataTable
        caption={t('console.plans.of', { product: product.name })}
        columns={columns}
        rows={product.plans}
        rowKey={(plan) => plan.id}
        rowHref={(plan) => `/admin/plans/${plan.id}`}
        rowActions={
          may('plans:change')
            ? (plan) => (
                <ActButton act={plan.active ? 'off' : 'on'} look="quiet" dense fields={{ id: plan.id }}>
                  {t(plan.active ? 'console.plans.switchOff' : 'console.plans.switchOn')}
                </ActButton>
              )
            : () => null
        }
        empty={<EmptyState title={t('console.plans.noneHere')} />}
      />
    </Card>
  )
}

/** What is sold beside the plans. */
function AddOnsCard({ addOns }: { addOns: readonly AddOn[] }) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<AddOn>[] = [
    { id: 'name', header: t('console.addOns.addOn'), cell: (row) => row.name },
    {
      id: 'plans',
      header: t('console.addOns.with'),
      cell: (row) => (row.plans.length === 0 ? '–' : row.plans.join(' · ')),
    },
    { id: 'most', header: t('console.addOns.most'), align: 'end', cell: (row) => <Count value={row.most} /> },
    {
      id: 'sale',
      header: t('console.plans.sale'),
      cell: (row) =>
        row.active ? <Badge tone="good">{t('console.plans.forSale')}</Badge> : <Badge>{t('console.plans.off')}</Badge>,
    },
  ]
  return (
    <Card
      flush
      title={t('console.addOns.title')}
      actions={
        may('plans:change') ? (
          <LinkButton dense to="/admin/add-ons/new">
            {t('console.addOns.add')}
          </LinkButton>
        ) : null
      }
    >
      <DataTable
        caption={t('console.addOns.title')}
        columns={columns}
        rows={addOns}
        rowKey={(row) => row.id}
        rowHref={(row) => `/admin/add-ons/${row.id}`}
        rowActions={
          may('plans:change')
            ? (row) => (
                <ActButton act={row.active ? 'off' : 'on'} look="quiet" dense fields={{ id: row.id }}>
                  {t(row.active ? 'console.plans.switchOff' : 'console.plans.switchOn')}
                </ActButton>
              )
            : () => null
        }
        empty={<EmptyState title={t('console.addOns.none')} />}
      />
    </Card>
  )
}
