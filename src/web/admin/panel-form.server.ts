/** What the form of a panel sent, as the room wants it. */

import type { App } from '#app.ts'
import type { PanelFacts } from '#modules/lines/panels.ts'
import { panelKind } from '#modules/lines/panels.ts'
import { readSettingsForm } from '../ui/console/settings-form.server.ts'
import { formReader } from './form-reader.server.ts'

export function readPanelForm(
  app: App,
  kind: string,
  form: FormData,
): { facts: PanelFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const capacity = read.raw('capacity')
  const facts = {
    name: read.text('name', { most: 80 }),
    kind,
    settings: readSettingsForm(panelKind(app, kind).settings, form),
    weight: read.whole('weight', { from: 0, to: 1000 }),
    capacity: capacity === '' ? null : read.whole('capacity', { from: 1, to: 10_000_000 }),
    drained: read.flag('drained'),
  }
  return { facts, errors: read.errors }
}
