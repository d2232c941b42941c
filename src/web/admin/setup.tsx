import '../i18n/areas/setup.ts'
import { Form, Link } from 'react-router'
import { transaction } from '#app.ts'
import { attest, confirmStep, openForBusiness, setUpState } from '#modules/checkout/set-up.ts'
import { readBusiness } from '#modules/people/business.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Progress } from '../ui/progress.tsx'
import type { Route } from './+types/setup.ts'
import { actAs, staffOf } from './guard.server.ts'
import { whereTo } from './setup.server.ts'
import { SetUpStepCard } from './setup-step.tsx'
import { BrandFields, MoneyFields } from './shop-fields.tsx'
import { readBrandForm, readMoneyForm, shopFacts } from './shop-form.server.ts'

/** The way from an empty business to an open shop: what is done, what is next, each thing with its live test. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:change')
  const asked = new URL(request.url).searchParams.get('step')
  return transaction(shop, 'read-set-up', async (tx) => {
    const steps = await setUpState(tx, shop)
    const next = steps.find(({ state }) => state === 'next')?.step ?? null
    return {
      steps,
      open: steps.find(({ step }) => step === asked)?.step ?? next,
      facts: shopFacts(await readBusiness(tx)),
      links: await whereTo(tx, shop),
      shopUrl: shop.baseUrl,
      reseller: shop.parentId !== null,
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const act = form.get('act')
  switch (act) {
    case 'brand': {
      const before = await transaction(shop, 'read-business', readBusiness)
      const { change, errors, adjusted } = readBrandForm(form, before)
      if (Object.keys(errors).length > 0) return failure(errors, form)
      await transaction(shop, 'confirm-brand', (tx) => confirmStep(tx, shop, 'brand', change))
      return redirectWith('/admin/setup', adjusted ? 'console.settings.savedDarker' : 'console.settings.saved')
    }
    case 'money': {
      const before = await transaction(shop, 'read-business', readBusiness)
      const { change, errors } = readMoneyForm(form, before)
      if (Object.keys(errors).length > 0) return failure(errors, form)
      await transaction(shop, 'confirm-money', (tx) => confirmStep(tx, shop, 'money', change))
      return redirectWith('/admin/setup', 'console.settings.saved')
    }
    case 'rights':
      if (form.get('rights') === null) return failure({ rights: 'Please confirm that you hold the rights.' }, form)
      await attest(shop)
      return redirectWith('/admin/setup', 'console.setup.attested')
    case 'live':
      await openForBusiness(shop)
      return redirectWith('/admin', 'console.setup.opened')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

export default function SetUpPage({ loaderData }: Route.ComponentProps) {
  const { steps, open, facts, links, shopUrl, reseller } = loaderData
  const t = useText()
  const failed = useFailure()
  const done = steps.filter(({ state }) => state !== 'next').length
  const allDone = done === steps.length
  const go = (step: keyof typeof links) => (
    <LinkButton look="primary" to={links[step]}>
      {t(`console.setup.${step}.go`)}
    </LinkButton>
  )
  const bodies = {
    brand: (
      <Form method="post" className="flex flex-col gap-5">
        <BrandFields facts={facts} failure={failed} />
        <Save act="brand" />
      </Form>
    ),
    money: (
      <Form method="post" className="flex flex-col gap-5">
        <MoneyFields facts={facts} failure={failed} />
        <Save act="money" />
      </Form>
    ),
    mail: go('mail'),
    panel: go('panel'),
    gateway: (
      <div className="flex flex-wrap gap-2">
        {go('gateway')}
        <LinkButton to="/admin/gateways/new?kind=manual">{t('console.setup.gateway.manual')}</LinkButton>
      </div>
    ),
    plan: go('plan'),
    credits: go('credits'),
    rights: (
      <Form method="post" className="flex flex-col gap-4">
        <Checkbox name="rights" label={t('console.setup.rights.confirm')} error={failed?.errors.rights} />
        <Save act="rights" label={t('console.setup.rights.go')} />
      </Form>
    ),
    live: (
      <Form method="post">
        <Button look="primary" name="act" value="live" disabled={done < steps.length - 1}>
          {t('console.setup.live.go')}
        </Button>
      </Form>
    ),
  }
  return (
    <>
      <PageHeader title={t('console.setup.title')} description={t('console.setup.lead')} />
      <div className="flex max-w-2xl flex-col gap-4">
        <FormErrors failure={failed} />
        {allDone ? (
          <Alert
            tone="good"
            title={t('console.setup.done')}
            actions={
              <>
                <LinkButton href={shopUrl}>{t('console.setup.visit')}</LinkButton>
                <LinkButton to="/admin">{t('console.nav.overview')}</LinkButton>
              </>
            }
          />
        ) : (
          <Progress
            value={done}
            max={steps.length}
            label={t('console.setup.progress', { done, of: steps.length })}
            text=""
          />
        )}
        <ol className="flex flex-col gap-3">
          {steps.map(({ step, state }, index) => (
            <SetUpStepCard
              key={step}
              number={index + 1}
              title={t(`console.setup.${step}`)}
              lead={t(
                reseller && (step === 'panel' || step === 'plan')
                  ? `console.setup.${step}.reseller`
                  : `console.setup.${step}.lead`,
              )}
              state={state}
              open={step === open}
              change={
                step === 'rights' || step === 'live' ? null : (
                  <Link to={`?step=${step}`} preventScrollReset className="text-sm text-brand hover:underline">
                    {t(state === 'next' ? 'console.setup.now' : 'console.setup.change')}
                    <span className="sr-only"> {t(`console.setup.${step}`)}</span>
                  </Link>
                )
              }
            >
              {bodies[step]}
            </SetUpStepCard>
          ))}
        </ol>
      </div>
    </>
  )
}

function Save({ act, label }: { act: string; label?: string }) {
  const t = useText()
  return (
    <div>
      <Button look="primary" name="act" value={act}>
        {label ?? t('console.setup.save')}
      </Button>
    </div>
  )
}
