import '../i18n/areas/resellers.ts'
import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { readLimits } from '#modules/people/limits.ts'
import {
  buyCredits,
  mostPacks,
  packsForSale,
  purchasesOf,
  readTopUp,
  saveTopUp,
} from '#modules/reselling/buy-credits.ts'
import { lostSoon } from '#modules/reselling/expire-credits.ts'
import { runwayOf } from '#modules/reselling/forecast.ts'
import { ownTerms, ownWallet, waitingLines } from '#modules/reselling/queries.ts'
import { formatCredits, parseCredits, type ResumeOrder, resumeOrders } from '#modules/reselling/rules.ts'
import { saveResumeOrder } from '#modules/reselling/save-resume-order.ts'
import { readOwnAlarm, saveOwnAlarm } from '#modules/reselling/wallet-alarm.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/wallet.ts'
import { aheadShown, CreditsAhead } from './credits-ahead.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { limitsShown, OwnLimits } from './reseller-limits.tsx'
import { readAlarmWish } from './wallet-alarm.server.ts'
import { WalletAlarm } from './wallet-alarm.tsx'
import { namedEntries } from './wallet-entries.server.ts'
import { entryShown, WalletEntries } from './wallet-entries.tsx'

/** The credits that this business holds with its parent, how long they last, and buying more. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  const [packs, topUp, bought, alarm] = await Promise.all([
    packsForSale(shop),
    readTopUp(shop),
    purchasesOf(shop),
    readOwnAlarm(shop),
  ])
  const known = await transaction(shop, 'read-wallet', async (tx) => {
    const wallet = await ownWallet(tx)
    const ahead = await runwayOf(tx, shop.now())
    const limits = limitsShown(await readLimits(tx, shop.businessId, shop.now()))
    if (wallet === null || ahead === null) return { wallet: null, entries: [], lines: [], limits }
    const { issuerName, balance, held, waiting } = wallet
    const terms = await ownTerms(tx)
    const { entries, names } = await namedEntries(tx, shop.businessId, 50)
    const old = await lostSoon(tx, shop.businessId, shop.now())
    return {
      limits,
      wallet: {
        issuerName,
        free: formatCredits(balance - held),
        held: formatCredits(held),
        waiting,
        deducts: terms?.deducts ?? 'period_start',
        resumes: terms?.resumes ?? 'oldest',
        lastDays: old?.lastDays ?? null,
        lost: old === null || old.milli === 0n ? null : formatCredits(old.milli),
        ...aheadShown(ahead),
      },
      entries: entries.map((each) => entryShown(each, names)),
      lines: (await waitingLines(tx, 100)).map(({ since, ...each }) => ({ ...each, since: since.toString() })),
    }
  })
  return {
    ...known,
    holder: shop.businessId,
    packs: packs.map(({ id, name, creditsMilli, priceMinor, currency }) => ({
      id,
      name,
      credits: formatCredits(creditsMilli),
      price: { minor: priceMinor, currency },
    })),
    bought: bought.map(({ id, creditsMilli, status, automatic, createdAt, payUrl }) => ({
      id,
      credits: formatCredits(creditsMilli),
      status,
      automatic,
      payUrl,
      createdAt: createdAt.toString(),
    })),
    topUp:
      topUp === null
        ? null
        : {
            ...topUp,
            under: formatCredits(topUp.underMilli),
            upTo: topUp.toMilli == null ? '' : formatCredits(topUp.toMilli),
          },
    alarm:
      alarm === null
        ? null
        : {
            mode: alarm.mode,
            under: alarm.underMilli === null ? null : formatCredits(alarm.underMilli),
            days: alarm.days,
            lowSince: alarm.lowSince?.toString() ?? null,
            floor: known.wallet === null || known.wallet.floor === '0' ? null : known.wallet.floor,
          },
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'wallets:money')
  const read = formReader(form)
  if (read.raw('act') === 'buy') {
    const packs = read.raw('packs') === '' ? 1 : read.whole('packs', { from: 1, to: mostPacks })
    if (read.failed) return failure(read.errors, form)
    return redirect((await buyCredits(shop, read.raw('pack'), packs)).payUrl)
  }
  if (read.raw('act') === 'alarm') {
    const wish = readAlarmWish(read)
    if (read.failed) return failure(read.errors, form)
    await saveOwnAlarm(shop, wish)
    return redirectWith('/admin/wallet', 'console.alarm.saved')
  }
  if (read.raw('act') === 'resume_order') {
    const resumes = read.choice('resumes', resumeOrders)
    if (read.failed) return failure(read.errors, form)
    await saveResumeOrder(shop, resumes)
    return redirectWith('/admin/wallet', 'console.wallet.resumes.saved')
  }
  if (read.raw('under') === '') {
    await saveTopUp(shop, null)
    return redirectWith('/admin/wallet', 'console.wallet.topUp.off')
  }
  const underMilli = parseCredits(read.raw('under')) ?? 0n
  if (underMilli === 0n) read.refuse('under', translator('en')('console.reseller.amount.wrong'))
  const toMilli = read.raw('up_to_milli') === '' ? null : (parseCredits(read.raw('up_to_milli')) ?? 0n)
  if (toMilli === 0n) read.refuse('up_to_milli', translator('en')('console.reseller.amount.wrong'))
  const perDay = read.whole('per_day', { from: 1, to: 20 })
  if (read.failed) return failure(read.errors, form)
  await saveTopUp(shop, { underMilli, toMilli, packId: read.raw('pack'), perDay })
  return redirectWith('/admin/wallet', 'console.wallet.topUp.saved')
}

type Data = Route.ComponentProps['loaderData']

export default function WalletPage({ loaderData }: Route.ComponentProps) {
  const { wallet, entries, lines, holder, packs, bought, limits } = loaderData
  const t = useText()
  const failed = useFailure()
  if (wallet === null)
    return (
      <>
        <PageHeader title={t('console.wallet.title')} />
        <EmptyState title={t('console.wallet.none')} />
      </>
    )
  return (
    <>
      <PageHeader
        title={t('console.wallet.title')}
        description={t('console.wallet.lead', { name: wallet.issuerName })}
      />
      <div className="flex flex-col gap-6">
        <div className="grid gap-4 sm:grid-cols-3">
          <Stat label={t('console.wallet.free')} value={wallet.free} />
          <Stat label={t('console.wallet.held')} value={wallet.held} />
          <Stat label={t('console.wallet.waiting')} value={<Count value={wallet.waiting} />} />
        </div>
        <p className="max-w-prose text-muted">{t(`console.wallet.deducts.${wallet.deducts}`)}</p>
        {wallet.lastDays === null ? null : (
          <Alert
            tone={wallet.lost === null ? 'info' : 'warn'}
            title={t('console.wallet.lasts', { count: wallet.lastDays })}
          >
            {wallet.lost === null ? null : t('console.wallet.lost', { credits: wallet.lost })}
          </Alert>
        )}
        <FormErrors failure={failed} />
        <CreditsAhead {...wallet} />
        {loaderData.alarm === null ? null : <WalletAlarm {...loaderData.alarm} />}
        {packs.length > 0 ? <Buying {...loaderData} /> : null}
        {bought.length > 0 ? <Bought bought={bought} /> : null}
        {lines.length > 0 ? <Waiting lines={lines} /> : null}
        <ServedFirst resumes={wallet.resumes} />
        <OwnLimits limits={limits} />
        <WalletEntries rows={entries} holder={holder} />
      </div>
    </>
  )
}

/** Whom the wallet serves first when credits come again. */
function ServedFirst({ resumes }: { resumes: ResumeOrder }) {
  const t = useText()
  const may = useMay()
  if (!may('wallets:money')) return null
  return (
    <Card title={t('console.wallet.resumes')}>
      <Form method="post" className="flex flex-wrap items-end justify-between gap-4">
        <Field label={t('console.wallet.resumes.order')} hint={t('console.wallet.resumes.hint')}>
          {(tied) => (
            <Select
              {...tied}
              name="resumes"
              options={resumeOrders.map((value) => ({ value, label: t(`console.wallet.resumes.${value}`) }))}
              defaultValue={resumes}
            />
          )}
        </Field>
        <Button name="act" value="resume_order">
          {t('console.reseller.plan.save')}
        </Button>
      </Form>
    </Card>
  )
}

