/** Errors in the shape of the Stripe API. */

export type ErrorBody = {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error'
  message: string
  code?: string
  param?: string
  decline_code?: string
  advice_code?: string
  charge?: string
  doc_url?: string
  payment_intent?: unknown
  payment_method?: unknown
}

export class ApiError extends Error {
  readonly status: number
  readonly body: ErrorBody
  /** The request never began to be executed: its idempotency key stays free. */
  readonly validation: boolean

  constructor(status: number, body: ErrorBody, validation = false) {
    super(body.message)
    this.status = status
    this.body = body.code
      ? { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}` }
      : body
    this.validation = validation
  }
}

type More = { code?: string; param?: string; status?: number }

/** The request makes no sense. */
export function refuse(message: string, { status = 400, ...more }: More = {}): never {
  throw new ApiError(status, { type: 'invalid_request_error', message, ...more }, true)
}

/** The request makes sense and the state does not allow it: such an answer is kept under its idempotency key. */
export function unable(message: string, { status = 400, ...more }: More & { payment_intent?: unknown } = {}): never {
  throw new ApiError(status, { type: 'invalid_request_error', message, ...more })
}

export const missing = (param: string): never =>
  refuse(`Missing required param: ${param}.`, { code: 'parameter_missing', param })

export const noSuch = (what: string, id: string, param = 'id', status = 404): never =>
  refuse(`No such ${what}: '${id}'`, { code: 'resource_missing', param, status })
