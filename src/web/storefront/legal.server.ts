/** The operator's legal texts, or neutral ones in his name until he wrote his own. */
import { readBusiness } from '#modules/people/business.ts'
import type { WebContext } from '#web/context.ts'
import { translator } from '#web/i18n/translate.ts'
import { read, shopOf } from './shop.server.ts'

export async function legalText(web: WebContext, which: 'terms' | 'privacy') {
  const shop = await shopOf(web)
  const { legal, name, supportEmail } = await read(shop, readBusiness)
  const t = translator(web.locale)
  const values = { name: legal.name ?? name, contact: supportEmail ?? '' }
  const seller = [legal.name, ...(legal.address ?? []), legal.vatId, supportEmail].filter(
    (line): line is string => typeof line === 'string' && line !== '',
  )
  return { text: legal[which] || t(`store.${which}.default`, values), seller }
}
