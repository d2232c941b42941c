import '../i18n/areas/collecting.ts'
import { Form } from 'react-router'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyDecimal, moneyText } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput, MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/reseller-collecting.ts'
import { ActButton, ActDialog } from './act.tsx'
import { Loans, PaidOut, StandingList, Statements } from './collected-parts.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { actOnCollecting, readCollecting } from './reseller-collecting.server.ts'

/** What is collected for a reseller: gateways lent to him, what he is owed, statements, payouts. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return readCollecting(shop, params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  return actOnCollecting(await actAs(context, request, 'payments:see'), request, params.id)
}

type Data = Route.ComponentProps['loaderData']

export default function ResellerCollectingPage({ loaderData }: Route.ComponentProps) {
  const { id, name, own, statements, payouts } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.collecting.title')}
        description={t('console.collecting.lead')}
        back={{ to: `/admin/resellers/${id}`, label: name }}
      />
      <div className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        <div className="grid items-start gap-6 lg:grid-cols-2">
          <Owed {...loaderData} />
          {own && may('gateways:change') ? <Lend {...loaderData} /> : null}
        </div>
        <Lent {...loaderData} />
        <Statements rows={statements} />
        <PaidOut rows={payouts} />
      </div>
    </>
  )
}

function Owed({ standings, formKey, today }: Data) {
  const page = usePage()
  const { t } = page
  const may = useMay()('payments:money')
  const { errors, kept } = keeping(useFailure())
  return (
    <Card title={t('console.collecting.standing')}>
      <div className="flex flex-col gap-6">
        {standings.length === 0 ? <p className="text-muted">{t('console.collecting.standing.none')}</p> : null}
        {standings.map((standing) => (
          <div key={standing.currency} className="flex flex-col gap-4">
            <StandingList standing={standing} />
            {may ? (
              <div className="flex flex-wrap gap-3">
                {standing.payable.minor > 0n ? (
                  <ActDialog
                    act="pay"
                    id={`pay-${standing.currency}`}
                    look="primary"
                    trigger={t('console.collecting.pay', { amount: moneyText(standing.payable, page) })}
                    title={t('console.collecting.pay.title')}
                    confirm={t('console.collecting.pay.go')}
                    keep={t('ui.cancel')}
                    fields={{ currency: standing.currency, form_key: formKey }}
                  >
                    <p className="text-muted">{t('console.collecting.pay.lead')}</p>
                    <Field label={t('console.collecting.pay.amount')} error={errors.amount}>
                      {(tied) => (
                        <MoneyInput
                          {...tied}
                          name="amount"
                          required
                          currency={standing.currency}
                          defaultValue={kept('amount', moneyDecimal(standing.payable))}
                        />
                      )}
                    </Field>
                    <Field label={t('console.collecting.pay.reference')} error={errors.reference}>
                      {(tied) => (
                        <Input
                          {...tied}
                          name="reference"
                          required
                          maxLength={80}
                          defaultValue={kept('reference', '')}
                        />
                      )}
                    </Field>
                    <Field label={t('console.collecting.pay.on')} error={errors.paid_on}>
                      {(tied) => <DateInput {...tied} name="paid_on" required defaultValue={kept('paid_on', today)} />}
                    </Field>
                  </ActDialog>
                ) : null}
                <ActButton act="close" fields={{ currency: standing.currency, form_key: formKey }}>
                  {t('console.collecting.close', { currency: standing.currency })}
                </ActButton>
              </div>
            ) : null}
          </div>
        ))}
      </div>
    </Card>
  )
}

function Lent({ loans }: Data) {
  const t = useText()
  const may = useMay()('gateways:change')
  return (
    <Loans
      rows={loans}
      title={t('console.collecting.lent')}
      kept={t('console.collecting.kept')}
      rowActions={(row) =>
        may && !row.ended ? (
          <ActButton act="take_back" look="quiet" dense fields={{ loan: row.id }}>
            {t('console.collecting.takeBack')}
          </ActButton>
        ) : null
      }
      none={t('console.collecting.lent.none')}
    />
  )
}

function Lend({ gateways, terms, currency }: Data) {
  const t = useText()
  const { errors, kept, ticked } = keeping(useFailure())
  if (gateways.length === 0)
    return (
      <Card title={t('console.collecting.lend')}>
        <p className="text-muted">{t('console.collecting.lend.none')}</p>
      </Card>
    )
  return (
    <Card title={t('console.collecting.lend')}>
      <Form method="post" className="flex flex-col gap-5">
        <Field label={t('console.collecting.gateway')} error={errors.gateway}>
          {(tied) => <Select {...tied} name="gateway" options={gateways} defaultValue={kept('gateway', '')} />}
        </Field>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.collecting.lend.percent')} error={errors.percent} optional>
            {(tied) => (
              <Input
                {...tied}
                name="percent"
                inputMode="decimal"
                maxLength={6}
                defaultValue={kept('percent', terms.percent)}
              />
            )}
          </Field>
          <Field label={t('console.collecting.lend.fixed')} error={errors.fixed} optional>
            {(tied) => (
              <MoneyInput {...tied} name="fixed" currency={currency} defaultValue={kept('fixed', terms.fixed)} />
            )}
          </Field>
        </div>
        <Field
          label={t('console.collecting.lend.hold')}
          hint={t('console.collecting.lend.hold.hint')}
          error={errors.hold_days}
        >
          {(tied) => (
            <Input
              {...tied}
              name="hold_days"
              type="number"
              min={0}
              max={365}
              required
              defaultValue={kept('hold_days', String(terms.holdDays))}
            />
          )}
        </Field>
        <Field label={t('console.collecting.lend.least')} error={errors.least} optional>
          {(tied) => (
            <MoneyInput {...tied} name="least" currency={currency} defaultValue={kept('least', terms.least)} />
          )}
        </Field>
        <Switch
          name="any"
          label={t('console.collecting.lend.any')}
          hint={t('console.collecting.lend.any.hint')}
          defaultChecked={ticked('any', terms.any)}
        />
        <Switch
          name="monthly"
          label={t('console.collecting.lend.monthly')}
          defaultChecked={ticked('monthly', terms.monthly)}
        />
        <div className="flex justify-end">
          <Button name="act" value="lend" look="primary">
            {t('console.collecting.lend.go')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
