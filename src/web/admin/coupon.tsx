import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { soldAs } from '#modules/billing/rules.ts'
import { type CouponFacts, findCoupon, saveCoupon } from '#modules/catalog/coupons.ts'
import { listPlans, termOf } from '#modules/catalog/plans.ts'
import { usesOfCoupon } from '#modules/subscriptions/coupons.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/coupon.ts'
import { CouponFields } from './coupon-fields.tsx'
import { couponShown, couponState, readCouponForm } from './coupon-form.server.ts'
import { CouponUses } from './coupon-uses.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { readPage } from './list-page.server.ts'
import { newFormKey, once } from './once.server.ts'

const blank: CouponFacts = {
  code: '',
  note: '',
  percent: 2_000,
  periods: 1,
  planIds: [],
  sums: [],
  oncePerCustomer: true,
  newCustomers: false,
  stock: null,
  startsAt: null,
  endsAt: null,
  active: true,
}

/** A coupon and who used it. `/admin/coupons/new` makes one. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const fresh = params.id === 'new'
  const { shop } = await staffOf(context, request, fresh ? 'plans:change' : 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-coupon', async (tx) => {
    const known = fresh ? null : await findCoupon(tx, params.id)
    if (known === null && !fresh) throw new Refusal('not_found', 'There is no such coupon.')
    const coupon: CouponFacts = known ?? blank
    const plans = (await listPlans(tx)).filter(({ trial }) => !trial)
    const currencies = [
      ...new Set([
        shop.currency,
        ...plans.flatMap(({ prices }) => prices.map(({ currency }) => currency)),
        ...coupon.sums.map(({ currency }) => currency),
      ]),
    ]
    const uses = known === null ? null : await readPage(query, (page) => usesOfCoupon(tx, known.id, page))
    const { sums: _, startsAt: __, endsAt: ___, ...shown } = couponShown(coupon, shop.zone)
    return {
      id: known?.id ?? null,
      coupon: shown,
      state: known === null ? null : couponState(known, shop.now()),
      link: known === null ? null : `${shop.baseUrl}/plans?coupon=${encodeURIComponent(known.code)}`,
      plans: plans.map((plan) => ({ id: plan.id, name: soldAs(plan.name, termOf(plan)) })),
      sums: currencies.map((currency) => {
        const sum = coupon.sums.find((each) => each.currency === currency)
        return {
          currency,
          amount: sum?.amountMinor == null ? null : money(sum.amountMinor, currency),
          minimum: sum === undefined || sum.minimumMinor === 0n ? null : money(sum.minimumMinor, currency),
        }
      }),
      uses: uses && {
        page: uses.page,
        rows: uses.rows.map(
          ({ id, customerId, customer, subscriptionId, status, given, currency, takenMinor, createdAt }) => ({
            ...{ id, customerId, customer, subscriptionId, status, given },
            taken: currency === null ? null : money(takenMinor, currency),
            at: createdAt.toString(),
          }),
        ),
      },
      formKey: newFormKey(),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const { facts, errors } = readCouponForm(form, shop)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  const told = { values: { code: facts.code.toUpperCase() } }
  if (params.id !== 'new') {
    await transaction(shop, 'save-coupon', (tx) => saveCoupon(tx, shop, facts, params.id))
    return redirectWith(`/admin/coupons/${params.id}`, 'console.coupons.saved', told)
  }
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'save-coupon', (tx) => saveCoupon(tx, open, facts))
  })
  if (id === '') return redirect('/admin/coupons', 303)
  return redirectWith(`/admin/coupons/${id}`, 'console.coupons.made', told)
}

export default function CouponPage({ loaderData }: Route.ComponentProps) {
  const { id, coupon, state, link, plans, sums, uses, formKey } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('plans:change')
  return (
    <>
      <PageHeader
        title={id === null ? t('console.coupons.add') : coupon.code}
        back={{ to: '/admin/coupons', label: t('console.coupons.title') }}
        actions={state === null ? null : <StateBadge of="coupon" state={state} />}
      />
      <div className="flex max-w-3xl flex-col gap-6">
        {link === null ? null : (
          <Card>
            <CopyField label={t('console.coupons.link')} value={link} />
          </Card>
        )}
        <Card>
          <Form method="post">
            <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
              <FormErrors failure={failed} />
              <input type="hidden" name="form_key" value={formKey} />
              <CouponFields coupon={coupon} plans={plans} sums={sums} form={keeping(failed)} />
              {change ? (
                <div className="flex flex-wrap justify-end gap-2">
                  <LinkButton to="/admin/coupons">{t('ui.cancel')}</LinkButton>
                  <Button look="primary">{t('console.coupons.save')}</Button>
                </div>
              ) : null}
            </fieldset>
          </Form>
        </Card>
        {uses === null ? null : <CouponUses uses={uses} />}
      </div>
    </>
  )
}
