/** Credits as people write them. Values only: they are counted in thousandths. */

/** `12.5` is 12500n. Null for what is no positive number of credits with at most three decimals. */
export function parseCredits(text: string): bigint | null {
  const found = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.trim())
  if (found === null) return null
  const milli = BigInt(found[1] ?? '0') * 1000n + BigInt((found[2] ?? '').padEnd(3, '0'))
  return milli
}

/** 12500n is `12.5`, -1000n is `-1`. */
export function formatCredits(milli: bigint): string {
  const [sign, size] = milli < 0n ? ['-', -milli] : ['', milli]
  const rest = String(size % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return `${sign}${size / 1000n}${rest === '' ? '' : `.${rest}`}`
}

/** From that many periods in a calendar month on, each costs so much. */
export type Break = { from: number; costMilli: bigint }

/** When the credits of a period leave the wallet: as it begins, as it is paid for, or with the first stream. */
export const deductions = ['period_start', 'payment', 'first_use'] as const
export type Deduction = (typeof deductions)[number]

/** Whom a wallet serves first when credits come again. */
export const resumeOrders = ['oldest', 'most_valuable'] as const
export type ResumeOrder = (typeof resumeOrders)[number]

/** When holder and issuer are told that credits run low: by the forecast, by a bound of their own, or never. */
export const alarmModes = ['standard', 'own', 'off'] as const
export type AlarmMode = (typeof alarmModes)[number]
