/** Lines that are renewed together, and what joining or leaving means: in portal and console alike. */
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import type { HouseholdShown } from './household.server.ts'

export function Household({ members, offers, may }: HouseholdShown & { may: boolean }) {
  const t = useText()
  if (members.length > 0) return <Members members={members} may={may} />
  if (offers.length === 0) return <p className="max-w-prose text-muted">{t('life.household.nobody')}</p>
  return (
    <>
      <p className="max-w-prose">{t('life.household.lead')}</p>
      {offers.map((offer) => (
        <Offer key={offer.with} offer={offer} may={may} />
      ))}
    </>
  )
}

const Line = ({ planName, username }: { planName: string; username: string }) => (
  <span className="min-w-0 break-words">
    {planName} (<bdi className="code">{username}</bdi>)
  </span>
)

function Members({ members, may }: { members: HouseholdShown['members']; may: boolean }) {
  const t = useText()
  return (
    <>
      <Card title={t('life.household.members')}>
        <ul className="m-0 flex list-none flex-col gap-4 p-0">
          {members.map(({ id, planName, username, paidThrough, next, own }) => (
            <li key={id} className="flex flex-col gap-0.5">
              <span className={own ? 'font-semibold' : ''}>
                <Line planName={planName} username={username} />
              </span>
              {paidThrough ? (
                <span className="text-sm text-muted">
                  {t('life.household.paidThrough')} <When at={paidThrough} as="exact" />
                </span>
              ) : null}
              <span className="text-sm text-muted">
                {next ? (
                  <>
                    {t('life.household.next')} <Money value={next.price} />, {t('life.household.next.until')}{' '}
                    <When at={next.ends} as="date" />
                  </>
                ) : (
                  t('life.household.next.none')
                )}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      {may ? (
        <Card title={t('life.household.leave')}>
          <form method="post" className="flex flex-col gap-4">
            <p className="max-w-prose">{t('life.household.leave.lead')}</p>
            <div>
              <Button name="act" value="leave">
                {t('life.household.leave.go')}
              </Button>
            </div>
          </form>
        </Card>
      ) : null}
    </>
  )
}

function Offer({ offer, may }: { offer: HouseholdShown['offers'][number]; may: boolean }) {
  const t = useText()
  const { first, from, price, lines } = offer
  return (
    <Card>
      <form method="post" className="flex flex-col gap-5">
        <ul className="m-0 flex list-none flex-col gap-1 p-0 font-semibold">
          {lines.map((line) => (
            <li key={line.username}>
              <Line {...line} />
            </li>
          ))}
        </ul>
        {offer.invoiceStays ? <p className="max-w-prose">{t('life.household.invoiceStays')}</p> : null}
        <DescriptionList
          items={[
            { label: t('life.household.now'), value: t('life.household.now.nothing') },
            {
              label: t('life.household.first'),
              value: first ? (
                <>
                  <Money value={first.price} />
                  <span className="block text-sm text-muted">
                    <When at={first.starts} as="date" /> – <When at={first.ends} as="date" />
                  </span>
                </>
              ) : (
                t('life.household.first.none')
              ),
            },
            { label: t('life.household.from'), value: <When at={from} as="date" /> },
            { label: t('life.household.price'), value: <Money value={price} /> },
          ]}
        />
        <input type="hidden" name="with" value={offer.with} />
        {may ? (
          <div>
            <Button look="primary" name="act" value="join">
              {t('life.household.join')}
            </Button>
          </div>
        ) : null}
      </form>
    </Card>
  )
}
