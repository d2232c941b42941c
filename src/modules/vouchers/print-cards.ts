/** The codes of a batch as cards to print and cut: what one is good for, its code, where and until when it is redeemed, in the colors and the language of the shop. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Shop, transaction } from '#app.ts'
import { format, money } from '#platform/money.ts'
import { formatDay } from '#platform/time.ts'
import { typeset } from '../billing/document/render-invoice.ts'
import { colorOf, readableOn } from '../messages/render/colors.ts'
import { readBusiness } from '../people/business.ts'
import type { MadeCode } from './make-codes.ts'
import { readBatch } from './queries.ts'

const source = readFileSync(fileURLToPath(new URL('cards.typ', import.meta.url)), 'utf8')

type Words = { redeem: string; until: (day: string) => string }

const english: Words = { redeem: 'Enter this code at', until: (day) => `Until ${day}` }
/** A shop that speaks another language has English cards. */
const words: Readonly<Record<string, Words>> = {
  en: english,
  de: { redeem: 'Code eingeben auf', until: (day) => `Bis ${day}` },
  fr: { redeem: 'Entrez ce code sur', until: (day) => `Jusqu’au ${day}` },
  es: { redeem: 'Introduzca este código en', until: (day) => `Hasta el ${day}` },
  pt: { redeem: 'Introduza este código em', until: (day) => `Até ${day}` },
  ar: { redeem: 'أدخل هذا الرمز في', until: (day) => `حتى ${day}` },
}

export const redeemAddress = (shop: Shop, planId: string | null): string =>
  `${shop.baseUrl}${planId === null ? '/account/redeem' : '/redeem'}`

/** `codes` as they were made just now: nobody keeps them. */
export async function printCards(shop: Shop, batchId: string, codes: readonly MadeCode[]): Promise<Uint8Array> {
  const [batch, { brand }] = await transaction(
    shop,
    'read-batch',
    async (tx) => [await readBatch(tx, batchId), await readBusiness(tx)] as const,
  )
  const language = shop.language in words ? shop.language : 'en'
  const { redeem, until } = words[language] ?? english
  const { planId, planName, valueCurrency, valueMinor, lastUseAt } = batch
  const view = {
    language,
    title: batch.name,
    brand: shop.name,
    brandColor: readableOn(colorOf(brand.color ?? '#0d6a75'), '#ffffff'),
    good:
      valueCurrency === null || valueMinor === null
        ? (planName ?? '')
        : format(money(valueMinor, valueCurrency), language),
    redeem,
    address: redeemAddress(shop, planId).replace(/^https?:\/\//, ''),
    // The instant is the first at which it is too late.
    until: lastUseAt === null ? null : until(formatDay(lastUseAt.subtract({ milliseconds: 1 }), shop.zone, language)),
    cards: codes.map(({ number, code }) => ({ number: `№ ${number}`, code })),
  }
  return typeset(source, view, 'the cards')
}
