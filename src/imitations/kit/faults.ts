/**
 * Trouble that is switched on by request. A fault applies to every request of its `action` (all when none is given)
 * until it has struck `times` times (for ever when null). Faults live in memory: a restarted imitation is well again.
 */

/** What every imitation can do wrong; a kind adds its own names. `http_<status>` answers any status from 400 to 599. */
export const commonFaults = [
  'timeout_before',
  'timeout_after',
  'down',
  'slow',
  'html',
  'null',
  'empty',
  'truncated',
  'notice',
] as const

export type Fault = {
  fault: string
  /** How often it strikes, `null` for ever. */
  times: number | null
  /** The kind's word for what is asked (`create_line`, `POST /v1/refunds`); `*` stands for any text. `null` is everything. */
  action: string | null
  /** `slow`: the delay. `timeout_*`: how long the connection is held before it breaks. */
  ms: number | null
  /** The request is executed before it is answered badly. Always so for `timeout_after`, never for `timeout_before` and `down`. */
  executes: boolean
}

export type Faults = {
  /** Every name this imitation understands, `http_<status>` aside. */
  readonly names: readonly string[]
  add(fault: Partial<Fault> & { fault: string }): Fault
  list(): readonly Fault[]
  /** Switches one fault off by its name, or all of them. */
  clear(fault?: string): void
  /** The fault that strikes this action now, counted down; only those whose name `accept` likes. */
  take(action: string, accept: (name: string) => boolean): Fault | null
  /** The same for one name of the kind's own: `if (faults.strikes('credits_out', action)) ...`. */
  strikes(name: string, action: string): boolean
  /** The panel is down without end: the listener closes. */
  isDown(): boolean
  onChange(listener: () => void): void
}

/** `own` are the kind's names beyond `commonFaults`: its own code asks for them with `strikes`. */
export function openFaults(own: readonly string[] = []): Faults {
  let active: Fault[] = []
  const listeners: (() => void)[] = []
  const names = [...commonFaults, ...own]
  const changed = () => listeners.forEach((listener) => void listener())

  function take(action: string, accept: (name: string) => boolean): Fault | null {
    const found = active.find((each) => matches(each, action) && accept(each.fault))
    if (!found) return null
    if (found.times !== null) {
      found.times -= 1
      if (found.times <= 0) active = active.filter((each) => each !== found)
    }
    return found
  }

  return {
    names,
    add(given) {
      if (!names.includes(given.fault) && !isStatus(given.fault)) {
        throw new RangeError(`unknown fault ${given.fault}; known: ${names.join(', ')}, http_<400…599>`)
      }
      const fault: Fault = { times: null, action: null, ms: null, executes: false, ...given }
      if (fault.fault === 'down' || fault.fault === 'timeout_before') fault.executes = false // By what they mean.
      active.push(fault)
      changed()
      return fault
    },
    list: () => active.map((each) => ({ ...each })),
    clear(name) {
      active = name === undefined ? [] : active.filter((each) => each.fault !== name)
      changed()
    },
    take,
    strikes: (name, action) => take(action, (each) => each === name) !== null,
    isDown: () => active.some((each) => each.fault === 'down' && each.times === null && each.action === null),
    onChange: (listener) => void listeners.push(listener),
  }
}

/** Faults that any imitation acts out itself, before its own routes are asked. */
export function isCommon(fault: string): boolean {
  return (commonFaults as readonly string[]).includes(fault) || isStatus(fault)
}

const isStatus = (fault: string) => /^http_[45]\d\d$/.test(fault)

function matches(fault: Fault, action: string): boolean {
  if (fault.action === null) return true
  const pattern = fault.action.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(action)
}
