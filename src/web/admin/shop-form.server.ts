/** Between a business and the forms that describe it: the settings and the pages of the wizard. */
import { isPrefix, mostPrefix, prefixesOf } from '#modules/billing/rules/series.ts'
import type { Business, BusinessChange } from '#modules/people/business.ts'
import { isCurrency } from '#platform/money.ts'
import { isZone } from '#platform/time.ts'
import { countriesOf } from '#web/i18n/countries.ts'
import { brandTokens, isHexColor } from '../ui/brand.ts'
import { formReader } from './form-reader.server.ts'
import { isPaperLanguage, languageChoices } from './languages.server.ts'

export type ShopFacts = ReturnType<typeof shopFacts>

export const shopFacts = (business: Business) => ({
  name: business.name,
  tagline: business.brand.tagline ?? '',
  color: business.brand.color ?? '#0d6a75',
  support_email: business.supportEmail ?? '',
  abuse_email: business.abuseEmail ?? '',
  zone: business.zone,
  zones: zoneNames(business.zone),
  currency: business.currency,
  currencies: Intl.supportedValuesOf('currency').filter((code) => isCurrency(code)),
  country: business.country,
  countries,
  language: business.language,
  languages: languageChoices(business.language),
  follows_visitors: business.followsVisitors,
  legal_name: business.legal.name ?? '',
  address: business.legal.address?.join('\n') ?? '',
  vat_id: business.legal.vatId ?? '',
  terms: business.legal.terms ?? '',
  privacy: business.legal.privacy ?? '',
  refund_policy: business.legal.refundPolicy ?? '',
  invoice_prefix: prefixesOf(business.legal).invoice,
  credit_note_prefix: prefixesOf(business.legal).creditNote,
})

const zoneNames = (present: string): string[] => [
  ...new Set([present, 'UTC', ...Intl.supportedValuesOf('timeZone')].sort()),
]

const countries = countriesOf('en')

type Read = { change: BusinessChange; errors: Record<string, string> }

/** `adjusted`: the color is too light for its buttons and is shown darker. */
export function readBrandForm(form: FormData, before: Pick<Business, 'brand'>): Read & { adjusted: boolean } {
  const read = formReader(form)
  const color = read.raw('color').toLowerCase()
  if (!isHexColor(color)) read.refuse('color', 'Please enter a color like #0d6a75.')
  const tagline = read.text('tagline', { most: 120, least: 0 })
  const { tagline: _, ...brand } = before.brand
  const change = {
    name: read.text('name', { most: 80 }),
    brand: { ...brand, color, ...(tagline === '' ? {} : { tagline }) },
    supportEmail: read.email('support_email', { required: false }),
    abuseEmail: read.email('abuse_email', { required: false }),
  }
  return { change, errors: read.errors, adjusted: isHexColor(color) && brandTokens(color).adjusted }
}

export function readMoneyForm(form: FormData, before: Pick<Business, 'language'>): Read {
  const read = formReader(form)
  const [zone, currency, country] = [read.raw('zone'), read.raw('currency'), read.raw('country')]
  if (!isZone(zone)) read.refuse('zone', 'Please choose a time zone.')
  if (!isCurrency(currency)) read.refuse('currency', 'Please choose a currency.')
  if (!countries.some(({ code }) => code === country)) read.refuse('country', 'Please choose a country.')
  const language = read.raw('language') || before.language
  if (language !== before.language && !isPaperLanguage(language)) read.refuse('language', 'Please choose a language.')
  const followsVisitors = read.raw('follows_visitors') === 'yes'
  return { change: { zone, currency, country, language, followsVisitors }, errors: read.errors }
}

export function readLegalForm(form: FormData): Read {
  const read = formReader(form)
  const optional = (name: string, most: number, lines = false) => read.text(name, { most, least: 0, lines })
  const prefix = (name: string) => {
    const text = read.raw(name).toUpperCase()
    if (text !== '' && !isPrefix(text))
      read.refuse(name, `Please enter capital letters and digits, at most ${mostPrefix}, like INV or TV-A.`)
    return text
  }
  const address = optional('address', 600, true)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const texts = {
    name: optional('legal_name', 160),
    vatId: optional('vat_id', 40),
    terms: optional('terms', 40_000, true),
    privacy: optional('privacy', 40_000, true),
    refundPolicy: optional('refund_policy', 40_000, true),
    invoicePrefix: prefix('invoice_prefix'),
    creditNotePrefix: prefix('credit_note_prefix'),
  }
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
  return { change: { legal: { ...given, ...(address.length > 0 ? { address } : {}) } }, errors: read.errors }
}
