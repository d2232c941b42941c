/** From a template and its values to the mail that is sent. */
import { assert } from '#platform/errors.ts'
import type { Fault, TemplateEngine, Variables } from '#platform/templates/engine.ts'
import { isBuiltIn, type MessageTemplate } from './default-templates.ts'
import { definitions, samplesOf, variablesFor } from './definitions.ts'
import { type Brand, type Framed, frameHtml, frameText } from './frame.ts'

export type RenderRequest = {
  readonly template: MessageTemplate
  readonly brand: Brand
  /** Finished strings: amounts and dates are formatted for the reader before they come here. `brand_name` is filled in. */
  readonly variables: Variables
  /** Service messages are part of what was bought; others need consent and carry `unsubscribeUrl`. */
  readonly kind: 'service' | 'marketing'
  readonly unsubscribeUrl?: string
}

export type RenderedMessage = { readonly subject: string; readonly html: string; readonly text: string }

/** Throws `TemplateError` when an operator's text cannot be rendered, and fails an assertion when a required value is missing. */
export async function renderMessage(engine: TemplateEngine, request: RenderRequest): Promise<RenderedMessage> {
  const { template, brand, kind, unsubscribeUrl = null } = request
  assert(kind === 'service' || unsubscribeUrl, 'a marketing message carries a way to unsubscribe')
  const values = variablesFor(template.key, { ...request.variables, brand_name: brand.name })
  const rendered = await engine.render(template, values, isBuiltIn(template))
  const framed: Framed = {
    ...rendered,
    brand,
    language: template.language,
    why: kind === 'marketing' ? 'marketing' : definitions[template.key].why,
    unsubscribeUrl,
  }
  return { subject: rendered.subject, html: frameHtml(framed), text: frameText(framed) }
}

/** What is wrong with an operator's own text, before it is saved. */
export async function checkTemplate(
  engine: TemplateEngine,
  { key, subject, body }: MessageTemplate,
): Promise<{ subject: readonly Fault[]; body: readonly Fault[] }> {
  const samples = samplesOf(key)
  const [inSubject, inBody] = await Promise.all([engine.check(subject, samples), engine.check(body, samples)])
  return { subject: inSubject, body: inBody }
}

/** The message with example values, for the editor and for a test-send. */
export const previewMessage = (
  engine: TemplateEngine,
  template: MessageTemplate,
  brand: Brand,
): Promise<RenderedMessage> =>
  renderMessage(engine, { template, brand, variables: samplesOf(template.key), kind: 'service' })
