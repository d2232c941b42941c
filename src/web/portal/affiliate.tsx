import { transaction } from '#app.ts'
import { changeAffiliate, joinProgramme } from '#modules/affiliates/join-programme.ts'
import { programmeSetting } from '#modules/affiliates/programme.ts'
import {
  affiliateOfCustomer,
  affiliatePayouts,
  affiliateStandings,
  commissionsOf,
} from '#modules/affiliates/queries.ts'
import { balanceOf, payableOf } from '#modules/affiliates/rules.ts'
import { readSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { isAfter } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, moneyText, When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/affiliate.ts'
import { Column, Portal } from './frame.tsx'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

const shownAtOnce = 20

/** Somebody recommends the shop: his link, what he earned by it, what is held. Whom he brought is told to nobody. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, customerId } = await meOf(context, request)
  const now = shop.now()
  return read(shop, async (tx) => {
    const programme = await readSetting(tx, shop, programmeSetting)
    const { rule } = programme
    const offer = {
      on: programme.on,
      open: programme.open,
      holdDays: programme.hold_days,
      payments: rule.payments,
      percent: rule.kind === 'percent' ? String(rule.value / 100) : null,
      amount: rule.kind === 'amount' ? money(BigInt(rule.value), shop.currency) : null,
      byHand: programme.by_hand,
    }
    const he = await affiliateOfCustomer(tx, customerId)
    if (he === null) return { offer, he: null, standings: [], commissions: [], payouts: [] }
    return {
      offer,
      he: {
        ...{ link: `${shop.baseUrl}/?ref=${he.code}`, brought: he.brought, active: he.active },
        ...{ way: he.way, payTo: he.payTo },
      },
      standings: (await affiliateStandings(tx, [he.id], now)).map((each) => ({
        currency: each.currency,
        balance: money(balanceOf(each), each.currency),
        held: money(each.held, each.currency),
        payable: money(payableOf(each), each.currency),
        paid: money(each.paidOut, each.currency),
      })),
      commissions: (await commissionsOf(tx, he.id, { limit: shownAtOnce })).map((each) => ({
        id: each.id,
        earned: money(each.earnedMinor, each.currency),
        kept: money(each.keptMinor, each.currency),
        held: each.disputed || isAfter(each.freeAt, now),
        freeAt: each.freeAt.toString(),
        at: each.createdAt.toString(),
      })),
      payouts: (await affiliatePayouts(tx, he.id, { limit: shownAtOnce })).map((each) => ({
        id: each.id,
        amount: money(each.amountMinor, each.currency),
        way: each.way,
        at: each.createdAt.toString(),
        takenBackAt: each.takenBackAt?.toString() ?? null,
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const { shop, customerId } = await meOf(context, request)
  const now = shop.now()
  if (textOf(form, 'act') === 'join') {
    await transaction(shop, 'join-programme', (tx) => joinProgramme(tx, shop, customerId, { himself: true }, now))
    return redirectWith('/account/affiliate', 'portal.affiliate.joined')
  }
  const way = (['balance', 'by_hand'] as const).find((each) => each === textOf(form, 'way'))
  const payTo = textOf(form, 'pay_to')
  if (way === undefined) return failure({ way: 'Please choose one of these.' }, form)
  if (payTo.length > 200) return failure({ pay_to: 'This is too long: at most 200 characters.' }, form)
  if (way === 'by_hand' && payTo === '') return failure({ pay_to: 'Please fill this in.' }, form)
  await transaction(shop, 'change-affiliate', async (tx) => {
    const he = await affiliateOfCustomer(tx, customerId)
    if (he === null) throw new Refusal('not_found', 'You have not joined yet.')
    if (he.way === 'credits') throw new Refusal('conflict', 'You are paid in credits. Please write to us to change it.')
    await changeAffiliate(tx, shop, he.id, { way, payTo }, { himself: true }, now)
  })
  return redirectWith('/account/affiliate', 'portal.affiliate.saved')
}

type Data = Route.ComponentProps['loaderData']

export default function AffiliateOwnPage({ loaderData }: Route.ComponentProps) {
  const { offer, he } = loaderData
  const t = useText()
  return (
    <Portal>
      <Column>
        <PageHeader title={t('portal.affiliate.title')} />
        <FormErrors failure={useFailure()} />
        {he === null ? <Join offer={offer} /> : <Mine data={{ ...loaderData, he }} />}
      </Column>
    </Portal>
  )
}

function Join({ offer }: { offer: Data['offer'] }) {
  const t = useText()
  if (!offer.on || !offer.open) return <Alert title={t('portal.affiliate.closed')} />
  return (
    <Card>
      <form method="post" className="flex flex-col gap-4">
        <Offer offer={offer} />
        <div>
          <Button look="primary" name="act" value="join">
            {t('portal.affiliate.join')}
          </Button>
        </div>
      </form>
    </Card>
  )
}

/** What one earns, in a sentence. */
function Offer({ offer: { percent, amount, payments, holdDays } }: { offer: Data['offer'] }) {
  const page = usePage()
  const { t } = page
  const what = percent !== null ? `${percent} %` : amount !== null ? moneyText(amount, page) : null
  return (
    <div className="flex flex-col gap-2 text-muted">
      <p>{t('portal.affiliate.lead')}</p>
      {what === null ? null : (
        <p>
          {payments === 0
            ? t(`portal.affiliate.earn.${percent === null ? 'amount.' : ''}always`, { what })
            : t(`portal.affiliate.earn.${percent === null ? 'amount.' : ''}some`, { what, count: payments })}
        </p>
      )}
      <p>{t('portal.affiliate.held.why', { count: holdDays })}</p>
    </div>
  )
}

function Mine({ data }: { data: Data & { he: NonNullable<Data['he']> } }) {
  const { he, offer, standings, commissions, payouts } = data
  const t = useText()
  return (
    <>
      {he.active && offer.on ? null : <Alert tone="warn" title={t('portal.affiliate.rests')} />}
      <Card title={t('portal.affiliate.link')}>
        <div className="flex flex-col gap-4">
          <CopyField label={t('portal.affiliate.link')} value={he.link} />
          <Offer offer={offer} />
        </div>
      </Card>
      <Card title={t('portal.affiliate.earned')}>
        <div className="flex flex-col gap-5">
          <DescriptionList items={[{ label: t('portal.affiliate.brought'), value: <Count value={he.brought} /> }]} />
          {standings.map(({ currency, balance, held, payable, paid }) => (
            <DescriptionList
              key={currency}
              items={[
                { label: t('portal.affiliate.balance'), value: <Money value={balance} /> },
                { label: t('portal.affiliate.held'), value: <Money value={held} /> },
                { label: t('portal.affiliate.payable'), value: <Money value={payable} /> },
                { label: t('portal.affiliate.paid'), value: <Money value={paid} /> },
              ]}
            />
          ))}
          <p className="text-sm text-muted">{t('portal.affiliate.nightly')}</p>
        </div>
      </Card>
      <Way he={he} byHand={offer.byHand} />
      {commissions.length === 0 ? null : (
        <Card title={t('portal.affiliate.list')} flush>
          <ul className="divide-y divide-line">
            {commissions.map(({ id, earned, kept, held, freeAt, at }) => (
              <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-4 px-5 py-3">
                <When at={at} as="date" />
                <span className="flex flex-wrap items-baseline gap-x-3">
                  {kept.minor < earned.minor ? (
                    <span className="text-sm text-muted">
                      {t('portal.affiliate.of')} <Money value={earned} />
                    </span>
                  ) : null}
                  {held && kept.minor > 0n ? (
                    <span className="text-sm text-muted">
                      {t('portal.affiliate.heldUntil')} <When at={freeAt} as="date" />
                    </span>
                  ) : null}
                  <strong className="font-semibold">
                    <Money value={kept} />
                  </strong>
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {payouts.length === 0 ? null : (
        <Card title={t('portal.affiliate.payouts')} flush>
          <ul className="divide-y divide-line">
            {payouts.map(({ id, amount, way, at, takenBackAt }) => (
              <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-4 px-5 py-3">
                <span>
                  <When at={at} as="date" />{' '}
                  <span className="text-sm text-muted">{t(`portal.affiliate.way.${way}`)}</span>
                  {takenBackAt === null ? null : (
                    <span className="block text-sm">
                      {t('portal.affiliate.notPaid')} <When at={takenBackAt} as="date" />
                    </span>
                  )}
                </span>
                {takenBackAt === null ? (
                  <strong className="font-semibold">
                    <Money value={amount} />
                  </strong>
                ) : (
                  <s className="text-muted">
                    <Money value={amount} />
                  </s>
                )}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

function Way({ he, byHand }: { he: NonNullable<Data['he']>; byHand: boolean }) {
  const t = useText()
  const failed = useFailure()
  if (he.way === 'credits' || (!byHand && he.way === 'balance'))
    return (
      <Card title={t('portal.affiliate.way')}>
        <p>{t(`portal.affiliate.way.${he.way}`)}</p>
      </Card>
    )
  return (
    <Card title={t('portal.affiliate.way')}>
      <form method="post" className="flex flex-col gap-5">
        <FieldGroup legend={t('portal.affiliate.way')} error={failed?.errors.way}>
          <RadioCards
            name="way"
            defaultValue={failed?.values.way ?? he.way}
            options={[
              { value: 'balance', label: t('portal.affiliate.way.balance') },
              { value: 'by_hand', label: t('portal.affiliate.way.by_hand') },
            ]}
          />
        </FieldGroup>
        <Field
          label={t('portal.affiliate.payTo')}
          hint={t('portal.affiliate.payTo.hint')}
          error={failed?.errors.pay_to}
          optional
        >
          {(tied) => <Input {...tied} name="pay_to" maxLength={200} defaultValue={failed?.values.pay_to ?? he.payTo} />}
        </Field>
        <div>
          <Button name="act" value="way">
            {t('portal.affiliate.save')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
