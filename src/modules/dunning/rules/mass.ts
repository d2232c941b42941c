/** How much may happen to many within an hour without a person. */
import type { Action } from '../../subscriptions/rules/step.ts'

/** What is counted together. */
export type MassKind = 'suspend' | 'charge' | 'mail'

/**
 * How a step stands among many of its kind: `full` is beyond what may happen by itself, or waits already; a person lets it go, or drops it.
 */
export type Mass = 'free' | 'full' | 'let_go' | 'dropped'

/** Of so many lines so many within an hour: 5 % suspended, half of them charged, one mail for each; small shops have some room. */
const limits: Record<MassKind, { share: number; least: number }> = {
  suspend: { share: 0.05, least: 10 },
  charge: { share: 0.5, least: 50 },
  mail: { share: 1, least: 500 },
}

export const mostAtOnce = (lines: number, kind: MassKind = 'suspend'): number =>
  Math.max(limits[kind].least, Math.floor(lines * limits[kind].share))

/** Grace, an end and a note to staff follow from what was decided before; only what begins something is counted. */
export function massKindOf(action: Action): MassKind | null {
  switch (action) {
    case 'suspend':
    case 'charge':
      return action
    // A viewer who loses screens is counted like one who loses all of them.
    case 'restrict':
      return 'suspend'
    case 'issue_invoice':
    case 'remind':
    case 'offer':
      return 'mail'
    case 'flag':
    case 'notify_staff':
    case 'grace':
    case 'terminate':
      return null
  }
}
