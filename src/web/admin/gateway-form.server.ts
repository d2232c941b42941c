/** What the form of a gateway sent, as the room wants it. */
import type { App } from '#app.ts'
import { type GatewayFacts, gatewayKind } from '#modules/billing/gateways.ts'
import { readSettingsForm } from '../ui/console/settings-form.server.ts'
import { formReader } from './form-reader.server.ts'

export function readGatewayForm(
  app: App,
  kind: string,
  form: FormData,
): { facts: GatewayFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const facts = {
    name: read.text('name', { most: 80 }),
    kind,
    settings: readSettingsForm(gatewayKind(app, kind).settings, form),
    active: read.flag('active'),
    shared: read.flag('shared'),
    position: read.whole('position', { from: 0, to: 9_999 }),
  }
  return { facts, errors: read.errors }
}
