/** What an operator tells us about his account on an NXT panel. The schema draws the form in the console. */
import { z } from 'zod'
import { linesOf, namesField } from '../by-package/names.ts'
import { addressField, folderAddress } from '../xtream-family/address.ts'
import { timeZoneField } from '../xtream-family/admin-settings.ts'
import { viewerFields } from '../xtream-family/viewer.ts'
import { typedTerm } from './packages.ts'

/** As integrators found them; the panel's maker has published none. */
export const usualNames = {
  'account-info': 'account-info',
  packages: 'packages',
  lines: 'lines',
  'create-line': 'create-line',
  extend: 'extend',
  line: 'line',
  enable: 'enable',
  delete: 'delete',
} as const

export const NxtSettings = z.object({
  url: addressField((text) => folderAddress(text, /\/api(\/wclient(\/v1)?)?\/*$/)).meta({
    title: 'Address of the panel',
    help: 'As in https://panel.example:8443, without a path.',
  }),
  token: z.string().trim().min(8, 'is too short').max(300).meta({
    secret: true,
    title: 'API token',
    help: 'Made in the panel under Settings → API access.',
  }),
  username: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ title: 'Your user name there', help: 'With which you sign in to the panel.' }),
  password: z.string().min(1).max(200).meta({ secret: true, title: 'Your password there' }),
  ...viewerFields,
  time_zone: timeZoneField.meta({
    title: 'Time zone of the panel',
    help: 'The panel writes dates without one.',
  }),
  package_terms: z
    .string()
    .trim()
    .max(4_000)
    .default('')
    .superRefine((text, context) => {
      const wrong = linesOf(text).find((each) => typedTerm(each) === null)
      if (wrong !== undefined)
        context.addIssue({
          code: 'custom',
          message: `cannot be read: "${wrong.slice(0, 60)}". Write it as 14 = 1 month, 2 credits`,
        })
    })
    .meta({
      title: 'Packages of which the panel tells no price or duration',
      help: 'One in a line, as in 14 = 1 month, 2 credits. What is known of neither is not sold.',
      long: true,
    }),
  call_names: namesField(usualNames),
})
export type NxtSettings = z.infer<typeof NxtSettings>
