/**
 * The panel trusts our address, whoever uses it: any business of this installation could enter the address of another's panel. So
 * nothing is written before a line there carries this business's own code in its admin notes, which resellers cannot write.
 */
import { toText } from '../normalize.ts'
import { isRow } from '../xtream-family/row.ts'
import type { XtreamCall } from './call.ts'
import type { XtreamCodesSettings } from './settings.ts'

export function openProof(settings: XtreamCodesSettings, call: XtreamCall, code: string) {
  let shown = false

  /** Throws `auth_failed` with what to do while the proof is missing. */
  async function show(): Promise<void> {
    const { success, reply } = await call('info', [
      ['username', settings.proof_username],
      ['password', settings.proof_password],
    ])
    const notes = success && isRow(reply.user_info) ? (toText(reply.user_info.admin_notes) ?? '') : null
    if (notes === null)
      throw call.trouble.unusable(
        `The panel knows no line ${settings.proof_username} with this password: add it there by hand, with ${code} in its admin notes`,
        'not_proven',
      )
    if (!notes.split(/\s+/).includes(code))
      throw call.trouble.unusable(
        `Write ${code} into the admin notes of the line ${settings.proof_username} on the panel, which shows that the panel is yours`,
        'not_proven',
      )
    shown = true
  }

  return {
    show,
    /** Once is enough for as long as these settings are open. */
    async once(): Promise<void> {
      if (!shown) await show()
    },
  }
}
