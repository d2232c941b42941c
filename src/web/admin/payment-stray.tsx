import '../i18n/areas/stray.ts'
import { isPositive, type Money as MoneyValue } from '#platform/money.ts'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { ActDialog, ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import type { StrayRow } from './stray.server.ts'

/** What came in another currency than was asked for: what became of it, and the three places where it may belong. */
export function StrayCard({ strays, gateway, byHand }: { strays: StrayRow[]; gateway: string; byHand: boolean }) {
  const { t } = usePage()
  if (strays.length === 0) return null
  return (
    <Card title={t('stray.title')}>
      <p className="text-muted">{t('stray.lead')}</p>
      {strays.map((stray) => (
        <div key={stray.id} className="mt-4 flex flex-col gap-3">
          <Told stray={stray} />
          {isPositive(stray.left) ? <Acts {...{ stray, gateway, byHand }} /> : null}
        </div>
      ))}
    </Card>
  )
}

function Told({ stray }: { stray: StrayRow }) {
  const page = usePage()
  const { t } = page
  const text = (amount: MoneyValue) => moneyText(amount, page)
  const parts = [
    isPositive(stray.left) ? t('stray.waits', { amount: text(stray.left) }) : null,
    isPositive(stray.leaving) ? t('stray.leaving', { amount: text(stray.leaving) }) : null,
    isPositive(stray.counted) ? t('stray.counted', { amount: text(stray.counted), worth: text(stray.worth) }) : null,
    isPositive(stray.kept) ? t('stray.kept', { amount: text(stray.kept) }) : null,
    isPositive(stray.returned) ? t('stray.returned', { amount: text(stray.returned) }) : null,
  ].filter((each) => each !== null)
  return (
    <div>
      {parts.map((each) => (
        <p key={each} className="font-medium">
          {each}
        </p>
      ))}
      {stray.reason === null ? null : <p className="break-words text-sm text-muted">{stray.reason}</p>}
      {stray.rate === null ? null : (
        <p className="text-sm text-muted">
          {t('stray.rate', { ...stray.rate, source: sourceOf(stray.rate.source, t) })}
        </p>
      )}
    </div>
  )
}

const sourceOf = (source: string, t: ReturnType<typeof usePage>['t']): string =>
  source === 'ecb' ? t('stray.source.ecb') : t('stray.source.staff')

function Acts({ stray, gateway, byHand }: { stray: StrayRow; gateway: string; byHand: boolean }) {
  const page = usePage()
  const { t } = page
  const may = useMay()
  const failed = useFailure()
  const mine = failed?.values.stray_money === stray.id ? failed : null
  const amount = moneyText(stray.left, page)
  const common = { fields: { stray_money: stray.id }, keep: t('ui.cancel') }
  const reasonOf = (act: string) => {
    const typed = mine?.values.act === act ? mine : null
    return <ReasonField error={typed?.errors.reason} defaultValue={typed?.values.reason} />
  }
  return (
    <div className="flex flex-wrap gap-2">
      {may('payments:money') ? (
        <>
          <ActDialog
            {...common}
            act="count_stray"
            id={`count-${stray.id}`}
            look="primary"
            trigger={t('stray.count')}
            title={t('stray.count.title', { amount })}
            confirm={t('stray.count')}
          >
            <p className="text-muted">{t('stray.count.lead', { currency: stray.currency })}</p>
            <Field
              label={t('stray.count.worth', { currency: stray.asked })}
              hint={
                stray.proposed === null
                  ? t('stray.count.noRate')
                  : t('stray.count.proposed', {
                      day: stray.proposed.day,
                      rate: stray.proposed.rate,
                      source: sourceOf(stray.proposed.source, t),
                    })
              }
              error={mine?.errors.worth}
            >
              {(tied) => (
                <MoneyInput
                  {...tied}
                  name="worth"
                  required
                  currency={stray.asked}
                  defaultValue={mine?.values.worth ?? stray.proposed?.worth}
                />
              )}
            </Field>
            {reasonOf('count_stray')}
          </ActDialog>
          <ActDialog
            {...common}
            act="keep_stray"
            id={`keep-${stray.id}`}
            trigger={t('stray.keep')}
            title={t('stray.keep.title', { amount })}
            confirm={t('stray.keep')}
          >
            <p className="text-muted">{t('stray.keep.lead', { currency: stray.currency })}</p>
            {reasonOf('keep_stray')}
          </ActDialog>
        </>
      ) : null}
      {may('refunds:money') && !byHand ? (
        <ActDialog
          {...common}
          act="return_stray"
          id={`return-${stray.id}`}
          trigger={t('stray.return')}
          title={t('stray.return.title', { amount })}
          confirm={t('stray.return')}
          danger
        >
          <p className="text-muted">{t('stray.return.lead', { gateway })}</p>
          {reasonOf('return_stray')}
        </ActDialog>
      ) : null}
      {byHand ? <p className="w-full text-sm text-muted">{t('stray.return.byHand', { gateway })}</p> : null}
    </div>
  )
}
