/** What the form of a panel sent, as the room wants it. */

import type { App } from '#app.ts'
import type { PanelFacts } from '#modules/lines/panels.ts'
import { panelKind } from '#modules/lines/panels.ts'
import { readSettingsForm } from '../ui/console/settings-form.server.ts'
import { type FormReader, formReader } from './form-reader.server.ts'

export function readPanelForm(
  app: App,
  kind: string,
  form: FormData,
): { facts: PanelFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const [capacity, pace] = [read.raw('capacity'), read.raw('requests_per_second')]
  const facts = {
    name: read.text('name', { most: 80 }),
    kind,
    settings: readSettingsForm(panelKind(app, kind).settings, form),
    weight: read.whole('weight', { from: 0, to: 1000 }),
    capacity: capacity === '' ? null : read.whole('capacity', { from: 1, to: 10_000_000 }),
    reserved: read.raw('reserved') === '' ? 0 : read.whole('reserved', { from: 0, to: 10_000_000 }),
    countries: countriesOf(read),
    drained: read.flag('drained'),
    creditsLow: creditsOf(read),
    requestsPerSecond: pace === '' ? null : read.whole('requests_per_second', { from: 1, to: 50 }),
  }
  return { facts, errors: read.errors }
}

/** Empty is null; a comma is taken for a point. */
function creditsOf(read: FormReader): string | null {
  const text = read.raw('credits_low').replace(',', '.')
  if (text === '') return null
  if (!/^\d{1,9}(\.\d{1,4})?$/.test(text) || Number(text) === 0)
    read.refuse('credits_low', 'Please enter a number like 50, or nothing.')
  return text
}

/** `DE, at` → DE, AT. */
function countriesOf(read: FormReader): string[] {
  const codes = read
    .raw('countries')
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean)
  if (codes.some((code) => !/^[A-Z]{2}$/.test(code)))
    read.refuse('countries', 'Please enter codes of two letters, like DE, AT.')
  return [...new Set(codes)]
}
