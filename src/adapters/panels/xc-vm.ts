/**
 * XC_VM, whose admin API follows XUI One's. Its builds differ by generation: until early 2026 an edit replaces the whole row and a line
 * that is switched off plays on; since mid 2026 edits keep what they do not name, sessions end at once, and keys are tokens with a scope.
 */
import { ProviderError } from '#platform/errors.ts'
import { withBoxes } from './pairs.ts'
import type { LineSpec, PanelKind } from './panel.ts'
import { adminCapabilities, openAdmin } from './xtream-family/admin.ts'
import { AdminSettings } from './xtream-family/admin-settings.ts'
import { troubleOf } from './xtream-family/trouble.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

const { shape } = AdminSettings

export const XcVmSettings = AdminSettings.extend({
  url: shape.url.meta({
    title: 'Management address',
    help: 'Address of the panel with an access code of type Admin API. A code for admin pages shows a sign-in page instead.',
  }),
  api_key: shape.api_key.meta({
    secret: true,
    title: 'API key or token',
    help: 'Edit Profile → Generate API Key, by an administrator; on newer builds a token (xct_…) with the scope "Full" or "Lines, devices and codes".',
  }),
})
export type XcVmSettings = AdminSettings

const { refused } = troubleOf('xc_vm')

export const xcVm: PanelKind<XcVmSettings> = {
  kind: 'xc_vm',
  title: 'XC_VM',
  settings: XcVmSettings,
  capabilities: adminCapabilities,

  open(settings, context) {
    const panel = openAdmin('xc_vm', settings, context)
    const hasTokens = settings.api_key.startsWith('xct_')

    return withBoxes('xc_vm', {
      ...panel,
      async checkConnection() {
        const check = await panel.checkConnection()
        return { ...check, version: hasTokens ? 'with tokens (2026 or later)' : null }
      },
      async createLine(spec) {
        refuseSlashes(spec)
        return panel.createLine(spec)
      },
      async updateLine(ref, spec) {
        refuseSlashes(spec)
        const line = await panel.updateLine(ref, spec)
        if (!spec.enabled && !hasTokens) await endSessions(ref)
        return line
      },
    })

    /** The line is off already; what cannot be ended now ends with the panel's cache. */
    async function endSessions(ref: string): Promise<void> {
      try {
        await panel.dropConnections?.(ref)
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        context.log.info('panel.sessions_left', { ref, code: error.code })
      }
    }
  },

  connectionDetails,
}

/** Newer builds refuse them, older ones make a line whose addresses lead nowhere. */
function refuseSlashes({ username, password }: LineSpec): void {
  if (`${username}${password}`.includes('/'))
    throw refused('invalid_input', 'create_line: this panel takes no slash in user names and passwords')
}
