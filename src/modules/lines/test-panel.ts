/** The live test: signs in, makes a line, reads it back, removes it. A panel counts as set up only after it passed (S1-66, S1-67). */

import { plainCredits } from '#adapters/panels/normalize.ts'
import type { FoundLine, LineSpec, PackageChoice, Panel, PanelKind, PanelPackage } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { readablePassword } from '#platform/crypto.ts'
import { run, sql } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import type { ShownCertificate } from '#platform/http-out.ts'
import { newId } from '#platform/ids.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { forgetAfter } from '../people/business.ts'
import { secretFields } from '../people/settings.ts'
import { noteCredits } from './panel-credits.ts'
import { openPanel, openWith, wayTo } from './panels.ts'
import { generatedUsername } from './rules.ts'
import { type TracedCall, tracing } from './trace-calls.ts'

export type PanelTest = {
  steps: { title: string; ok: boolean; detail: string }[]
  /** What was sent and answered, without what is secret. */
  calls: TracedCall[]
  ok: boolean
  /** Shown by the panel, and not taken: a person may look whether it is the panel's own, and accept it. */
  certificate: ShownCertificate | null
}

/** Throws only for an unknown panel: what the panel says is the result. */
export async function testPanel(shop: Shop, panelId: string): Promise<PanelTest> {
  const opened = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  const { kind } = opened
  const calls: TracedCall[] = []
  const secrets = secretFields(kind.settings).map((name) => String(opened.settings[name] ?? ''))
  const panel = openWith(opened.owner, opened, tracing(wayTo(shop.app, opened.row), secrets, calls))
  const steps: PanelTest['steps'] = []
  let distrusts = false
  const attempt: Attempt = async (title, work, say) => {
    try {
      const answer = await work()
      steps.push({ title, ok: true, detail: say(answer) })
      return answer
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      distrusts ||= error.code === 'certificate_refused' || error.code === 'certificate_changed'
      steps.push({ title, ok: false, detail: error.message })
      return null
    }
  }
  const started = stopwatch()
  const check = await attempt(
    'Sign in to the panel',
    () => panel.checkConnection(),
    ({ detail }) => detail,
  )
  const latency = Math.round(stopwatch() - started)
  const credits = check === null ? null : await tryLine(shop, panel, kind, attempt, secrets)
  const ok = steps.length >= 3 && steps.every((step) => step.ok)
  await save(shop, panelId, {
    ok,
    latency,
    version: check?.version ?? null,
    credits,
    error: steps.find((step) => !step.ok)?.detail ?? null,
  })
  const { url } = opened.settings
  const certificate = distrusts && typeof url === 'string' ? await shop.app.http.certificateOf(url) : null
  return { steps, calls, ok, certificate }
}

type Attempt = <T>(title: string, work: () => Promise<T>, say: (answer: T) => string) => Promise<T | null>

/** Makes a line and removes it. Gives the credits of our account there, where calls are charged. */
async function tryLine(
  shop: Shop,
  panel: Panel,
  kind: PanelKind,
  attempt: Attempt,
  secrets: string[],
): Promise<string | null> {
  const { charges } = panel
  if (charges !== undefined) {
    const credits = await attempt(
      'Read our credits',
      () => charges.balance(),
      (balance) => `${plainCredits(balance)} credits`,
    )
    const free = await attempt(
      'Look for a free trial',
      () => charges.testPackage(),
      (found) =>
        found === null ? 'There is none: a line costs credits, so none is made' : `Package ${found.packageId}`,
    )
    if (free !== null) await makeAndRemove(shop, panel, kind, free, attempt, secrets)
    return credits
  }
  const bouquets = await attempt(
    'Read its bouquets',
    () => panel.listBouquets(),
    (found) => (found.length === 0 ? 'The panel lists none' : `${found.length} bouquets`),
  )
  const first = (bouquets ?? []).slice(0, 1).map((each) => each.id)
  await makeAndRemove(shop, panel, kind, { bouquets: first, outputs: ['hls', 'ts'] }, attempt, secrets)
  return null
}

async function makeAndRemove(
  shop: Shop,
  panel: Panel,
  kind: PanelKind,
  withPackage: PanelPackage,
  attempt: Attempt,
  secrets: string[],
): Promise<void> {
  const id = newId('line', shop.app.clock)
  const expiresAt = plusSeconds(shop.now(), 3600)
  const spec: LineSpec = {
    username: generatedUsername(id),
    password: readablePassword(),
    marker: `ref:${id}`,
    enabled: true,
    expiresAt,
    paidUntil: expiresAt,
    maxConnections: 1,
    package: withPackage,
  }
  secrets.push(spec.password)
  const made = await attempt(
    'Make a test line',
    () => panel.createLine(spec),
    (line: FoundLine) => `Line ${line.username}, number ${line.ref}`,
  )
  // A create whose answer was lost must not leave a line behind.
  const left = made ?? (await panel.findLine(spec.username, spec.marker, spec.password).catch(() => null))
  if (left === null) return
  await attempt(
    'Remove it again',
    () => panel.deleteLine(left.ref, spec),
    () =>
      kind.capabilities.canDelete
        ? 'The panel is as it was'
        : `Line ${spec.username} is switched off; this panel lets only its administrator remove it`,
  )
}

async function save(
  shop: Shop,
  panelId: string,
  result: { ok: boolean; latency: number; version: string | null; credits: string | null; error: string | null },
): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'panel-tested', async (tx) => {
    forgetAfter(tx, shop)
    await run(
      tx,
      sql`update panels set tested_at = case when ${result.ok} then ${now}::timestamptz end, last_error = ${result.error}, latency_ms = ${result.latency}, version_text = ${result.version},
          health = case when ${result.ok} then 'up' else health end, failures = case when ${result.ok} then 0 else failures end,
          open_until = case when ${result.ok} then null else open_until end, last_ok_at = case when ${result.ok} then ${now}::timestamptz else last_ok_at end
        where business_id = current_business() and id = ${panelId}`,
    )
    await noteCredits(tx, shop, panelId, result.credits, now)
    if (result.ok) await settle(tx, 'panel_down', panelId, shop.actor, now)
    await record(tx, shop, now, {
      type: result.ok ? 'panel.tested' : 'panel.test_failed',
      subjectType: 'panel',
      subjectId: panelId,
    })
  })
}

/** The bouquets to choose from in the mapping form. */
export const bouquetsOf = (shop: Shop, panelId: string): Promise<{ id: number; name: string }[]> =>
  asking(shop, panelId, (panel) => panel.listBouquets())

/** The packages, on panels that sell by them; null on all others. */
export const packagesOf = (shop: Shop, panelId: string): Promise<PackageChoice[] | null> =>
  asking(shop, panelId, async (panel) => (await panel.listPackages?.()) ?? null)

async function asking<T>(shop: Shop, panelId: string, ask: (panel: Panel) => Promise<T>): Promise<T> {
  const { panel } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  try {
    return await ask(panel)
  } catch (error) {
    if (error instanceof ProviderError) throw new Refusal('panel_failed', error.message)
    throw error
  }
}
