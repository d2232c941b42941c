/** What the form of a wallet's alarm hands in. */
import { alarmModes, parseCredits } from '#modules/reselling/rules.ts'
import type { AlarmWish } from '#modules/reselling/wallet-alarm.ts'
import { translator } from '#web/i18n/translate.ts'
import type { FormReader } from './form-reader.server.ts'

/** Faults stay beside their fields. */
export function readAlarmWish(read: FormReader): AlarmWish {
  const mode = read.choice('alarm_mode', alarmModes)
  if (mode !== 'own') return { mode, underMilli: null, days: null }
  const [under, days] = [read.raw('alarm_under'), read.raw('alarm_days')]
  const underMilli = under === '' ? null : parseCredits(under)
  if ((under !== '' && (underMilli ?? 0n) === 0n) || (under === '' && days === ''))
    read.refuse('alarm_under', translator('en')('console.reseller.amount.wrong'))
  return { mode, underMilli, days: days === '' ? null : read.whole('alarm_days', { from: 1, to: 60 }) }
}
