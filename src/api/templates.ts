/** The texts of the messages: the operator's own, else the built-in ones. */

import { isTemplateKey } from '#modules/messages/render/default-templates.ts'
import { definitions, namesOf, templateKeys } from '#modules/messages/render/definitions.ts'
import { restoreTemplate, saveTemplate, templateFor, templateVersions } from '#modules/messages/templates.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { language, lines, resource, words, z } from './schemas.ts'

const TemplateOut = resource('Template', {
  key: z.string(),
  language: z.string(),
  title: z.string(),
  subject: z.string(),
  body: z.string().openapi({ description: 'Markdown with Liquid.' }),
  own: z.boolean().openapi({ description: 'False: the built-in text.' }),
  version: z.int().nullable(),
  variables: z.array(z.string()),
})

const key = z.strictObject({ key: z.string().regex(/^[a-z_]{1,40}$/) })

async function read(call: Call, wanted: string, tongue: string): Promise<z.input<typeof TemplateOut>> {
  if (!isTemplateKey(wanted)) throw new Refusal('not_found', 'There is no such template.')
  const { text, versions } = await call.read(async (tx) => ({
    text: await templateFor(tx, wanted, tongue),
    versions: await templateVersions(tx, wanted, tongue),
  }))
  const own = versions.find(({ current }) => current)
  return {
    key: wanted,
    language: text.language,
    title: definitions[wanted].title,
    subject: text.subject,
    body: text.body,
    own: own !== undefined,
    version: own?.version ?? null,
    variables: namesOf(wanted),
    livemode: call.shop.livemode,
  }
}

export const templates = [
  route({
    method: 'get',
    path: '/templates',
    scope: 'templates:read',
    summary: 'Lists which templates there are.',
    answer: z.strictObject({
      data: z.array(z.strictObject({ key: z.string(), title: z.string(), variables: z.array(z.string()) })),
      livemode: z.boolean(),
    }),
    handle: async (call) => ({
      data: templateKeys.map((each) => ({ key: each, title: definitions[each].title, variables: namesOf(each) })),
      livemode: call.shop.livemode,
    }),
  }),
  route({
    method: 'get',
    path: '/templates/{key}',
    scope: 'templates:read',
    summary: 'Reads the text that is used in a language.',
    params: key,
    query: z.strictObject({ language: language.optional() }),
    answer: TemplateOut,
    handle: (call) => read(call, call.params.key, call.query.language ?? call.shop.language),
  }),
  route({
    method: 'put',
    path: '/templates/{key}',
    scope: 'templates:write',
    summary: 'Saves a new version of a text, after checking that it can be rendered.',
    params: key,
    body: z.strictObject({ language, subject: words(200), body: lines(20_000, 1) }),
    answer: TemplateOut,
    handle: async (call) => {
      await call.write('save-template', (tx) => saveTemplate(tx, call.shop, { key: call.params.key, ...call.body }))
      return read(call, call.params.key, call.body.language)
    },
  }),
  route({
    method: 'post',
    path: '/templates/{key}/restore',
    scope: 'templates:write',
    summary: 'Goes back to the built-in text; own versions stay on record.',
    params: key,
    body: z.strictObject({ language }),
    answer: TemplateOut,
    again: true,
    handle: async (call) => {
      await read(call, call.params.key, call.body.language)
      await call.write('restore-template', (tx) => restoreTemplate(tx, call.shop, call.params.key, call.body.language))
      return read(call, call.params.key, call.body.language)
    },
  }),
]
