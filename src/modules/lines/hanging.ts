/** Panels on which calls of this process hang just now: whoever comes then does not join them. */
import type { Panel } from '#adapters/panels/panel.ts'

/** A call without an answer for so long hangs. */
const hangsAfterMs = 2_000
/** So many that hang at once are enough to find out about a panel. */
const mostHanging = 3
const hanging = new WeakMap<Panel, number>()

/** Whether calls of this process hang on the panel just now; the breaker learns of it when they end. */
export const hangs = (panel: Panel): boolean => (hanging.get(panel) ?? 0) >= mostHanging

/** Counts among those that hang for as long as it does. Ended by what it gives. */
export function mayHang(panel: Panel): () => void {
  const add = (by: number) => hanging.set(panel, (hanging.get(panel) ?? 0) + by)
  let counted = false
  const timer = setTimeout(() => {
    counted = true
    add(1)
  }, hangsAfterMs)
  return () => {
    clearTimeout(timer)
    if (counted) add(-1)
  }
}
