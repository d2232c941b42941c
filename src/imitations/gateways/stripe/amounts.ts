/** Stripe's own grammar of amounts, from its public page on currencies; it differs from ISO 4217. */
import { refuse } from './errors.ts'

const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))
const threeDecimal = new Set('bhd jod kwd omr tnd'.split(' '))
/** Once had decimals, has none now: the API still counts hundredths and takes only whole units. */
const wholeUnits = new Set(['isk', 'ugx'])
const twoDecimal = new Set(
  `usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk
   dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl
   mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek
   sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zar zmw`.split(/\s+/),
)

/** The least that may be charged, in the API's unit, where Stripe publishes one. */
const least: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
}

export function checkCurrency(given: string, param: string): string {
  const currency = given.toLowerCase()
  if (zeroDecimal.has(currency) || threeDecimal.has(currency) || twoDecimal.has(currency)) return currency
  return refuse(`Invalid currency: ${currency}. Stripe does not support this currency.`, { param })
}

/** Refuses what Stripe would refuse to charge: the multiples that special currencies ask for, too little, too much. */
export function checkAmount(amount: number, currency: string, param: string): number {
  if (amount < 1) refuse('This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param })
  checkMultiple(amount, currency, param)
  const floor = least[currency] ?? 1
  if (amount < floor) {
    refuse(`Amount must be at least ${shown(floor, currency)}`, { code: 'amount_too_small', param })
  }
  if (amount > 99_999_999) {
    refuse(`Amount must be no more than ${shown(99_999_999, currency)}`, { code: 'amount_too_large', param })
  }
  return amount
}

export function checkMultiple(amount: number, currency: string, param: string): void {
  if (threeDecimal.has(currency) && amount % 10 !== 0) {
    refuse(`Invalid amount: amounts in ${currency} must be evenly divisible by 10.`, { param })
  }
  if (wholeUnits.has(currency) && amount % 100 !== 0) {
    refuse(`Invalid amount: amounts in ${currency} must be evenly divisible by 100.`, { param })
  }
}

/** `10.99 EUR`, for the payment page and for messages. */
export function shown(amount: number, currency: string): string {
  const digits = zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2
  const padded = String(amount).padStart(digits + 1, '0')
  const decimal = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
  return `${decimal} ${currency.toUpperCase()}`
}
