/** Planned work on a panel, as its page shows and takes it: times on the business's clocks. */
import { type Shop, transaction } from '#app.ts'
import { endWork, planWork } from '#modules/lines/panel-work.ts'
import type { PanelRow } from '#modules/lines/panels.ts'
import { isWorkedOn } from '#modules/lines/rules/route.ts'
import { isBefore, plusHours } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { formReader } from './form-reader.server.ts'
import type { Staff } from './guard.server.ts'
import { momentOf, momentText } from './incident-form.server.ts'

/** `planned` null: none is ahead or going on. `starts_at` and `ends_at` are what the form begins with. */
export function shownWork(shop: Shop, panel: Pick<PanelRow, 'workStarts' | 'workEnds' | 'workReason'>) {
  const now = shop.now()
  const { workStarts: starts, workEnds: ends, workReason: reason } = panel
  const planned =
    starts !== null && ends !== null && isBefore(now, ends)
      ? { starts: starts.toString(), ends: ends.toString(), reason: reason ?? '', running: isWorkedOn(panel, now) }
      : null
  const soon = plusHours(now, 1)
  return {
    planned,
    zone: shop.zone,
    starts_at: momentText(planned === null ? soon : starts, shop.zone),
    ends_at: momentText(planned === null ? plusHours(soon, 2) : ends, shop.zone),
  }
}

export const actOnWork = {
  async plan({ shop, form }: Staff & { form: FormData }, panelId: string) {
    const read = formReader(form)
    const starts = momentOf(read, 'starts_at', shop.zone, null) ?? shop.now()
    const ends = momentOf(read, 'ends_at', shop.zone, null)
    const reason = read.text('reason')
    if (ends === null) read.refuse('ends_at', 'Please enter day and time.')
    if (read.failed || ends === null) return failure(read.errors, form)
    await transaction(shop, 'plan-work', (tx) => planWork(tx, shop, panelId, { starts, ends, reason }))
    return redirectWith(`/admin/panels/${panelId}`, 'console.work.planned')
  },
  async end({ shop }: Staff, panelId: string) {
    await transaction(shop, 'end-work', (tx) => endWork(tx, shop, panelId))
    return redirectWith(`/admin/panels/${panelId}`, 'console.work.ended')
  },
}
