/** What an operator tells us about a panel of the XUI family. The schema draws the form in the console. */
import { z } from 'zod'

/** The API lies in the directory of the access code: strips what people paste along with it. */
function normalAddress(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  url.search = ''
  url.hash = ''
  url.pathname = `${url.pathname.replace(/\/index\.php$/, '').replace(/\/+$/, '')}/`
  return url.href
}

const Address = z
  .string()
  .trim()
  .max(500)
  .overwrite(normalAddress)
  .superRefine((text, context) => {
    const fault = (message: string) => context.addIssue({ code: 'custom', message })
    const url = URL.canParse(text) ? new URL(text) : null
    if (!url || !['http:', 'https:'].includes(url.protocol)) return fault('must begin with http:// or https://')
    if (url.username !== '' || url.password !== '') return fault('must not hold a user name or password')
    if (url.pathname === '/') fault('must end with the access code, as in http://panel.example:8080/k3Fa9xQp/')
  })

const zones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])

export const XuiSettings = z.object({
  url: Address.meta({
    title: 'Management address',
    help: 'Address of the panel with an access code of type Admin API, made under Management → Access Control → Access Codes.',
  }),
  api_key: z.string().trim().min(8, 'is too short').max(200).meta({
    secret: true,
    title: 'API key',
    help: 'Edit Profile → Generate API Key, by a panel user in an administrator group.',
  }),
  viewer_scheme: z.enum(['http', 'https']).default('http').meta({ title: 'Viewers connect with' }),
  viewer_host: z
    .string()
    .trim()
    .toLowerCase()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a host name or IP address, without http:// and path')
    .meta({
      title: 'Host for viewers',
      help: 'What customers type into their device. Often not the management address.',
    }),
  viewer_port: z.coerce.number().int().min(1).max(65_535).default(80).meta({ title: 'Port for viewers' }),
  member_id: z.coerce.number().int().min(0).default(0).meta({
    title: 'Owner of new lines',
    help: 'Id of a panel user. 0: the user whose API key this is.',
  }),
  time_zone: z
    .string()
    .trim()
    .refine((zone) => zones.has(zone), 'is not a time zone, as in Europe/Madrid')
    .default('UTC')
    .meta({ title: 'Time zone of the API user', help: 'Used only where the panel does not understand UTC.' }),
  credentials_in: z.enum(['body', 'query']).default('body').meta({
    title: 'Send the API key in',
    help: 'The body keeps it out of log files. A few builds read it only from the query.',
  }),
  bouquets_as: z.enum(['json', 'array']).default('json').meta({
    title: 'Send bouquets as',
    help: 'One JSON text on nearly all builds, a repeated field on a few.',
  }),
})
export type XuiSettings = z.infer<typeof XuiSettings>
