/** What an operator tells us about a panel that takes an administrator's key. The schema draws the form in the console. */
import { z } from 'zod'
import { accessCodeAddress } from './address.ts'
import { viewerFields } from './viewer.ts'

const zones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])

export const timeZoneField = z
  .string()
  .trim()
  .refine((zone) => zones.has(zone), 'is not a time zone, as in Europe/Madrid')
  .default('UTC')

export const credentialsInField = z.enum(['body', 'query']).default('body').meta({
  title: 'Send the API key in',
  help: 'The body keeps it out of log files. A few builds read it only from the query.',
})

export const AdminSettings = z.object({
  url: accessCodeAddress.meta({
    title: 'Management address',
    help: 'Address of the panel with an access code of type Admin API, made under Management → Access Control → Access Codes.',
  }),
  api_key: z.string().trim().min(8, 'is too short').max(200).meta({
    secret: true,
    title: 'API key',
    help: 'Edit Profile → Generate API Key, by a panel user in an administrator group.',
  }),
  ...viewerFields,
  member_id: z.coerce.number().int().min(0).default(0).meta({
    title: 'Owner of new lines',
    help: 'Id of a panel user. 0: the user whose API key this is.',
  }),
  time_zone: timeZoneField.meta({
    title: 'Time zone of the API user',
    help: 'Used only where the panel does not understand UTC.',
  }),
  credentials_in: credentialsInField,
  bouquets_as: z.enum(['json', 'array']).default('json').meta({
    title: 'Send bouquets as',
    help: 'One JSON text on nearly all builds, a repeated field on a few.',
  }),
})
export type AdminSettings = z.infer<typeof AdminSettings>
