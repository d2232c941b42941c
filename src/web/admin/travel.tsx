import '../i18n/areas/ahead.ts'
import { useEffect } from 'react'
import { Form, useRevalidator } from 'react-router'
import { transaction } from '#app.ts'
import { mostTravelDays, stopTravel, travel, travelOf } from '#modules/dunning/travel.ts'
import { Refusal } from '#platform/errors.ts'
import { secondsBetween } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Progress } from '../ui/progress.tsx'
import type { Route } from './+types/travel.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

/** A sandbox's journey in time; a live business has none. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const found = await transaction(shop, 'read-travel', travelOf)
  return {
    live: shop.livemode,
    most: mostTravelDays,
    now: (found?.at ?? shop.now()).toString(),
    journey:
      found === null
        ? null
        : {
            to: found.to.toString(),
            busy: found.busy,
            done: Math.round(secondsBetween(found.from, found.at)),
            whole: Math.max(1, Math.round(secondsBetween(found.from, found.to))),
          },
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  switch (form.get('act')) {
    case 'stop':
      await stopTravel(shop)
      return redirectWith('/admin/travel', 'console.travel.stopped')
    case 'go': {
      const read = formReader(form)
      const days = read.whole('days', { from: 1, to: mostTravelDays })
      if (read.failed) return failure(read.errors, form)
      await travel(shop, shop.now().add({ hours: days * 24 }))
      return redirectWith('/admin/travel', 'console.travel.gone')
    }
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

export default function TravelPage({ loaderData: { live, most, now, journey } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  useLookingAgain(journey !== null)
  return (
    <>
      <PageHeader title={t('console.travel.title')} description={t('console.travel.lead')} />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        {live ? (
          <Card>
            <EmptyState title={t('console.travel.live')}>{t('console.travel.live.lead')}</EmptyState>
          </Card>
        ) : (
          <Card title={t('console.travel.now')}>
            <div className="flex flex-col gap-5">
              <p className="text-xl font-semibold">
                <When at={now} as="exact" />
              </p>
              {journey ? (
                <>
                  <Progress label={t('console.travel.way')} value={journey.done} max={journey.whole} text="" />
                  <p className="text-muted">
                    {t('console.travel.to')} <When at={journey.to} as="exact" />
                    {journey.busy ? ` · ${t('console.travel.busy', { kind: journey.busy.replaceAll('_', ' ') })}` : ''}
                  </p>
                  <div className="flex flex-wrap gap-2">
                    <LinkButton to="/admin/travel">{t('console.travel.look')}</LinkButton>
                    {may('settings:change') ? <ActButton act="stop">{t('console.travel.stop')}</ActButton> : null}
                  </div>
                </>
              ) : may('settings:change') ? (
                <Form method="post" className="flex flex-wrap items-end gap-4">
                  <Field label={t('console.travel.days')} error={failed?.errors.days ?? failed?.errors.to}>
                    {(tied) => (
                      <Input
                        {...tied}
                        type="number"
                        name="days"
                        required
                        min={1}
                        max={most}
                        defaultValue={failed?.values.days ?? '7'}
                        className="sm:max-w-32"
                      />
                    )}
                  </Field>
                  <Button look="primary" name="act" value="go">
                    {t('console.travel.go')}
                  </Button>
                </Form>
              ) : null}
            </div>
          </Card>
        )}
      </div>
    </>
  )
}

/** With a script the page looks again by itself. */
function useLookingAgain(travels: boolean): void {
  const { revalidate } = useRevalidator()
  useEffect(() => {
    if (!travels) return
    const timer = setInterval(revalidate, 1_000)
    return () => clearInterval(timer)
  }, [travels, revalidate])
}
