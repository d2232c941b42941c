/** What an operator tells us about a panel that knows us by our address. The schema draws the form in the console. */
import { z } from 'zod'
import { addressField, folderAddress } from '../xtream-family/address.ts'
import { viewerFields } from '../xtream-family/viewer.ts'

export const XtreamCodesSettings = z.object({
  url: addressField((text) => folderAddress(text, /\/api\.php$/)).meta({
    title: 'Panel address',
    help: "With the panel's port, as in http://panel.example:25461/. This server's own address must be in the panel's General Settings → API Settings → allowed IPs.",
  }),
  proof_username: z.string().trim().min(1, 'is needed').max(200).meta({
    title: 'Proof line: user name',
    help: 'This kind of panel asks for no key. To show that it is yours, add a line there by hand; the test tells which code to write into its admin notes.',
  }),
  proof_password: z.string().min(1, 'is needed').max(200).meta({ secret: true, title: 'Proof line: password' }),
  ...viewerFields,
  member_id: z.coerce.number().int().min(0).default(0).meta({
    title: 'Owner of new lines',
    help: "Id of a panel user. 0: the panel's own choice.",
  }),
})
export type XtreamCodesSettings = z.infer<typeof XtreamCodesSettings>
