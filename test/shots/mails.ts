/** Each message as its reader sees it, with the example values of its template. */
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { type Shop, transaction } from '#app.ts'
import { templateKeys } from '#modules/messages/render/definitions.ts'
import { previewMessage } from '#modules/messages/render/render-message.ts'
import { brandOf, templateFor } from '#modules/messages/templates.ts'
import { type Finding, looks, read } from './picture.ts'

/** A mail is an article in somebody's mailbox: landmarks and the first heading are the mailbox's. */
const ofPages = ['landmark-one-main', 'page-has-heading-one', 'region']

export async function pictureMails(browser: Browser, shop: Shop, folder: string): Promise<Finding[]> {
  const found: Finding[] = []
  const brand = await transaction(shop, 'read-brand', (tx) => brandOf(tx, shop))
  for (const { width, theme, checked } of looks) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: theme })
    const page = await context.newPage()
    for (const key of templateKeys) {
      const template = await transaction(shop, 'read-template', (tx) => templateFor(tx, key, shop.language))
      const { html } = await previewMessage(shop.app.templates, template, brand)
      await page.setContent(html)
      await page.screenshot({ path: join(folder, `mails-${key}-${width}-${theme}.png`), fullPage: true })
      for (const [rule, where] of checked ? await read(page, width, ofPages) : [])
        found.push({ screen: `mails-${key}`, width, theme, rule, where })
    }
    await context.close()
  }
  return found
}
