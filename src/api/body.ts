/** No request is read beyond its cap, whatever its length header says. */
import { bodyLimit } from 'hono/body-limit'
import { Refusal } from '#platform/errors.ts'

export const limitBody = (bytes: number) =>
  bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new Refusal('payload_too_large', `At most ${bytes} bytes are taken here.`)
    },
  })
