/** A text of the business with its preview, variables and versions. */
import { type Shop, transaction } from '#app.ts'
import { staffById } from '#modules/analytics/names.ts'
import type { MessageTemplate } from '#modules/messages/render/default-templates.ts'
import { definitions, namesOf, type TemplateKey } from '#modules/messages/render/definitions.ts'
import { checkTemplate, previewMessage } from '#modules/messages/render/render-message.ts'
import { variables } from '#modules/messages/render/variables.ts'
import { brandOf, templateFor, templateVersions } from '#modules/messages/templates.ts'

export async function readTemplateRecord(shop: Shop, key: TemplateKey) {
  const { template, versions, names } = await transaction(shop, 'read-template', async (tx) => ({
    template: await templateFor(tx, key, shop.language),
    versions: await templateVersions(tx, key, shop.language),
    names: await staffById(tx),
  }))
  // The shop and the account are there in every message; everything else that is not required may be missing.
  const required: readonly string[] = [...definitions[key].requires, 'brand_name', 'account_url']
  return {
    template: { key, title: definitions[key].title, subject: template.subject, body: template.body },
    own: versions.some(({ current }) => current),
    preview: await renderPreview(shop, template),
    variables: namesOf(key).map((name) => ({
      name,
      description: variables[name].description,
      sample: String(variables[name].sample),
      always: required.includes(name),
    })),
    versions: versions.map(({ version, subject, current, createdAt, createdBy }) => ({
      ...{ version, subject, current },
      createdAt: createdAt.toString(),
      by: names.get(createdBy.replace(/^staff:/, '')) ?? null,
    })),
  }
}

export type Preview = {
  subject: string
  html: string
  text: string
  /** What is wrong with the text, each with its place; then nothing was rendered. */
  faults: string[]
  /** As they were typed, to be shown again. */
  subjectText: string
  bodyText: string
}

/** As its reader will see it, with example values; or what keeps it from being rendered. */
export async function renderPreview(shop: Shop, template: MessageTemplate): Promise<Preview> {
  const typed = { subjectText: template.subject, bodyText: template.body }
  const found = await checkTemplate(shop.app.templates, template)
  const faults = (['subject', 'body'] as const).flatMap((field) =>
    found[field].map(({ message, line }) => `${field}${line ? `, line ${line}` : ''}: ${message}`),
  )
  if (faults.length > 0) return { subject: '', html: '', text: '', faults, ...typed }
  const brand = await transaction(shop, 'read-brand', (tx) => brandOf(tx, shop))
  const rendered = await previewMessage(shop.app.templates, template, brand)
  return { ...rendered, html: withoutStyleSheet(rendered.html), faults, ...typed }
}

/** The page's policy allows no style sheet in the text of a page. A mail has its looks in attributes; its sheet only adds a dark mode. */
const withoutStyleSheet = (html: string): string => html.replace(/<style[\s\S]*?<\/style>/g, '')
