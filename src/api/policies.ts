/** Policies: the steps relative to the end of paid time. Versions stay readable. */
import { listPolicies } from '#modules/subscriptions/queries.ts'
import { describe, Step } from '#modules/subscriptions/rules/step.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { at, list, resource, time, words, z } from './schemas.ts'

const steps = z.array(Step).min(1).max(40)

const PolicyOut = resource('Policy', {
  id: z.string(),
  version: z.int(),
  name: z.string(),
  steps: z.array(z.strictObject({ ...Step.shape, text: z.string() })),
  created_at: time,
})

const all = async (call: Call): Promise<z.input<typeof PolicyOut>[]> =>
  (await call.read(listPolicies)).map((policy) => ({
    id: policy.id,
    version: policy.version,
    name: policy.name,
    steps: policy.steps.map((step) => ({ ...step, text: describe(step) })),
    created_at: at(policy.createdAt),
    livemode: call.shop.livemode,
  }))

async function read(call: Call, id: string): Promise<z.input<typeof PolicyOut>> {
  const found = (await all(call)).find((policy) => policy.id === id)
  if (found === undefined) throw new Refusal('not_found', 'There is no such policy.')
  return found
}

/** `pol_default`, or one made later. */
const params = z.strictObject({ id: z.string().regex(/^pol_[a-z0-9_]{1,40}$/) })

export const policies = [
  route({
    method: 'get',
    path: '/policies',
    scope: 'policies:read',
    summary: 'Lists the current version of every policy. The first sale makes the standard one.',
    answer: list(PolicyOut),
    handle: async (call) => ({
      data: await all(call),
      next_cursor: null,
      has_more: false,
      livemode: call.shop.livemode,
    }),
  }),
  route({
    method: 'get',
    path: '/policies/{id}',
    scope: 'policies:read',
    summary: 'Reads a policy.',
    params,
    answer: PolicyOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'put',
    path: '/policies/{id}',
    scope: 'policies:write',
    summary: 'Saves a new version; everybody under it is looked at again.',
    params,
    body: z.strictObject({ name: words(80), steps }),
    answer: PolicyOut,
    handle: async (call) => {
      await read(call, call.params.id)
      await call.write('save-policy', (tx) => savePolicy(tx, call.shop, { id: call.params.id, ...call.body }, call.now))
      return read(call, call.params.id)
    },
  }),
]
