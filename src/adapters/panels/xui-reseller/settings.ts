/** What an operator tells us about his account at somebody else's panel. The schema draws the form in the console. */
import { z } from 'zod'
import { accessCodeAddress } from '../xtream-family/address.ts'
import { credentialsInField, timeZoneField } from '../xtream-family/admin-settings.ts'
import { viewerFields } from '../xtream-family/viewer.ts'

export const XuiResellerSettings = z.object({
  url: accessCodeAddress.meta({
    title: 'Management address',
    help: 'Address of the panel with an access code of type Reseller API. Whoever runs the panel makes it.',
  }),
  api_key: z.string().trim().min(8, 'is too short').max(200).meta({
    secret: true,
    title: 'API key',
    help: 'Of your reseller account: Edit Profile → Generate API Key.',
  }),
  ...viewerFields,
  time_zone: timeZoneField.meta({ title: 'Time zone of the panel', help: 'Used only to read dates that name none.' }),
  credentials_in: credentialsInField,
  lost_time: z.enum(['refuse', 'accept']).default('refuse').meta({
    title: 'Changing to a package that forfeits the time left',
    help: 'Some packages do not go together: the panel then counts the new one from now. Refused changes need a person.',
  }),
})
export type XuiResellerSettings = z.infer<typeof XuiResellerSettings>
