/** What a policy makes of a subscription: the ladder, rules, business days. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Instant, instant, isAfter, isBefore, plusHours, secondsBetween } from '#platform/time.ts'
import type { Calendar } from './calendar.ts'
import { Condition, type Facts, noFacts } from './condition.ts'
import { accessOf, cutOff, defaultSteps, faultsOf, isStale, type Policy, standardPolicy, timeline } from './policy.ts'
import { Rule } from './rule.ts'
import { Step } from './step.ts'
import { aSubscription } from './subscription.test-support.ts'
import type { Subscription } from './subscription.ts'

const starts = instant('2026-03-01T18:00:00Z')
const end = instant('2026-04-01T18:00:00Z')
const facts: Facts = { ...noFacts, periodStarts: starts, since: instant('2025-01-01T00:00:00Z'), country: 'DE' }

const active = aSubscription({
  policyVersion: 1,
  status: 'active',
  anchorDay: 1,
  paidThrough: end,
  createdAt: starts,
})

const standard: Policy = { id: 'pol_default', version: 1, ...standardPolicy }
const withRules = (...rules: Rule[]): Policy => ({ ...standard, rules })
const loyal: Rule = {
  key: 'loyal',
  name: 'Loyal',
  when: { fact: 'on_time_streak', op: 'gte', value: 6 },
  // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
  then: [{ do: 'shift', step: 'suspend', days: 4, hours: 0 }],
}
const paidOnTime = (count: number): Facts => ({
  ...facts,
  renewals: Array.from({ length: count }, (_, index) => ({ due: plusHours(end, -720 * (index + 1)), onTime: true })),
})
const atOf = (policy: Policy, key: string, known: Facts = facts, subscription = active) =>
  timeline(subscription, policy, known)
    .find((step) => step.key === key)
    ?.at.toString()

describe('the standard policy', () => {
  it('is the one that is promised', () => {
    const said = timeline(active, standard, facts).map(
      ({ action, at }) => `${action} ${secondsBetween(end, at) / 86_400}`,
    )
    expect(said).toEqual([
      'issue_invoice -7',
      'remind -3',
      'charge -1',
      'remind -1',
      'charge 0',
      'remind 0',
      'grace 0',
      'charge 1',
      'charge 2',
      'suspend 3',
      'terminate 7',
    ])
    expect(faultsOf(defaultSteps)).toEqual([])
  })

  it('asks nobody for money who only tries or leaves', () => {
    for (const subscription of [
      { ...active, status: 'trial' as const },
      { ...active, cancelAtEnd: true },
      { ...active, autoRenew: false },
    ]) {
      const planned = timeline(subscription, standard, facts)
      expect(planned.filter(({ action }) => ['issue_invoice', 'charge', 'grace', 'flag'].includes(action))).toEqual([])
      expect(planned.find(({ action }) => action === 'suspend')?.at).toEqual(end)
    }
  })

  it('steps that were stored before there were days, rules and calendars read as they did', () => {
    const old = [
      { key: 'invoice', action: 'issue_invoice', offset_hours: -168 },
      { key: 'remind_0d', action: 'remind', offset_hours: 0 },
      { key: 'grace', action: 'grace', offset_hours: 0 },
      { key: 'suspend', action: 'suspend', offset_hours: 72 },
      { key: 'terminate', action: 'terminate', offset_hours: 168 },
    ].map((step) => Step.parse(step))
    const planned = timeline(active, { ...standard, steps: old }, facts)
    expect(planned.map(({ key, at }) => [key, secondsBetween(end, at) / 3600])).toEqual([
      ['invoice', -168],
      ['remind_0d', 0],
      ['grace', 0],
      ['suspend', 72],
      ['terminate', 168],
    ])
  })
})

describe('the ladder', () => {
  it('F43: days are counted on the wall clock of the zone, hours exactly', () => {
    const berlin = { ...active, zone: 'Europe/Berlin', paidThrough: instant('2026-03-28T11:00:00Z') }
    expect(atOf(standard, 'charge_1d_after', facts, berlin)).toBe('2026-03-29T10:00:00Z') // Noon is noon, an hour earlier.
    expect(atOf(standard, 'suspend', facts, berlin)).toBe('2026-03-31T11:00:00Z') // 72 hours are 72 hours.
  })

  it('a rule moves the suspension, the end and the expiry of the panel together', () => {
    const policy = withRules(loyal)
    const known = paidOnTime(6)
    expect(atOf(policy, 'suspend', known)).toBe('2026-04-08T18:00:00Z')
    expect(atOf(policy, 'terminate', known)).toBe('2026-04-12T18:00:00Z') // Four days to come back, as ever.
    expect(cutOff(active, policy, known)?.toString()).toBe('2026-04-08T18:00:00Z')
    expect(accessOf(active, policy, known)?.until.toString()).toBe('2026-04-09T18:00:00Z')
    expect(timeline(active, policy, known).find(({ key }) => key === 'suspend')).toMatchObject({
      because: expect.stringContaining('by the rule “Loyal”'),
      by: [{ key: 'loyal', name: 'Loyal' }],
    })
  })

  it('a hold of staff leaves the time to come back in', () => {
    const held = { ...active, holdUntil: instant('2026-04-20T00:00:00Z') }
    expect(atOf(standard, 'suspend', facts, held)).toBe('2026-04-20T00:00:00Z')
    expect(atOf(standard, 'terminate', facts, held)).toBe('2026-04-24T00:00:00Z')
  })

  it('business days: a step waits for the next, is brought forward to the one before, and stays on its side of the end', () => {
    const calendar = { country: null, region: null, weekend: [6, 7], holidays: ['2026-04-06'], also: [] }
    const on = (business_days: 'next' | 'previous'): Policy => ({
      ...standard,
      calendar,
      steps: defaultSteps.map((step) => ({ ...step, business_days })),
    })
    // Suspension on Saturday, April 4; Monday is Easter Monday.
    expect(atOf(on('next'), 'suspend')).toBe('2026-04-07T18:00:00Z')
    expect(atOf(on('previous'), 'suspend')).toBe('2026-04-03T18:00:00Z')
    // The end on a Sunday: what comes before it is not put behind it, and no suspension before it.
    const sunday = { ...active, paidThrough: instant('2026-04-05T18:00:00Z') }
    expect(atOf(on('next'), 'remind_1d', facts, sunday)).toBe('2026-04-04T18:00:00Z')
    expect(atOf(on('previous'), 'remind_1d', facts, sunday)).toBe('2026-04-03T18:00:00Z')
    const atOnce: Policy = {
      ...on('previous'),
      steps: [{ key: 'suspend', action: 'suspend', offset_days: 0, business_days: 'previous' }],
    }
    expect(atOf(atOnce, 'suspend', facts, sunday)).toBe('2026-04-05T18:00:00Z')
  })
})

describe('a restriction', () => {
  const fewer = (offset: number): Policy => ({
    ...standard,
    steps: [...defaultSteps, { key: 'fewer', action: 'restrict', offset_hours: offset, connections: 2 }],
  })
  const late: Subscription = { ...active, status: 'grace' }

  it('lies between the end of paid time and the suspension, and says what it leaves', () => {
    const step = timeline(late, fewer(24), facts).find(({ key }) => key === 'fewer')
    expect(step).toMatchObject({ connections: 2, at: plusHours(end, 24) })
    expect(step?.because).toContain('restrict to 2 connections')
    expect(accessOf({ ...late, restrictedTo: 2 }, fewer(24), facts)).toMatchObject({
      wanted: 'active',
      restrictedTo: 2,
    })
    expect(accessOf({ ...late, status: 'suspended' }, fewer(24), facts)).toMatchObject({ restrictedTo: null })
  })

  it('is refused inside paid time, and behind the suspension', () => {
    expect(faultsOf(fewer(24).steps)).toEqual([])
    expect(faultsOf(fewer(-1).steps)).toEqual(['Nobody is restricted inside the time he paid for.'])
    expect(faultsOf(fewer(72).steps)).toEqual(['A restriction comes before the suspension.'])
    expect(Step.safeParse({ key: 'x', action: 'suspend', offset_hours: 1, connections: 1 }).success).toBe(false)
  })

  it('waits for the hold of staff, is never moved into paid time, and has nothing to do for who leaves or is suspended before', () => {
    const held = { ...late, holdUntil: plusHours(end, 48) }
    expect(atOf(fewer(24), 'fewer', facts, held)).toBe(plusHours(end, 48).toString())
    expect(atOf(fewer(24), 'fewer', facts, { ...late, holdUntil: plusHours(end, 100) })).toBeUndefined()
    const but = (effect: Rule['then'][number]): Rule => ({
      ...loyal,
      // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
      then: [effect],
    })
    const earlier: Rule = but({ do: 'shift', step: 'fewer', days: -3, hours: 0 })
    expect(atOf({ ...fewer(24), rules: [earlier] }, 'fewer', paidOnTime(6), late)).toBe(end.toString())
    const sooner: Rule = but({ do: 'replace', step: 'suspend', with: { offset_hours: 12 } })
    expect(atOf({ ...fewer(24), rules: [sooner] }, 'fewer', paidOnTime(6), late)).toBeUndefined()
    expect(atOf(fewer(24), 'fewer', facts, { ...active, cancelAtEnd: true })).toBeUndefined()
    const moved: Rule = but({ do: 'replace', step: 'fewer', with: { offset_hours: 36 } })
    const [step] = timeline(late, { ...fewer(24), rules: [moved] }, paidOnTime(6)).filter(({ key }) => key === 'fewer')
    expect(step).toMatchObject({ at: plusHours(end, 36), connections: 2 })
  })
})

describe('conditions', () => {
  const holds = (when: Condition, known: Facts = facts, subscription = active) =>
    timeline(subscription, withRules({ ...loyal, when: Condition.parse(when) }), known).some(({ by }) => by.length > 0)

  it.each<[string, Condition, Facts, boolean]>([
    ['tenure, counted to the end of paid time', { fact: 'tenure_days', op: 'gte', value: 455 }, facts, true],
    ['a day short of it', { fact: 'tenure_days', op: 'gte', value: 456 }, facts, false],
    ['paid periods', { fact: 'paid_periods', op: 'lt', value: 1 }, facts, true],
    ['six in a row', { fact: 'on_time_streak', op: 'gte', value: 6 }, paidOnTime(6), true],
    ['five in a row', { fact: 'on_time_streak', op: 'gte', value: 6 }, paidOnTime(5), false],
    [
      'the share of the last ones',
      { fact: 'on_time_percent', last: 2, op: 'eq', value: 50 },
      {
        ...facts,
        renewals: [false, true, true].map((onTime, index) => ({ due: plusHours(end, -720 * (index + 1)), onTime })),
      },
      true,
    ],
    ['a share of nothing is not known', { fact: 'on_time_percent', last: 6, op: 'lte', value: 100 }, facts, false],
    [
      'declined within the days before the end',
      { fact: 'failed_charges', days: 7, op: 'eq', value: 1 },
      { ...facts, failedCharges: [plusHours(end, -24), plusHours(end, -24 * 8)] },
      true,
    ],
    ['an amount in its currency', { fact: 'amount', currency: 'EUR', op: 'gt', value: 1298 }, facts, true],
    ['in another currency it is not known', { fact: 'amount', currency: 'USD', op: 'gt', value: 1 }, facts, false],
    ['country', { fact: 'country', op: 'in', value: ['DE', 'AT'] }, facts, true],
    [
      'a country that is not known is in no list and in no other',
      { fact: 'country', op: 'not_in', value: ['DE'] },
      { ...facts, country: null },
      false,
    ],
    ['plan', { fact: 'plan', op: 'not_in', value: ['plan_1'] }, facts, false],
    ['status', { fact: 'status', op: 'in', value: ['active'] }, facts, true],
    ['tag', { fact: 'tags', op: 'has', value: 'vip' }, { ...facts, tags: ['vip'] }, true],
    [
      'all',
      {
        all: [
          { fact: 'tags', op: 'has_not', value: 'vip' },
          { fact: 'plan', op: 'in', value: ['plan_1'] },
        ],
      },
      facts,
      true,
    ],
    [
      'any',
      {
        any: [
          { fact: 'tags', op: 'has', value: 'vip' },
          { fact: 'plan', op: 'in', value: ['plan_1'] },
        ],
      },
      facts,
      true,
    ],
    ['not', { not: { fact: 'plan', op: 'in', value: ['plan_1'] } }, facts, false],
  ])('%s', (_, when, known, expected) => {
    expect(holds(when, known)).toBe(expected)
  })

  it('the invoice for the period to come is not judged before its time', () => {
    const known = { ...paidOnTime(6), renewals: [{ due: end, onTime: false }, ...paidOnTime(6).renewals] }
    expect(holds(loyal.when, known)).toBe(true)
  })

  it('a condition is data: what is not one is refused, and so is a tree that nobody can read', () => {
    for (const wrong of [
      { fact: 'mood', op: 'eq', value: 1 },
      { all: [] },
      { fact: 'tags', op: 'has', value: 'a', run: 'x' },
      'true',
    ])
      expect(Condition.safeParse(wrong).success).toBe(false)
    const deep = Array.from({ length: 5 }).reduce<Condition>((inner) => ({ not: inner }), loyal.when)
    expect(Condition.safeParse(deep).success).toBe(false)
  })
})

describe('rules', () => {
  const rule = (effect: object): Rule =>
    // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
    Rule.parse({ ...loyal, when: { fact: 'country', op: 'in', value: ['DE'] }, then: [effect] })

  it('replace, add and remove a step', () => {
    const policy = withRules(
      rule({ do: 'replace', step: 'remind_3d', with: { offset_days: -5 } }),
      rule({ do: 'add', step: { key: 'call', action: 'notify_staff', offset_days: 2 } }),
      rule({ do: 'remove', step: 'charge_2d_after' }),
    )
    expect(atOf(policy, 'remind_3d')).toBe('2026-03-27T18:00:00Z')
    expect(atOf(policy, 'call')).toBe('2026-04-03T18:00:00Z')
    expect(atOf(policy, 'charge_2d_after')).toBeUndefined()
  })

  it.each([
    [{ do: 'remove', step: 'suspend' }, 'cannot remove the step "suspend"'],
    [{ do: 'add', step: { key: 'x', action: 'terminate', offset_days: 1 } }, 'cannot add a step "terminate"'],
    [{ do: 'shift', step: 'suspend', days: -4 }, 'inside the time that was paid for'],
    [{ do: 'shift', step: 'nothing', days: 1 }, 'does not have'],
  ])('%j is refused', (effect, why) => {
    expect(faultsOf(defaultSteps, [rule(effect)]).join(' ')).toContain(why)
  })
})

describe('any policy', () => {
  const zones = fc.constantFrom('UTC', 'America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia')
  const calendars = fc.constantFrom<Calendar | null>(null, {
    country: null,
    region: null,
    weekend: [5, 6],
    holidays: [],
    also: ['2026-04-01'],
  })
  const moves = fc.constantFrom<Step['business_days']>(undefined, 'next', 'previous')
  const stepOf = (action: Step['action'], least: number, most: number) =>
    fc.tuple(fc.integer({ min: least, max: most }), fc.boolean(), moves).map(([count, days, business_days]) => ({
      action,
      ...(days ? { offset_days: count } : { offset_hours: count * 24 + (count % 5) }),
      ...(business_days === undefined ? {} : { business_days }),
    }))
  const policies = fc
    .tuple(
      stepOf('issue_invoice', -30, -1),
      stepOf('suspend', 0, 20),
      stepOf('terminate', 22, 60),
      fc.array(fc.oneof(stepOf('remind', -40, 10), stepOf('charge', -5, 10), stepOf('offer', -5, 90)), {
        maxLength: 8,
      }),
      calendars,
      fc.array(
        fc.tuple(
          fc.integer({ min: -30, max: 30 }),
          fc.integer({ min: -30, max: 30 }),
          fc.integer({ min: -100, max: 100 }),
        ),
        { maxLength: 3 },
      ),
    )
    .map(
      ([invoice, suspend, terminate, others, calendar, shifts]): Policy => ({
        ...standard,
        calendar,
        steps: [invoice, suspend, terminate, ...others].map((step, index) => ({ key: `s${index}`, ...step })),
        rules: shifts.map(([cut, last, tell], index) => ({
          key: `r${index}`,
          name: `Rule ${index}`,
          when: { fact: 'country', op: 'in', value: ['DE'] },
          // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
          then: [
            { do: 'shift', step: 's1', days: cut, hours: 0 },
            { do: 'shift', step: 's2', days: last, hours: 0 },
            { do: 'shift', step: 's3', days: 0, hours: tell },
          ],
        })),
      }),
    )
  const subscriptions = fc
    .tuple(
      zones,
      fc.integer({ min: 1, max: 24 * 400 }),
      fc.option(fc.integer({ min: -500, max: 500 })),
      fc.boolean(),
      fc.constantFrom('trial', 'active', 'grace', 'suspended'),
    )
    .map(([zone, hours, hold, autoRenew, status]) => ({
      ...active,
      zone,
      status: status as Subscription['status'],
      autoRenew,
      paidThrough: plusHours(starts, hours),
      holdUntil: hold === null ? null : plusHours(plusHours(starts, hours), hold),
    }))
  const lasts = (subscription: Subscription): Instant => subscription.paidThrough as Instant
  const runs = { numRuns: 400 }

  it('S2, F93: suspends after paid time, ends after the suspension, is in order, and says what the panel is told', () => {
    fc.assert(
      fc.property(policies, subscriptions, (policy, subscription) => {
        const planned = timeline(subscription, policy, facts)
        const at = (action: string) => planned.find((step) => step.action === action)?.at as Instant
        expect(isBefore(at('suspend'), lasts(subscription))).toBe(false)
        expect(isAfter(at('terminate'), at('suspend'))).toBe(true)
        expect(at('suspend').equals(cutOff(subscription, policy, facts) as Instant)).toBe(true)
        expect(accessOf(subscription, policy, facts)?.until.equals(plusHours(at('suspend'), 24))).toBe(true)
        const instants = planned.map((step) => step.at.epochMilliseconds)
        expect(instants).toEqual([...instants].sort((a, b) => a - b))
        expect(new Set(planned.map(({ key }) => key)).size).toBe(planned.length)
      }),
      runs,
    )
  })

  it('F45: what comes before the end stays before it and in its own period, however short the term', () => {
    fc.assert(
      fc.property(policies, subscriptions, (policy, subscription) => {
        const before =
          policy.rules.length === 0
            ? policy.steps.filter((step) => (step.offset_days ?? step.offset_hours ?? 0) < 0)
            : []
        for (const step of timeline(subscription, policy, facts)) {
          expect(isBefore(step.at, starts)).toBe(false)
          if (before.some(({ key }) => key === step.key)) expect(isBefore(step.at, lasts(subscription))).toBe(true)
        }
      }),
      runs,
    )
  })

  it('a rule that does not hold changes nothing', () => {
    fc.assert(
      fc.property(policies, subscriptions, (policy, subscription) => {
        const never: Rule = {
          ...loyal,
          // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
          then: [
            { do: 'shift', step: 's1', days: 9, hours: 0 },
            { do: 'remove', step: 's3' },
          ],
        }
        const more = { ...policy, rules: [...policy.rules, never] }
        expect(timeline(subscription, more, facts)).toEqual(timeline(subscription, policy, facts))
        expect(cutOff(subscription, more, facts)).toEqual(cutOff(subscription, policy, facts))
      }),
      runs,
    )
  })

  it('what is asked from an instant on is the rest of the whole', () => {
    fc.assert(
      fc.property(policies, subscriptions, fc.integer({ min: -1000, max: 2000 }), (policy, subscription, hours) => {
        const from = plusHours(lasts(subscription), hours)
        const whole = timeline(subscription, policy, facts)
        expect(timeline(subscription, policy, facts, from)).toEqual(whole.filter(({ at }) => !isBefore(at, from)))
      }),
      runs,
    )
  })
})

it('F79: after a long sleep one word is enough: what is late or overtaken is stale', () => {
  const planned = timeline(active, standard, facts)
  const step = (key: string) => planned.find((each) => each.key === key) ?? planned[0]
  const stale = (key: string, now: Instant) => isStale(step(key) as (typeof planned)[0], planned, now)
  expect(stale('remind_1d', plusHours(end, -23))).toBe(false)
  expect(stale('remind_1d', plusHours(end, 1))).toBe(true) // The one of today speaks for it.
  expect(stale('remind_0d', plusHours(end, 25))).toBe(true)
  expect(stale('charge_1d_before', plusHours(end, 30))).toBe(true)
  expect(stale('charge_1d_after', plusHours(end, 30))).toBe(false)
})
