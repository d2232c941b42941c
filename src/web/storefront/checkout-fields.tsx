import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox, RadioCards } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { moneyText } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { usePage } from '../ui/page-context.tsx'
import { MacInput } from '../ui/special-inputs.tsx'
import { UnusualMac } from '../ui/unusual-mac.tsx'
import type { CheckoutData } from './checkout.tsx'
import { appliedField, quantityField } from './chosen-sums.ts'
import { CouponField } from './coupon-field.tsx'
import { MethodChoice } from './method-choice.tsx'
import { TaxFields } from './tax-fields.tsx'
import { termText } from './term.ts'

type Props = {
  offer: CheckoutData
  values: Record<string, string>
  errors: Record<string, string>
  checked: { verdict: 'free' | 'taken' | 'invalid'; text: string } | null
}

/** The fields of the checkout, from address to button. */
export function CheckoutFields({ offer, values, errors, checked }: Props) {
  const page = usePage()
  const { t, business } = page
  return (
    <>
      <input type="hidden" name="cart" value={values.cart} />
      {values.ref ? <input type="hidden" name="ref" value={values.ref} /> : null}
      <input type="hidden" name="currency" value={offer.price.currency} />
      {/* Enter in a field presses the first button of a form: it must not be "Check", nor the one that only adds up. */}
      <button type="submit" tabIndex={-1} aria-hidden="true" className="sr-only">
        {t('store.checkout.order')}
      </button>
      <input type="hidden" name="sum" value={String(offer.today.minor)} />
      <input type="hidden" name={appliedField} value={values[appliedField] ?? ''} />
      <Card title={t('store.checkout.you')}>
        <Field label={t('store.checkout.email')} hint={t('store.checkout.email.hint')} error={errors.email}>
          {(tied) => (
            <Input
              {...tied}
              type="email"
              name="email"
              required
              maxLength={254}
              autoComplete="email"
              inputMode="email"
              defaultValue={values.email}
            />
          )}
        </Field>
      </Card>
      {offer.tax === null ? null : <TaxFields offer={offer} values={values} errors={errors} />}
      <Card title={t('store.checkout.device')}>
        <Device offer={offer} values={values} errors={errors} />
      </Card>
      {offer.username === 'generated' && !offer.password ? null : (
        <Card title={t('store.checkout.login')}>
          <div className="flex flex-col gap-5">
            {offer.username === 'generated' ? null : (
              <Username offer={offer} values={values} errors={errors} checked={checked} />
            )}
            {offer.password ? (
              <Field
                label={t('store.checkout.password')}
                hint={t('store.checkout.password.hint')}
                error={errors.password}
                optional
              >
                {(tied) => (
                  <Input {...tied} code name="password" autoComplete="off" pattern="[A-Za-z0-9]{8,32}" maxLength={32} />
                )}
              </Field>
            ) : null}
          </div>
        </Card>
      )}
      {offer.addOns.length === 0 ? null : <AddOns offer={offer} values={values} errors={errors} />}
      {offer.plan.trial ? null : <CouponField offer={offer} values={values} error={errors.coupon} />}
      {offer.free ? null : (
        <Card title={t('store.checkout.pay')}>
          <MethodChoice
            methods={offer.methods}
            chosen={values.gateway}
            error={errors.gateway}
            keeps={values.save_method === 'yes'}
          />
        </Card>
      )}
      <Checkbox
        name="marketing"
        value="yes"
        defaultChecked={values.marketing === 'yes'}
        label={t('store.checkout.consent', { name: business?.name ?? '' })}
      />
      <div className="flex flex-col gap-2">
        <Button look="primary" wide disabled={!offer.free && offer.methods.length === 0}>
          {offer.free
            ? t('store.checkout.orderFree')
            : t('store.checkout.orderFor', { amount: moneyText(offer.today, page) })}
        </Button>
        <p className="text-center text-sm text-muted">
          {t('store.checkout.agree')}{' '}
          <a className="underline" href={`${page.basePath}/terms`} target="_blank" rel="noreferrer">
            {t('store.nav.terms')}
          </a>
          {' · '}
          <a className="underline" href={`${page.basePath}/privacy`} target="_blank" rel="noreferrer">
            {t('store.nav.privacy')}
          </a>
        </p>
      </div>
    </>
  )
}

