/** Forms whose second submit would do a second thing carry a key that was made with their page; one key acts once. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import { answerOnce, requestHashOf } from '#modules/people/idempotency.ts'
import { randomToken } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'

export const newFormKey = (): string => randomToken(16)

const Key = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/)

/** Runs `act` for the first submit of this key; later ones change nothing. The shop handed to `act` completes the key in its commit. */
export async function once(
  shop: Shop,
  request: Request,
  form: FormData,
  act: (shop: Shop) => Promise<unknown>,
): Promise<void> {
  const key = Key.safeParse(form.get('form_key'))
  if (!key.success) throw new Refusal('bad_request', 'Please open the page again and send the form from there.')
  const sent = JSON.stringify([...form].filter((entry) => typeof entry[1] === 'string'))
  const hash = requestHashOf('POST', new URL(request.url).pathname, sent)
  await answerOnce(
    shop,
    { caller: shop.actor, key: `form/${key.data}`, requestHash: hash },
    async (open) => {
      await act(open)
      return { status: 200, body: null }
    },
    async () => ({ status: 200, body: null }),
  )
}
