/** What an operator tells us about his account on a OneStream panel. The schema draws the form in the console. */
import { z } from 'zod'
import { namesField } from '../by-package/names.ts'
import { addressField, folderAddress } from '../xtream-family/address.ts'
import { viewerFields } from '../xtream-family/viewer.ts'

/** Below `/ext/`, as integrators use them; `*` is the line. */
export const usualNames = {
  profile: 'profile',
  packages: 'packages',
  bouquets: 'bouquets',
  lines: 'lines',
  'lines-index': 'lines/index',
  create: 'line/create',
  renew: 'line/*/renew',
  update: 'line/*/update',
  enable: 'line/*/enable',
  disable: 'line/*/disable',
  terminate: 'line/*/terminate',
} as const

export const OneStreamSettings = z.object({
  url: addressField((text) => folderAddress(text, /\/ext\/*$/)).meta({
    title: 'Address of the panel',
    help: 'As in https://panel.example, without /ext.',
  }),
  api_key: z.string().trim().min(8, 'is too short').max(300).meta({
    secret: true,
    title: 'API key',
    help: 'The panel calls it X-Api-Key.',
  }),
  auth_user: z.string().trim().min(4, 'is too short').max(300).meta({
    secret: true,
    title: 'User token',
    help: 'The panel calls it X-Auth-User. It must be allowed to list lines.',
  }),
  ...viewerFields,
  call_names: namesField(usualNames),
})
export type OneStreamSettings = z.infer<typeof OneStreamSettings>