/** A number beside the plan; the sum is shown anew when asked for, and again before anything else is ordered than was shown. */
function AddOns({ offer, values, errors }: Pick<Props, 'offer' | 'values' | 'errors'>) {
  const page = usePage()
  const { t } = page
  return (
    <Card title={t('store.checkout.addOns')}>
      <div className="flex flex-col gap-5">
        {offer.addOns.map(({ id, name, most, price, breaks }, index) => (
          <Field
            key={id}
            label={name}
            hint={[
              t('store.checkout.addOns.each', { amount: moneyText(price, page), term: termText(t, offer.term) }),
              ...breaks.map(({ from, amountMinor }) =>
                t('store.checkout.addOns.from', {
                  count: from,
                  amount: moneyText({ ...price, minor: amountMinor }, page),
                }),
              ),
            ].join(' ')}
            error={errors[quantityField(index)]}
          >
            {(tied) => (
              <Input
                {...tied}
                type="number"
                name={quantityField(index)}
                min={0}
                max={most}
                inputMode="numeric"
                className="max-w-32"
                defaultValue={values[quantityField(index)] ?? '0'}
              />
            )}
          </Field>
        ))}
        <div>
          <Button name="act" value="sum" formNoValidate>
            {t('store.checkout.sum')}
          </Button>
        </div>
      </div>
    </Card>
  )
}

/** A box is told apart by its MAC address; for everything else the choice only leads to the right guide. */
function Device({ offer, values, errors }: Pick<Props, 'offer' | 'values' | 'errors'>) {
  const { t } = usePage()
  const mac = (
    <div className="flex flex-col gap-3">
      <Field label={t('store.checkout.mac')} hint={t('ui.mac.hint')} error={errors.mac}>
        {(tied) => <MacInput {...tied} name="mac" required defaultValue={values.mac} />}
      </Field>
      <UnusualMac errors={errors} values={values} />
    </div>
  )
  if (offer.box === 'alone')
    return (
      <>
        <input type="hidden" name="device" value="mag" />
        {mac}
      </>
    )
  const besides = (
    <FieldGroup legend={t('store.checkout.device.ask')} hint={t('store.checkout.device.hint')} error={errors.device}>
      <RadioCards
        name="device"
        columns={2}
        defaultValue={values.device ?? offer.devices[0]?.device}
        options={offer.devices.map(({ device, title, summary }) => ({ value: device, label: title, hint: summary }))}
      />
    </FieldGroup>
  )
  if (offer.box === null) return besides
  return (
    <div className="flex flex-col gap-5">
      <p className="text-muted">{t('store.checkout.pair')}</p>
      {mac}
      {besides}
    </div>
  )
}

function Username({ offer, values, errors, checked }: Props) {
  const { t } = usePage()
  return (
    <div className="flex flex-col gap-1.5">
      <Field
        label={t('store.checkout.username')}
        hint={t(offer.username === 'chosen' ? 'store.checkout.username.chosen' : 'store.checkout.username.hint')}
        error={errors.username}
        optional={offer.username !== 'chosen'}
      >
        {(tied) => (
          <span className="flex gap-2">
            <Input
              {...tied}
              code
              name="username"
              maxLength={24}
              autoComplete="off"
              required={offer.username === 'chosen'}
              defaultValue={values.username}
              data-ask={offer.checkAt}
              data-answer="username-answer"
            />
            <noscript>
              <Button name="act" value="check" formNoValidate>
                {t('store.checkout.username.check')}
              </Button>
            </noscript>
          </span>
        )}
      </Field>
      <p
        id="username-answer"
        role="status"
        data-verdict={checked?.verdict}
        className="text-sm font-medium empty:hidden data-[verdict=free]:text-good data-[verdict=invalid]:text-bad data-[verdict=taken]:text-warn"
      >
        {checked?.text}
      </p>
    </div>
  )
}
