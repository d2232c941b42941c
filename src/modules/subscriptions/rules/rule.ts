/** Smart rules: when a condition holds, steps are shifted, replaced, added or removed. Data, never code. */
import { z } from 'zod'
import { Condition, type Facts, matches } from './condition.ts'
import { type Action, describe, nominalHours, Step, StepKey, When } from './step.ts'
import type { Subscription } from './subscription.ts'

export const Effect = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('shift'),
    step: StepKey,
    /** Later when positive, earlier when negative. */
    days: z.int().min(-365).max(365).default(0),
    hours: z
      .number()
      .min(-24 * 30)
      .max(24 * 30)
      .default(0),
  }),
  z.strictObject({ do: z.literal('replace'), step: StepKey, with: When }),
  z.strictObject({ do: z.literal('add'), step: Step }),
  z.strictObject({ do: z.literal('remove'), step: StepKey }),
])
export type Effect = z.infer<typeof Effect>

export const Rule = z.strictObject({
  key: StepKey,
  name: z.string().trim().min(1).max(80),
  when: Condition,
  // biome-ignore lint/suspicious/noThenProperty: the words of a rule; it is data that nobody awaits.
  then: z.array(Effect).min(1).max(10),
})
export type Rule = z.infer<typeof Rule>

/** A step as the rules that hold have made it. `shift` is kept apart: what follows the step follows its shift. */
export type ShapedStep = {
  step: Step
  shift: { days: number; hours: number }
  by: readonly { key: string; name: string }[]
}

/** The policy's steps after every rule whose condition holds, in the order of the rules. */
export function shape(
  steps: readonly Step[],
  rules: readonly Rule[],
  subscription: Subscription,
  facts: Facts,
): ShapedStep[] {
  let shaped: ShapedStep[] = steps.map((step) => ({ step, shift: { days: 0, hours: 0 }, by: [] }))
  for (const rule of rules) {
    if (!matches(rule.when, subscription, facts)) continue
    for (const effect of rule.then) shaped = apply(shaped, effect, { key: rule.key, name: rule.name })
  }
  return shaped
}

function apply(shaped: readonly ShapedStep[], effect: Effect, rule: { key: string; name: string }): ShapedStep[] {
  switch (effect.do) {
    case 'add':
      return [
        ...shaped.filter(({ step }) => step.key !== effect.step.key),
        { step: effect.step, shift: { days: 0, hours: 0 }, by: [rule] },
      ]
    case 'remove':
      return shaped.filter(({ step }) => step.key !== effect.step)
    case 'replace':
      return shaped.map((each) =>
        each.step.key === effect.step
          ? {
              step: {
                key: each.step.key,
                action: each.step.action,
                ...(each.step.connections === undefined ? {} : { connections: each.step.connections }),
                ...effect.with,
              },
              shift: { days: 0, hours: 0 },
              by: [...each.by, rule],
            }
          : each,
      )
    case 'shift':
      return shaped.map((each) =>
        each.step.key === effect.step
          ? {
              ...each,
              shift: { days: each.shift.days + effect.days, hours: each.shift.hours + effect.hours },
              by: [...each.by, rule],
            }
          : each,
      )
  }
}

/** What every policy has exactly once: a rule may move these, never add or take one away. */
const pillars: ReadonlySet<Action> = new Set(['issue_invoice', 'suspend', 'terminate', 'grace'])

/** What keeps the rules from being saved, as sentences. */
export function faultsOfRules(steps: readonly Step[], rules: readonly Rule[]): string[] {
  const faults: string[] = []
  if (new Set(rules.map(({ key }) => key)).size < rules.length) faults.push('Two rules have the same key.')
  for (const rule of rules) {
    for (const effect of rule.then) {
      const said = `The rule “${rule.name}”`
      if (effect.do === 'add') {
        if (pillars.has(effect.step.action))
          faults.push(
            `${said} cannot add a step "${effect.step.action.replaceAll('_', ' ')}": it can move the one there is.`,
          )
        if (steps.some(({ key }) => key === effect.step.key))
          faults.push(`${said} adds a step under the key ${effect.step.key}, which the policy has already.`)
        continue
      }
      const step = steps.find(({ key }) => key === effect.step)
      if (step === undefined) faults.push(`${said} speaks of a step ${effect.step} that the policy does not have.`)
      else if (effect.do === 'remove' && pillars.has(step.action))
        faults.push(`${said} cannot remove the step "${step.action.replaceAll('_', ' ')}": it can move it.`)
      else if (step.action === 'suspend' && movedHours(step, effect) < 0)
        faults.push(`${said} would suspend inside the time that was paid for.`)
    }
  }
  return faults
}

const movedHours = (step: Step, effect: Exclude<Effect, { do: 'add' }>): number =>
  effect.do === 'shift'
    ? nominalHours(step) + effect.days * 24 + effect.hours
    : effect.do === 'replace'
      ? nominalHours(effect.with)
      : nominalHours(step)
const signed = (count: number, unit: string): string =>
  `${Math.abs(count)} ${unit}${Math.abs(count) === 1 ? '' : 's'} ${count < 0 ? 'earlier' : 'later'}`

/** `suspend 4 days later` */
export function describeEffect(effect: Effect): string {
  switch (effect.do) {
    case 'add':
      return `also ${describe(effect.step)}`
    case 'remove':
      return `leave out ${effect.step}`
    case 'replace':
      return `${effect.step} ${describe({ action: 'remind', ...effect.with }).replace(/: remind$/, '')}`
    case 'shift': {
      const parts = [
        ...(effect.days === 0 ? [] : [signed(effect.days, 'day')]),
        ...(effect.hours === 0 ? [] : [signed(effect.hours, 'hour')]),
      ]
      return `${effect.step} ${parts.length === 0 ? 'as it is' : parts.join(' and ')}`
    }
  }
}
