import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** What an imitated API refuses, with the provider's own word for it. */
export class Refused extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
