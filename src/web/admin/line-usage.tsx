import { Card } from '../ui/card.tsx'
import { BarChart } from '../ui/console/bar-chart.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'

type Usage = {
  told: string | null
  lastSeenAt: string | null
  firstSeenAt: string | null
  atOnce: number | null
  agent: string | null
  country: string | null
  days: readonly { day: string; minutes: number }[]
}

/** Whether and how the line is used, never for what. */
export function LineUsage({ told, lastSeenAt, firstSeenAt, atOnce, agent, country, days }: Usage) {
  const { t, locale } = usePage()
  const hours = days.map(({ minutes }) => Math.round(minutes / 6) / 10)
  const countryName =
    country === null ? null : (new Intl.DisplayNames([locale], { type: 'region' }).of(country) ?? country)
  return (
    <Card
      title={t('console.usage.title')}
      actions={
        told ? (
          <span className="text-sm text-muted">
            {t('console.line.asked')} <When at={told} />
          </span>
        ) : null
      }
    >
      {lastSeenAt === null ? (
        <p className="text-muted">{t('console.usage.never')}</p>
      ) : (
        <>
          <DescriptionList
            items={[
              { label: t('console.usage.last'), value: <When at={lastSeenAt} /> },
              { label: t('console.usage.first'), value: firstSeenAt ? <When at={firstSeenAt} as="exact" /> : null },
              { label: t('console.usage.atOnce'), value: atOnce === null ? null : String(atOnce) },
              { label: t('console.usage.agent'), value: agent },
              { label: t('console.usage.country'), value: countryName },
            ]}
          />
          <div className="mt-6">
            <BarChart
              title={t('console.usage.chart')}
              summary={t('console.usage.summary', {
                days: days.filter(({ minutes }) => minutes > 0).length,
                hours: Math.round(hours.reduce((sum, each) => sum + each, 0) * 10) / 10,
              })}
              name={t('console.usage.hours')}
              labels={days.map(({ day }) => dayName(day, locale))}
              values={hours}
            />
          </div>
        </>
      )}
    </Card>
  )
}

const dayName = (day: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    Date.parse(`${day}T00:00:00Z`),
  )
