/** The live test: signs in, makes a line, reads it back, removes it. A panel counts as set up only after it passed (S1-66, S1-67). */

import type { FoundLine, LineSpec } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { readablePassword } from '#platform/crypto.ts'
import { run, sql } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { forgetAfter } from '../people/business.ts'
import { openPanel } from './panels.ts'
import { generatedUsername } from './rules.ts'

export type PanelTest = { steps: { title: string; ok: boolean; detail: string }[]; ok: boolean }

/** Throws only for an unknown panel: what the panel says is the result. */
export async function testPanel(shop: Shop, panelId: string): Promise<PanelTest> {
  const { panel, kind } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  const steps: PanelTest['steps'] = []
  const attempt = async <T>(title: string, work: () => Promise<T>, say: (answer: T) => string): Promise<T | null> => {
    try {
      const answer = await work()
      steps.push({ title, ok: true, detail: say(answer) })
      return answer
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
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
  if (check !== null) {
    const bouquets =
      (await attempt(
        'Read its bouquets',
        () => panel.listBouquets(),
        (found) => `${found.length} bouquets`,
      )) ?? []
    const id = newId('line', shop.app.clock)
    const spec: LineSpec = {
      username: generatedUsername(id),
      password: readablePassword(),
      marker: `ref:${id}`,
      enabled: true,
      expiresAt: plusSeconds(shop.now(), 3600),
      maxConnections: 1,
      package: { bouquets: bouquets.slice(0, 1).map((each) => each.id), outputs: ['hls', 'ts'] },
    }
    const made = await attempt(
      'Make a test line',
      () => panel.createLine(spec),
      (line: FoundLine) => `Line ${line.username}, number ${line.ref}`,
    )
    // A create whose answer was lost must not leave a line behind.
    const left = made ?? (await panel.findLine(spec.username, spec.marker, spec.password).catch(() => null))
    if (left !== null)
      await attempt(
        'Remove it again',
        () => panel.deleteLine(left.ref, spec),
        () =>
          kind.capabilities.canDelete
            ? 'The panel is as it was'
            : `Line ${spec.username} is switched off; this panel lets only its administrator remove it`,
      )
  }
  const ok = steps.length >= 3 && steps.every((step) => step.ok)
  await save(shop, panelId, {
    ok,
    latency,
    version: check?.version ?? null,
    error: steps.find((step) => !step.ok)?.detail ?? null,
  })
  return { steps, ok }
}

async function save(
  shop: Shop,
  panelId: string,
  result: { ok: boolean; latency: number; version: string | null; error: string | null },
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
    if (result.ok) await settle(tx, 'panel_down', panelId, shop.actor, now)
    await record(tx, shop, now, {
      type: result.ok ? 'panel.tested' : 'panel.test_failed',
      subjectType: 'panel',
      subjectId: panelId,
    })
  })
}

/** The bouquets to choose from in the mapping form. */
export async function bouquetsOf(shop: Shop, panelId: string): Promise<{ id: number; name: string }[]> {
  const { panel } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  try {
    return await panel.listBouquets()
  } catch (error) {
    if (error instanceof ProviderError) throw new Refusal('panel_failed', error.message)
    throw error
  }
}
