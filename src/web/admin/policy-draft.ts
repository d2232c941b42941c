/** The policy form as it was typed: rows of texts, so that a refused or previewed form comes back as it was. No rule, no I/O. */
export type StepDraft = {
  row: number
  key: string
  action: string
  count: string
  unit: string
  when: string
  business: string
}
export type TestDraft = { fact: string; op: string; value: string; extra: string }
export type EffectDraft = { effect: string; target: string; count: string; unit: string; when: string }
export type RuleDraft = {
  row: number
  key: string
  name: string
  join: string
  /** A condition that the form cannot show, as JSON: it stays as it is. */
  kept: string
  tests: TestDraft[]
  effects: EffectDraft[]
}
export type Draft = {
  name: string
  steps: StepDraft[]
  rules: RuleDraft[]
  country: string
  region: string
  also: string
}

/** How many rows a form can hold. */
export const most = { steps: 40, rules: 20, parts: 10 } as const

/** Rows without what makes them a row are left out: an act, a name, a fact, an effect. */
export function readDraft(get: (name: string) => string): Draft {
  return {
    name: get('name'),
    steps: range(most.steps).flatMap((row) => {
      const step = { row, ...fields(get, `step.${row}`, ['key', 'action', 'count', 'unit', 'when', 'business']) }
      return step.action === '' ? [] : [step]
    }),
    rules: range(most.rules).flatMap((row) => ruleAt(get, row)),
    country: get('country'),
    region: get('region'),
    also: get('also'),
  }
}

function ruleAt(get: (name: string) => string, row: number): RuleDraft[] {
  const place = `rule.${row}`
  const rule = fields(get, place, ['key', 'name', 'join', 'kept', 'remove'])
  const parts = range(most.parts)
  const effects = parts.map((n) => fields(get, `${place}.effect.${n}`, ['effect', 'target', 'count', 'unit', 'when']))
  const said = {
    tests: readTests(get, place),
    effects: effects.filter(({ effect }) => effect !== ''),
  }
  if (rule.remove !== '' || (rule.name === '' && said.tests.length + said.effects.length === 0)) return []
  const { key, name, join, kept } = rule
  return [{ row, key, name, join, kept, ...said }]
}

/** Questions under a place of a form: rows without a fact are none. */
export const readTests = (get: (name: string) => string, place: string): TestDraft[] =>
  range(most.parts)
    .map((n) => fields(get, `${place}.test.${n}`, ['fact', 'op', 'value', 'extra']))
    .filter(({ fact }) => fact !== '')

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const fields = <Name extends string>(get: (name: string) => string, place: string, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, get(`${place}.${name}`)])) as Record<Name, string>
