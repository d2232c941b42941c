/** How an operator describes his panel: what is sent for each operation, and how answers are read. The schema draws the form in the console. */
import { z } from 'zod'
import { faultOfExpression } from '#platform/templates/fields.ts'
import { addressField, folderAddress } from '../xtream-family/address.ts'
import { timeZoneField } from '../xtream-family/admin-settings.ts'
import { viewerFields } from '../xtream-family/viewer.ts'
import { faultOfRequest } from './request.ts'

const complaining = (faultOf: (text: string) => string | null) => (text: string, context: z.RefinementCtx) => {
  const fault = text === '' ? null : faultOf(text)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
}

const request = z.string().trim().max(10_000).superRefine(complaining(faultOfRequest))
const needed = request.min(1, 'is needed')
const optional = request.default('')
const expression = (otherwise = '') =>
  z.string().trim().max(500).default(otherwise).superRefine(complaining(faultOfExpression))

/** What is read of a line, and where most panels have it. The first four are needed. */
export const usualPlaces = {
  id: 'line.id',
  username: 'line.username',
  enabled: 'line.enabled',
  expires: 'line.expires',
  password: 'line.password',
  reference: 'line.notes',
  connections: 'line.connections',
  bouquets: 'line.bouquets',
} as const
export type Place = keyof typeof usualPlaces
const neededPlaces: readonly Place[] = ['id', 'username', 'enabled', 'expires']

/** `id = line.id`, one in a line; a place that is left out is not told by the panel. Null: it is not written so. */
export function placesIn(text: string): Partial<Record<Place, string>> | null {
  const found: Partial<Record<Place, string>> = {}
  for (const each of text.split(/\r?\n/).filter((line) => line.trim() !== '')) {
    const [, name = '', where = ''] = /^\s*([a-z]+)\s*=\s*(.+?)\s*$/.exec(each) ?? []
    if (!Object.hasOwn(usualPlaces, name) || faultOfExpression(where) !== null) return null
    found[name as Place] = where
  }
  return neededPlaces.every((name) => found[name] !== undefined) ? found : null
}

const usualText = Object.entries(usualPlaces)
  .map(([name, where]) => `${name} = ${where}`)
  .join('\n')

const sent = 'Method and path, headers, an empty line, the body. Fields: {{ username }}, {{ password }}, {{ key }} …'

export const HttpPanelSettings = z.object({
  url: addressField((text) => folderAddress(text, /\/+$/)).meta({
    title: 'Address of the API',
    help: 'What all paths below are added to, as in https://panel.example/api',
  }),
  key: z.string().trim().max(500).default('').meta({
    secret: true,
    title: 'Key',
    help: 'Stored encrypted. Requests name it {{ key }}.',
  }),
  secret: z.string().max(500).default('').meta({
    secret: true,
    title: 'Second secret',
    help: 'A password, for panels that want two. Requests name it {{ secret }}.',
  }),
  headers: z
    .string()
    .trim()
    .max(2_000)
    .default('')
    .superRefine(complaining((text) => faultOfRequest(`GET /\n${text}`)))
    .meta({
      title: 'Headers of every request',
      help: 'One in a line, as in Authorization: Bearer {{ key }}',
      long: true,
    }),
  check: needed.meta({ title: 'Trying the key', help: 'A request that changes nothing, as in GET /me', long: true }),
  find: needed.meta({
    title: 'Finding a line by its user name',
    help: 'As in GET /lines?username={{ username }}',
    long: true,
  }),
  found: expression('answer.data | where: "username", username | first').meta({
    title: 'Where the line is in that answer',
    help: 'Nothing there means that there is no such line.',
  }),
  read: optional.meta({
    title: 'Reading a line by its id',
    help: 'As in GET /lines/{{ id }}. Left empty: it is found by its user name.',
    long: true,
  }),
  read_found: expression('answer').meta({ title: 'Where the line is in that answer' }),
  line: z
    .string()
    .trim()
    .max(4_000)
    .default(usualText)
    .refine(
      (text) => placesIn(text) !== null,
      `must be lines like id = line.id; id, username, enabled and expires are needed, ${Object.keys(usualPlaces).slice(4).join(', ')} may be left out`,
    )
    .meta({
      title: 'What is where in a line',
      help: 'One in a line. What the panel does not tell is left out, and is not compared.',
      long: true,
    }),
  create: needed.meta({ title: 'Making a line', help: sent, long: true }),
  change: needed.meta({
    title: 'Changing a line',
    help: 'With everything that may change: user name, password, end, connections, and {{ enabled }} unless that has requests of its own.',
    long: true,
  }),
  suspend: optional.meta({ title: 'Switching a line off', help: 'Left empty: changing it does that.', long: true }),
  resume: optional.meta({ title: 'Switching a line on', help: 'Left empty: changing it does that.', long: true }),
  delete: needed.meta({ title: 'Removing a line', help: 'As in DELETE /lines/{{ id }}', long: true }),
  success: expression().meta({
    title: 'When an answer is a success',
    help: 'For panels that answer HTTP 200 also when they refuse: answer.result == true. Left empty, the HTTP status decides.',
  }),
  not_there: expression().meta({
    title: 'When an answer says that there is no such line',
    help: 'As in answer.error == "not_found". HTTP 404 with JSON always says so.',
  }),
  name_taken: expression(
    'answer.error contains "already" or answer.error contains "taken" or answer.message contains "already"',
  ).meta({
    title: 'When an answer says that the user name is taken',
  }),
  no_credits: expression().meta({ title: 'When an answer says that there are no credits left' }),
  ...viewerFields,
  time_zone: timeZoneField.meta({ title: 'Time zone of the panel', help: 'For dates that name none.' }),
})
export type HttpPanelSettings = z.infer<typeof HttpPanelSettings>
