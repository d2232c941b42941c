/** Acts on one subscription, each at a path of its own. */
import { type Call, route } from './route.ts'
import { byId, z } from './schemas.ts'

type One = Call<{ id: string }>

/** Acts that are answered by `shown`, the thing as it is afterwards. Each is done once, also when it is asked for again. */
export const actOnSubscription =
  <Out extends z.ZodType>(answer: Out, shown: (call: One) => Promise<z.input<Out>>) =>
  <S extends z.ZodRawShape>(
    name: string,
    summary: string,
    shape: S,
    work: (call: Call<{ id: string }, unknown, z.output<z.ZodObject<S>>>) => Promise<unknown>,
  ) =>
    route({
      method: 'post',
      path: `/subscriptions/{id}/${name}`,
      scope: 'subscriptions:write',
      summary,
      needsKey: true,
      params: byId('sub'),
      body: z.strictObject(shape),
      answer,
      refuses: ['conflict'],
      handle: async (call) => {
        await work(call as unknown as Call<{ id: string }, unknown, z.output<z.ZodObject<S>>>)
        return shown(call)
      },
      retell: shown,
    })