type Line = Route.ComponentProps['loaderData']['lines'][number]

/** Who waits, and for whose credits; the first is served first. */
function Waiting({ lines }: { lines: readonly Line[] }) {
  const t = useText()
  const columns: readonly Column<Line>[] = [
    {
      id: 'username',
      header: t('console.reseller.line.username'),
      cell: (row) => <bdi className="break-all">{row.username}</bdi>,
    },
    { id: 'plan', header: t('console.reseller.line.plan'), cell: (row) => row.plan },
    {
      id: 'why',
      header: t('console.wallet.why'),
      cell: (row) => t(row.own ? 'console.wallet.why.own' : 'console.wallet.why.above'),
    },
    { id: 'since', header: t('console.wallet.waitsSince'), cell: (row) => <When at={row.since} /> },
  ]
  return (
    <Card title={t('console.wallet.waiting')} flush>
      <DataTable
        caption={t('console.wallet.waiting')}
        columns={columns}
        rows={lines}
        rowKey={(row) => row.subscriptionId}
        rowHref={(row) => `/admin/subscriptions/${row.subscriptionId}`}
      />
    </Card>
  )
}

/** What was bought of late; what is not paid yet can be. */
function Bought({ bought }: Pick<Data, 'bought'>) {
  const t = useText()
  return (
    <Card title={t('console.wallet.bought')} flush>
      <ul>
        {bought.map(({ id, credits, status, automatic, payUrl, createdAt }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
          >
            <span className="min-w-0">
              <bdi className="tabular-nums">{t('console.wallet.bought.credits', { credits })}</bdi>
              <span className="block text-sm text-muted">
                <When at={createdAt} as="both" />
                {automatic ? ` · ${t('console.wallet.bought.automatic')}` : ''}
              </span>
            </span>
            <span className="flex items-center gap-3">
              <Badge tone={status === 'given' ? 'good' : status === 'open' ? 'warn' : 'none'}>
                {t(`console.wallet.bought.${status}`)}
              </Badge>
              {payUrl === null ? null : <LinkButton href={payUrl}>{t('console.wallet.bought.pay')}</LinkButton>}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Packs to buy now, and the one that is bought by itself. */
function Buying({ packs, topUp, wallet }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  if (!may('wallets:money')) return null
  // What a week takes is proposed to whoever has not chosen yet.
  const floor = wallet === null || wallet.floor === '0' ? undefined : wallet.floor
  return (
    <Card title={t('console.wallet.buy')}>
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {packs.map(({ id, name, credits, price }) => (
          <li key={id} className="flex items-center justify-between gap-3 rounded-control border border-line px-4 py-3">
            <span className="min-w-0">
              <span className="block font-medium break-words">{name}</span>
              <span className="text-sm text-muted">
                <bdi className="tabular-nums">{credits}</bdi> · <Money value={price} />
              </span>
            </span>
            <Form method="post" className="flex shrink-0 items-center gap-2">
              <input type="hidden" name="pack" value={id} />
              <span className="w-16">
                <Input
                  name="packs"
                  inputMode="numeric"
                  maxLength={4}
                  defaultValue={values.pack === id ? (values.packs ?? '1') : '1'}
                  aria-label={t('console.wallet.buy.packs', { name })}
                />
              </span>
              <Button name="act" value="buy">
                {t('console.wallet.buy.go')}
              </Button>
            </Form>
          </li>
        ))}
      </ul>
      <Form method="post" className="mt-6 flex flex-col gap-4 border-t border-line pt-5">
        <p className="text-sm text-muted">
          {t('console.wallet.topUp.lead')} {topUp === null ? t('console.wallet.topUp.none') : null}
        </p>
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Field
            label={t('console.wallet.topUp.under')}
            hint={
              floor === undefined
                ? t('console.wallet.topUp.under.hint')
                : `${t('console.wallet.topUp.under.hint')} ${t('console.wallet.ahead.floor', { floor })}`
            }
            error={errors.under}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                name="under"
                inputMode="decimal"
                maxLength={14}
                defaultValue={values.under ?? (topUp === null ? floor : topUp.under)}
              />
            )}
          </Field>
          <Field
            label={t('console.wallet.topUp.upTo')}
            hint={t('console.wallet.topUp.upTo.hint')}
            error={errors.up_to_milli}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                name="up_to_milli"
                inputMode="decimal"
                maxLength={14}
                defaultValue={values.up_to_milli ?? topUp?.upTo}
              />
            )}
          </Field>
          <Field label={t('console.wallet.topUp.pack')} error={errors.pack_id}>
            {(tied) => (
              <Select
                {...tied}
                name="pack"
                options={packs.map(({ id, name }) => ({ value: id, label: name }))}
                defaultValue={values.pack ?? topUp?.packId}
              />
            )}
          </Field>
          <Field label={t('console.wallet.topUp.perDay')} error={errors.per_day}>
            {(tied) => (
              <Input
                {...tied}
                name="per_day"
                inputMode="numeric"
                maxLength={2}
                defaultValue={values.per_day ?? topUp?.perDay ?? 1}
              />
            )}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button name="act" value="top_up">
            {t('console.reseller.plan.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
