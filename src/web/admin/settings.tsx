import '../i18n/areas/setup.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { changeShop } from '#modules/checkout/change-shop.ts'
import { setUpState } from '#modules/checkout/set-up.ts'
import { readBusiness } from '#modules/people/business.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/settings.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { BrandFields, LegalFields, MoneyFields } from './shop-fields.tsx'
import { readBrandForm, readLegalForm, readMoneyForm, shopFacts } from './shop-form.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return transaction(shop, 'read-settings', async (tx) => ({
    facts: shopFacts(await readBusiness(tx)),
    todo: shop.open ? 0 : (await setUpState(tx, shop)).filter(({ state }) => state === 'next').length,
  }))
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const before = await transaction(shop, 'read-business', readBusiness)
  const [brand, money, legal] = [readBrandForm(form, before), readMoneyForm(form, before), readLegalForm(form)]
  const errors = { ...brand.errors, ...money.errors, ...legal.errors }
  if (Object.keys(errors).length > 0) return failure(errors, form)
  await transaction(shop, 'save-settings', (tx) =>
    changeShop(tx, shop, { ...brand.change, ...money.change, ...legal.change }),
  )
  if (brand.adjusted) return redirectWith('/admin/settings', 'console.settings.savedDarker', { tone: 'info' })
  return redirectWith('/admin/settings', 'console.settings.saved')
}

export default function SettingsPage({ loaderData: { facts, todo } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('settings:change')
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="flex max-w-2xl flex-col gap-6">
        {todo > 0 ? (
          <Alert
            tone="info"
            title={t('console.setup.left', { count: todo })}
            actions={<LinkButton to="/admin/setup">{t('console.setup.continue')}</LinkButton>}
          />
        ) : null}
        <Form method="post">
          <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
            <FormErrors failure={failed} />
            <Card title={t('console.settings.brand')}>
              <div className="flex flex-col gap-5">
                <BrandFields facts={facts} failure={failed} />
              </div>
            </Card>
            <Card title={t('console.settings.money')}>
              <div className="flex flex-col gap-5">
                <MoneyFields facts={facts} failure={failed} />
              </div>
            </Card>
            <Card title={t('console.settings.legal')}>
              <div className="flex flex-col gap-5">
                <LegalFields facts={facts} failure={failed} />
                {(['terms', 'privacy', 'refund_policy'] as const).map((name) => (
                  <Field
                    key={name}
                    label={t(`console.settings.${name}`)}
                    hint={t(`console.settings.${name}.hint`)}
                    error={failed?.errors[name]}
                    optional
                  >
                    {(tied) => (
                      <Textarea
                        {...tied}
                        name={name}
                        rows={6}
                        maxLength={40000}
                        defaultValue={failed ? failed.values[name] : facts[name]}
                      />
                    )}
                  </Field>
                ))}
              </div>
            </Card>
            {change ? (
              <div className="flex justify-end">
                <Button look="primary">{t('console.settings.save')}</Button>
              </div>
            ) : null}
          </fieldset>
        </Form>
      </div>
    </>
  )
}
