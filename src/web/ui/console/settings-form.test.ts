import { expect, test } from 'vitest'
import { z } from 'zod'
import { readSettingsForm, settingsFieldsOf } from './settings-form.server.ts'

const schema = z.object({
  url: z.url().meta({ title: 'Address', help: 'Where it is.' }),
  port: z.number().int().default(80).meta({ title: 'Port' }),
  key: z.string().nullish().meta({ title: 'Key', secret: true }),
  mode: z.enum(['body', 'query']).default('body'),
  strict: z.boolean().default(false),
  note: z.string().max(5_000).nullish(),
})

const formOf = (fields: Record<string, string>) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(`settings.${name}`, value)
  return form
}

test('each kind of setting gets its control, its words and its default', () => {
  const fields = settingsFieldsOf(schema)
  expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ['url', 'url', true],
    ['port', 'number', false],
    ['key', 'secret', false],
    ['mode', 'choice', false],
    ['strict', 'switch', false],
    ['note', 'long', false],
  ])
  expect(fields[0]).toMatchObject({ label: 'Address', help: 'Where it is.', value: '' })
  expect(fields[1]).toMatchObject({ value: '80' })
  expect(fields[3]).toMatchObject({ options: ['body', 'query'], value: 'body' })
})

test('a stored secret is never shown, only told', () => {
  const fields = settingsFieldsOf(schema, { shown: { url: 'http://a.test', key: 'sealed' }, secretsSet: ['key'] })
  expect(fields.find(({ name }) => name === 'key')).toMatchObject({ value: '', stored: true })
  expect(fields[0]).toMatchObject({ value: 'http://a.test', stored: false })
})

test('what was sent is read as the schema wants it; what is empty is left to defaults', () => {
  const read = readSettingsForm(
    schema,
    formOf({ url: ' http://a.test ', port: '81', key: '', strict: 'true', note: '' }),
  )
  expect(read).toEqual({ url: 'http://a.test', port: 81, strict: true })
  expect(readSettingsForm(schema, formOf({ port: 'eighty' }))).toEqual({ port: 'eighty', strict: false })
})
