import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { CheckoutData } from './checkout.tsx'
import { couponField } from './chosen-sums.ts'

/** A code that takes something off: applied by its button, or with the order, whatever comes first. */
export function CouponField({
  offer: { discount },
  values,
  error,
}: {
  offer: Pick<CheckoutData, 'discount'>
  values: Record<string, string>
  error: string | undefined
}) {
  const t = useText()
  return (
    <Card title={t('store.coupon.title')}>
      <Field
        label={t('store.coupon.code')}
        hint={discount === null ? undefined : t('store.coupon.applied', { code: discount.code })}
        error={error}
        optional
      >
        {(tied) => (
          <span className="flex gap-2">
            <Input
              {...tied}
              code
              name={couponField}
              maxLength={60}
              autoComplete="off"
              defaultValue={values[couponField] ?? ''}
            />
            <Button name="act" value="sum" formNoValidate>
              {t('store.coupon.apply')}
            </Button>
          </span>
        )}
      </Field>
    </Card>
  )
}
