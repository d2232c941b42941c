/** Changing the plan of a subscription, for portal and console: what can be chosen, and what the chosen one would mean. */
import type { Shop } from '#app.ts'
import { type PlanChangePreview, plansToChangeTo, previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { findPlan, termOf } from '#modules/catalog/plans.ts'
import { convertedInRow } from '#modules/catalog/rules/exchange.ts'
import { openChangeOf } from '#modules/subscriptions/plan-changes.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

export async function planChangePage(tx: Tx, shop: Shop, subscriptionId: string, chosen: string | null) {
  const subscription = await readSubscription(tx, subscriptionId)
  const present = await findPlan(tx, subscription.planId)
  const plans = await plansToChangeTo(tx, shop, subscription)
  const wanted = plans.find(({ plan }) => plan.id === chosen)?.plan
  return {
    presentName: present?.name ?? '',
    plans: plans.map(({ plan, sold }) => ({
      id: plan.id,
      name: plan.name,
      description: plan.description,
      term: termOf(plan),
      price: sold.price,
    })),
    open: await openChange(tx, subscriptionId),
    preview:
      wanted === undefined
        ? null
        : shownPreview(await previewPlanChange(tx, shop, subscriptionId, wanted.id, shop.now())),
  }
}

/** The change that was asked for and has not begun, in what pages show of it. */
export async function openChange(tx: Tx, subscriptionId: string) {
  const change = await openChangeOf(tx, subscriptionId)
  if (change === null) return null
  const plan = await findPlan(tx, change.toPlanId)
  return {
    status: change.status as 'awaiting_payment' | 'scheduled' | 'paid',
    name: plan?.name ?? '',
    invoiceId: change.invoiceId,
  }
}

const shownPreview = ({
  plan,
  change,
  charge,
  credit,
  due,
  nextPrice,
  nextTerm,
  line,
  addOns,
  converted,
  fingerprint,
}: PlanChangePreview) => ({
  planId: plan.id,
  name: plan.name,
  takesEffect: change.takesEffect,
  at: change.at?.toString() ?? null,
  restarts: change.restarts,
  endsAt: change.endsAt.toString(),
  ...{ charge, credit, due, nextPrice, nextTerm, fingerprint },
  connections: line.connections,
  converted: convertedInRow(converted.plan),
  addOns: {
    kept: addOns.kept.map(({ name, renewsQuantity }) => ({ name, quantity: renewsQuantity })),
    ended: addOns.ended.map(({ name, quantity }) => ({ name, quantity })),
  },
})

export type ShownPreview = ReturnType<typeof shownPreview>

/** What the form confirms: nothing is taken from it but the names of things. */
export function confirmedChange(form: FormData): { planId: string; fingerprint: string } {
  const [planId, fingerprint] = [form.get('plan'), form.get('fingerprint')]
  if (typeof planId !== 'string' || typeof fingerprint !== 'string')
    throw new Refusal('invalid_input', 'Please choose a plan.', [
      { pointer: '/plan', code: 'required', detail: 'Please choose a plan.' },
    ])
  return { planId, fingerprint }
}
