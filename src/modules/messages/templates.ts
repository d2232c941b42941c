/** The texts of a business: its own where it has written some, else the built-in ones. */
import type { Shop } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { forgetAfter, readBusiness } from '../people/business.ts'
import { builtIn, defaultTemplate, isTemplateKey, type MessageTemplate } from './render/default-templates.ts'
import type { Brand } from './render/frame.ts'
import { checkTemplate } from './render/render-message.ts'

/** The text for a reader: the business's own in his language, else the built-in one in it, else the same in the language of the business, else English. */
export async function templateFor(
  tx: Tx,
  key: string,
  language: string,
  otherwise = language,
): Promise<MessageTemplate> {
  if (!isTemplateKey(key)) throw new Refusal('not_found', 'There is no such template.')
  const texts = await rows(
    tx,
    sql<{ language: string; subject: string; body: string }>`select language, subject, body from templates
      where business_id = current_business() and key = ${key} and language = any (${[language, otherwise]}::text[]) and current`,
  )
  for (const each of [language, otherwise]) {
    const own = texts.find((text) => text.language === each)
    const found = own === undefined ? builtIn(key, each) : { key, ...own }
    if (found !== null) return found
  }
  return defaultTemplate(key)
}

export type TemplateVersion = {
  version: number
  subject: string
  body: string
  current: boolean
  createdAt: Temporal.Instant
  createdBy: string
}

export const templateVersions = (tx: Tx, key: string, language: string): Promise<TemplateVersion[]> =>
  rows(
    tx,
    sql<TemplateVersion>`select version, subject, body, current, created_at as "createdAt", created_by as "createdBy" from templates
      where business_id = current_business() and key = ${key} and language = ${language} order by version desc`,
  )

/** Which texts the business has written itself, in any language; the latest of each. */
export const ownTemplates = (tx: Tx): Promise<{ key: string; createdAt: Temporal.Instant }[]> =>
  rows(
    tx,
    sql<{ key: string; createdAt: Temporal.Instant }>`select key, max(created_at) as "createdAt" from templates
      where business_id = current_business() and current group by key`,
  )

/** Saves a new version after checking it: a text that could not be rendered is refused with what is wrong and where. */
export async function saveTemplate(
  tx: Tx,
  shop: Shop,
  template: { key: string; language: string; subject: string; body: string },
): Promise<void> {
  if (!isTemplateKey(template.key)) throw new Refusal('not_found', 'There is no such template.')
  const faults = await checkTemplate(shop.app.templates, { ...template, key: template.key })
  const fields = (['subject', 'body'] as const).flatMap((field) =>
    faults[field].map((fault) => ({ pointer: `/${field}`, code: fault.code, detail: fault.message })),
  )
  if (fields.length > 0) throw new Refusal('invalid_input', 'The template cannot be used like this.', fields)
  const now = shop.now()
  await run(
    tx,
    sql`update templates set current = false where business_id = current_business() and key = ${template.key} and language = ${template.language} and current`,
  )
  await run(
    tx,
    sql`insert into templates (business_id, key, language, version, subject, body, current, created_at, created_by)
      values (${shop.businessId}, ${template.key}, ${template.language},
        (select coalesce(max(version), 0) + 1 from templates where business_id = current_business() and key = ${template.key} and language = ${template.language}),
        ${template.subject}, ${template.body}, true, ${now}, ${shop.actor})`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, now, {
    type: 'template.changed',
    subjectType: 'template',
    subjectId: `${template.key}/${template.language}`,
  })
}

/** Back to the built-in text; the own versions stay on record. */
export async function restoreTemplate(tx: Tx, shop: Shop, key: string, language: string): Promise<void> {
  await run(
    tx,
    sql`update templates set current = false where business_id = current_business() and key = ${key} and language = ${language} and current`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: 'template.restored',
    subjectType: 'template',
    subjectId: `${key}/${language}`,
  })
}

/** An earlier text of the business's own becomes the current one again, as a new version: history is never rewritten. */
export async function restoreVersion(
  tx: Tx,
  shop: Shop,
  key: string,
  language: string,
  version: number,
): Promise<void> {
  const found = (await templateVersions(tx, key, language)).find((each) => each.version === version)
  if (found === undefined) throw new Refusal('not_found', 'There is no such version.')
  if (!found.current) await saveTemplate(tx, shop, { key, language, subject: found.subject, body: found.body })
}

/** How the business shows itself in its messages. */
export async function brandOf(tx: Tx, shop: Shop): Promise<Brand> {
  const { name, brand, legal, supportEmail, abuseEmail } = await readBusiness(tx)
  return {
    name,
    legalName: legal.name ?? name,
    color: brand.color ?? '#0d6a75',
    logoUrl: brand.logo ?? null,
    siteUrl: shop.baseUrl,
    supportEmail,
    postalAddress: legal.address?.join(', ') || null,
    abuseEmail,
  }
}
