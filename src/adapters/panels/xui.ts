/**
 * XUI One and its relatives that speak its admin API. Its traps: HTTP 200 for every outcome, edits that replace the whole row,
 * searches that find strangers, dates read in somebody's zone, echoes of passwords in failures.
 */

import { withBoxes } from './pairs.ts'
import type { PanelKind } from './panel.ts'
import { adminCapabilities, openAdmin } from './xtream-family/admin.ts'
import { AdminSettings } from './xtream-family/admin-settings.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

export { AdminSettings as XuiSettings }

export const xui: PanelKind<AdminSettings> = {
  kind: 'xui',
  title: 'XUI One',
  settings: AdminSettings,
  capabilities: adminCapabilities,
  open: (settings, context) => withBoxes('xui', openAdmin('xui', settings, context)),
  connectionDetails,
}
