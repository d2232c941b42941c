import { standingsOf } from '#modules/billing/standing.ts'
import { nameOfLine } from '#modules/lines/rules.ts'
import { redeemMoney } from '#modules/vouchers/redeem-money.ts'
import { redeemOnto } from '#modules/vouchers/redeem-onto.ts'
import { worthOf } from '#modules/vouchers/take-voucher.ts'
import { format, money } from '#platform/money.ts'
import { doorOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/redeem.ts'
import { LinePage } from './frame.tsx'
import { meOf, ownLine } from './visitor.server.ts'

export const handle = { plain: true }

/** A voucher for a line that is there pays for its next period; one over money goes to the balance. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const standings = await read(me.shop, (tx) => standingsOf(tx, me.shop, me.customerId))
  return {
    lines: standings.flatMap(({ line, planName, renewable, subscription: { paidThrough } }) =>
      line === null || paidThrough === null || !renewable
        ? []
        : [{ value: line.id, label: planName, hint: nameOfLine(line) }],
    ),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const me = await meOf(context, request)
  await doorOf(me.web).limits.count('coupon', { account: me.customerId, network: me.web.address })
  const typed = textOf(form, 'voucher')
  const worth = await read(me.shop, (tx) => worthOf(tx, typed, me.shop.now()))
  if (worth !== null) {
    const { minor, currency } = await redeemMoney(me.shop, typed, me.customerId)
    const amount = format(money(minor, currency))
    return redirectWith('/account', 'money.voucher.done', { values: { amount } })
  }
  const chosen = textOf(form, 'line')
  if (chosen === '') return failure({ line: 'Please choose a line.' }, form)
  const { subscription } = await read(me.shop, (tx) => ownLine(tx, me, chosen))
  await redeemOnto(me.shop, typed, subscription.id)
  return redirectWith('/account', 'portal.redeem.done')
}

export default function Redeem({ loaderData: { lines } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const asNew = <LinkButton to="/redeem">{t('portal.redeem.new')}</LinkButton>
  return (
    <LinePage title={t('store.redeem.title')} failure={failed}>
      <form method="post" className="flex flex-col gap-5">
        <Field label={t('store.redeem.code')} hint={t('store.redeem.code.hint')} error={failed?.errors.voucher}>
          {(tied) => (
            <Input
              {...tied}
              code
              name="voucher"
              required
              maxLength={40}
              autoComplete="off"
              defaultValue={failed?.values.voucher ?? ''}
            />
          )}
        </Field>
        {lines.length === 0 ? (
          <Alert title={t('portal.redeem.none')}>{t('money.voucher.anyway')}</Alert>
        ) : (
          <FieldGroup legend={t('portal.redeem.line')} hint={t('money.voucher.line')} error={failed?.errors.line}>
            <RadioCards name="line" defaultValue={failed?.values.line ?? lines[0]?.value} options={lines} />
          </FieldGroup>
        )}
        <div className="flex flex-wrap gap-3">
          <Button look="primary">{t('store.redeem.go')}</Button>
          {asNew}
        </div>
      </form>
    </LinePage>
  )
}
