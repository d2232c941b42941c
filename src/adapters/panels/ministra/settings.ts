/** What an operator tells us about a Ministra portal. The schema draws the form in the console. */
import { z } from 'zod'
import { addressField, folderAddress } from '../xtream-family/address.ts'
import { timeZoneField } from '../xtream-family/admin-settings.ts'
import { viewerFields } from '../xtream-family/viewer.ts'

/** The folder of the API of version 1, whichever page of the portal was pasted. */
function apiAddress(text: string): string {
  const folder = folderAddress(text, /\/(api(\/v[123])?|c|server|auth|admin)(\/.*)?$/)
  if (!URL.canParse(folder)) return folder
  return `${folder === `${new URL(folder).origin}/` ? `${folder}stalker_portal/` : folder}api/`
}

export const MinistraSettings = z.object({
  url: addressField(apiAddress).meta({
    title: 'Portal address',
    help: 'As in http://portal.example/stalker_portal/. enable_api must be true in its custom.ini.',
  }),
  login: z.string().trim().min(1, 'is needed').max(200).meta({
    title: 'API login',
    help: 'api_auth_login of custom.ini. A portal without one lets everybody change its accounts.',
  }),
  password: z.string().min(1, 'is needed').max(200).meta({
    secret: true,
    title: 'API password',
    help: 'api_auth_password of custom.ini.',
  }),
  internal_billing: z.enum(['off', 'on']).default('off').meta({
    title: 'Internal billing',
    help: 'enable_internal_billing of custom.ini. On: the portal itself ends accounts at their end date, also while Linekeeper is down.',
  }),
  time_zone: timeZoneField.meta({ title: 'Time zone of the portal', help: 'End dates are meant in it.' }),
  ...viewerFields,
})
export type MinistraSettings = z.infer<typeof MinistraSettings>
