import '../i18n/areas/price-campaigns.ts'
import { transaction } from '#app.ts'
import { readCampaign, saveCampaign, startCampaign, stopCampaign } from '#modules/subscriptions/price-campaigns.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/price-campaign.ts'
import { ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readNames } from './policy.server.ts'
import {
  campaignShown,
  campaignTyped,
  draftOfCampaign,
  emptyDraft,
  previewShown,
  progressShown,
} from './price-campaign.server.ts'
import { CampaignPreview, CampaignProgress, CampaignTerms } from './price-campaign-figures.tsx'
import { CampaignForm } from './price-campaign-form.tsx'

const states = ['announced', 'accepted', 'declined', 'kept', 'excepted', 'canceled', 'applied'] as const

/** A price change: as a draft its form and what it would do, afterwards how far it is. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { status: states } })
  return transaction(shop, 'read-campaign', async (tx) => {
    const names = await readNames(tx)
    const known = { names: names.map(({ name }) => name), currency: shop.currency }
    if (params.id === 'new') return { ...known, campaign: null, draft: emptyDraft(shop), preview: null, progress: null }
    const campaign = await readCampaign(tx, params.id)
    const shown = { ...known, campaign: campaignShown(campaign, shop) }
    return campaign.status === 'draft'
      ? {
          ...shown,
          draft: draftOfCampaign(campaign, names, shop),
          preview: await previewShown(tx, campaign, new URL(request.url).searchParams.get('from'), shop),
          progress: null,
        }
      : { ...shown, draft: null, preview: null, progress: await progressShown(tx, campaign, query) }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const read = formReader(form)
  const act = read.raw('act')
  if (act === 'start') {
    await startCampaign(shop, params.id, read.whole('version', { from: 1, to: 1_000_000 }))
    return redirectWith(`/admin/prices/${params.id}`, 'console.prices.started')
  }
  if (act === 'stop') {
    const reason = read.text('reason', { most: 500 })
    if (read.failed) return failure(read.errors, form)
    const { startedAt } = await stopCampaign(shop, params.id, reason)
    const did = startedAt === null ? 'console.prices.didDrop' : 'console.prices.didStop'
    return redirectWith(`/admin/prices/${params.id}`, did)
  }
  const names = await transaction(shop, 'read-names', readNames)
  const typed = campaignTyped(form, names, shop)
  if ('errors' in typed) return failure(typed.errors, form)
  const id = params.id === 'new' ? undefined : params.id
  const saved = await transaction(shop, 'save-campaign', (tx) => saveCampaign(tx, shop, typed.facts, shop.now(), id))
  return redirectWith(`/admin/prices/${saved.id}`, 'console.prices.saved')
}

export default function PriceCampaignPage({ loaderData }: Route.ComponentProps) {
  const { campaign, draft, preview, progress, names, currency } = loaderData
  const t = useText()
  const failed = useFailure()
  const may = useMay()
  const changing = may('plans:change')
  // Nobody was told of a draft: there is nothing to stop.
  const stop = campaign?.status === 'draft' ? 'console.prices.drop' : 'console.prices.stop'
  return (
    <>
      <PageHeader
        title={campaign?.name ?? t('console.prices.add')}
        badge={campaign ? <StateBadge of="campaign" state={campaign.status} /> : null}
        back={{ to: '/admin/prices', label: t('console.prices.title') }}
        actions={
          campaign && changing ? (
            <>
              {preview && preview.count > 0 ? (
                <ActDialog
                  act="start"
                  look="primary"
                  trigger={t('console.prices.start')}
                  title={t('console.prices.start.title', { count: preview.count })}
                  confirm={t('console.prices.start.go')}
                  keep={t('ui.cancel')}
                  fields={{ version: String(campaign.version) }}
                >
                  <p className="text-muted">{t('console.prices.start.lead')}</p>
                </ActDialog>
              ) : null}
              {campaign.status === 'stopped' ? null : (
                <ActDialog
                  act="stop"
                  danger
                  trigger={t(stop)}
                  title={t(`${stop}.title`)}
                  confirm={t(`${stop}.go`)}
                  keep={t('ui.cancel')}
                >
                  <p className="text-muted">{t(`${stop}.lead`)}</p>
                  <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
                </ActDialog>
              )}
            </>
          ) : null
        }
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <div className="flex flex-col gap-6">
        {preview ? <CampaignPreview preview={preview} /> : null}
        {progress && campaign ? <CampaignProgress progress={progress} campaign={campaign} /> : null}
        {draft ? (
          <CampaignForm draft={draft} names={names} currency={currency} disabled={!changing} />
        ) : campaign ? (
          <CampaignTerms campaign={campaign} />
        ) : null}
      </div>
    </>
  )
}
