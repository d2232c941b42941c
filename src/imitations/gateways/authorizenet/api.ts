/** The one endpoint: JSON translated from XML. Fields out of order are an error, and every answer begins with a byte order mark. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { Refused } from '../../kit/refused.ts'
import { type Account, refused, type Transaction } from './account.ts'
import { charge, hundredths, refund, textOf, undo } from './transactions.ts'

const requestPath = '/xml/v1/request.api'

/** The word for faults: what is asked for, `createTransactionRequest`. */
export const actionOf = async (c: Context): Promise<string> => {
  if (c.req.path !== requestPath) return `${c.req.method} ${c.req.path}`
  return Object.keys((await c.req.json().catch(() => ({}))) as object)[0] ?? ''
}

type Handler = (account: Account, asked: Record<string, unknown>) => object

export function authorizenetApi(account: Account, changed: () => void): Hono {
  const app = new Hono()
  app.post(requestPath, async (c) => {
    const body = (await c.req.json().catch(() => null)) as Record<string, Record<string, unknown>> | null
    const [name, asked] = Object.entries(body ?? {})[0] ?? ['', {}]
    const refId = typeof asked.refId === 'string' ? { refId: asked.refId } : {}
    const answer = (value: object) =>
      c.body(`\uFEFF${JSON.stringify({ ...value, ...refId })}`, 200, {
        'content-type': 'application/json; charset=utf-8',
      })
    try {
      const handler = handlers[name]
      if (!handler) throw refused('E00003', `The element '${name}' has an invalid child element.`)
      checkKey(account, asked.merchantAuthentication)
      checkOrder(name, asked)
      const value = handler(account, asked)
      changed()
      return answer({ messages: ok, ...value })
    } catch (error) {
      if (error instanceof z.ZodError) return answer({ messages: wrong('E00003', z.prettifyError(error)) })
      if (error instanceof Refused) return answer({ messages: wrong(error.code, error.message) })
      throw error
    }
  })
  return app
}

const ok = { resultCode: 'Ok', message: [{ code: 'I00001', text: 'Successful.' }] }
const wrong = (code: string, text: string) => ({ resultCode: 'Error', message: [{ code, text }] })

function checkKey({ settings }: Account, given: unknown): void {
  const key = z.object({ name: z.string(), transactionKey: z.string() }).safeParse(given).data
  if (key?.name !== settings.loginId || key.transactionKey !== settings.transactionKey)
    throw refused('E00007', 'User authentication failed due to invalid authentication values.')
}

/** The order of the schema, as far as it is used here. */
const orders: Readonly<Record<string, readonly string[]>> = {
  createTransactionRequest: ['merchantAuthentication', 'refId', 'transactionRequest'],
  getHostedPaymentPageRequest: ['merchantAuthentication', 'refId', 'transactionRequest', 'hostedPaymentSettings'],
  transactionRequest: [
    'transactionType',
    'amount',
    'payment',
    'profile',
    'refTransId',
    'order',
    'customer',
    'transactionSettings',
    'processingOptions',
  ],
  createCustomerProfileRequest: ['merchantAuthentication', 'profile'],
}

function checkOrder(name: string, asked: Record<string, unknown>): void {
  const known = orders[name]
  const places = known ? Object.keys(asked).map((each) => known.indexOf(each)) : []
  const bad = places.findIndex((place, index) => place < 0 || place < (places[index - 1] ?? 0))
  if (bad >= 0) throw refused('E00003', `The element '${name}' has invalid child element '${Object.keys(asked)[bad]}'.`)
  const inner = asked.transactionRequest
  if (typeof inner === 'object' && inner !== null) checkOrder('transactionRequest', inner as Record<string, unknown>)
}

const reference = z.string().max(20)
const Order = z.object({ invoiceNumber: reference, description: z.string().max(255) })

const Hosted = z.object({
  refId: reference,
  transactionRequest: z.object({
    transactionType: z.literal('authCaptureTransaction'),
    amount: z.string(),
    profile: z.object({ customerProfileId: z.string() }).optional(),
    order: Order,
  }),
  hostedPaymentSettings: z.object({
    setting: z.array(z.object({ settingName: z.string(), settingValue: z.string() })),
  }),
})
const Return = z.object({ url: z.url(), cancelUrl: z.url() })

const Transact = z.object({
  refId: reference,
  transactionRequest: z.discriminatedUnion('transactionType', [
    z.object({
      transactionType: z.literal('authCaptureTransaction'),
      amount: z.string(),
      profile: z.object({ customerProfileId: z.string(), paymentProfile: z.object({ paymentProfileId: z.string() }) }),
      order: Order,
    }),
    z.object({
      transactionType: z.literal('refundTransaction'),
      amount: z.string(),
      payment: z.object({
        creditCard: z.object({ cardNumber: z.string().length(4), expirationDate: z.literal('XXXX') }),
      }),
      refTransId: z.string(),
      order: Order,
    }),
    z.object({ transactionType: z.literal('voidTransaction'), refTransId: z.string() }),
  ]),
})

const Paging = z.object({
  paging: z.object({ limit: z.number().int().min(1).max(1000), offset: z.number().int().min(1) }),
})

const missing = () => refused('E00040', 'The record cannot be found.')

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw missing()
  return row
}

const handlers: Readonly<Record<string, Handler>> = {
  getMerchantDetailsRequest: ({ settings }) => ({
    merchantName: 'Imitated Shop',
    isTestMode: true,
    currencies: [settings.currency],
  }),

  getHostedPaymentPageRequest(account, asked) {
    const { refId, transactionRequest: wish, hostedPaymentSettings } = Hosted.parse(asked)
    const settings = new Map(
      hostedPaymentSettings.setting.map((each) => [each.settingName, JSON.parse(each.settingValue)]),
    )
    const back = Return.parse(settings.get('hostedPaymentReturnOptions'))
    const profile = wish.profile?.customerProfileId ?? null
    if (profile !== null) found(account.profiles.get(profile))
    const id = `tok${account.nextId()}`
    account.pages.put(id, {
      id,
      until: account.now().add({ minutes: 15 }).toString(),
      refId,
      amount: hundredths(wish.amount),
      ...wish.order,
      customerProfileId: profile,
      keeps: settings.get('hostedPaymentCustomerOptions')?.addPaymentProfile === true,
      returnUrl: back.url,
      cancelUrl: back.cancelUrl,
    })
    return { token: id }
  },

  createTransactionRequest(account, asked) {
    const { refId, transactionRequest: wish } = Transact.parse(asked)
    if (wish.transactionType === 'voidTransaction') return answered(undo(account, wish.refTransId))
    const facts = { refId, amount: hundredths(wish.amount), ...wish.order }
    if (wish.transactionType === 'refundTransaction')
      return answered(refund(account, { ...facts, refTransId: wish.refTransId }, wish.payment.creditCard.cardNumber))
    const { customerProfileId, paymentProfile } = wish.profile
    const method = account.methods.get(paymentProfile.paymentProfileId)
    if (method?.profile !== customerProfileId) throw missing()
    const before = [...account.transactions.values()].find((each) => each.invoiceNumber === facts.invoiceNumber)
    if (before && Temporal.Instant.compare(Temporal.Instant.from(before.at).add({ hours: 8 }), account.now()) > 0)
      return answered(11)
    const profile = { customerProfileId, customerPaymentProfileId: method.id }
    return answered(charge(account, { ...facts, profile }, method.reason))
  },

  getTransactionDetailsRequest(account, asked) {
    const { transId } = z.object({ transId: z.string() }).parse(asked)
    const made = found(account.transactions.get(transId))
    return {
      transaction: {
        transId,
        ...(made.refTransId ? { refTransId: made.refTransId } : {}),
        submitTimeUTC: made.at,
        transactionType: made.transactionType,
        transactionStatus: made.transactionStatus,
        responseCode: made.responseCode,
        responseReasonCode: made.responseReasonCode,
        order: { invoiceNumber: made.invoiceNumber, description: made.description },
        authAmount: made.amount / 100, // A number: 10 for 10.00.
        payment: { creditCard: { cardNumber: `XXXX${made.last4}`, expirationDate: 'XXXX', cardType: made.cardType } },
        ...(made.profile ? { profile: made.profile } : {}),
      },
    }
  },

  getUnsettledTransactionListRequest: (account, asked) => list(account, asked, (each) => each.batchId === null),

  getTransactionListRequest(account, asked) {
    const { batchId } = z.object({ batchId: z.string() }).parse(asked)
    return list(account, asked, (each) => each.batchId === batchId)
  },

  getSettledBatchListRequest(account, asked) {
    const span = z.object({ firstSettlementDate: z.iso.datetime(), lastSettlementDate: z.iso.datetime() }).parse(asked)
    const { firstSettlementDate: from, lastSettlementDate: to } = span
    if (Temporal.Instant.compare(Temporal.Instant.from(from).add({ hours: 31 * 24 }), to) < 0)
      throw refused('E00003', 'The date range may not exceed 31 days.')
    const batchList = [...account.batches.values()]
      .filter(
        ({ at }) =>
          Temporal.Instant.compare(at, from) >= 0 &&
          Temporal.Instant.compare(
            Temporal.Instant.from(at).round({ smallestUnit: 'second', roundingMode: 'floor' }),
            to,
          ) <= 0,
      )
      .map(({ id, at }) => ({ batchId: id, settlementTimeUTC: at, settlementState: 'settledSuccessfully' }))
    return batchList.length > 0 ? { batchList } : {}
  },

  createCustomerProfileRequest(account, asked) {
    const { profile } = z
      .object({ profile: z.object({ merchantCustomerId: reference, email: z.string().optional() }) })
      .parse(asked)
    const { merchantCustomerId, email = '' } = profile
    const known = [...account.profiles.values()].find((each) => each.merchantCustomerId === merchantCustomerId)
    if (known) throw refused('E00039', `A duplicate record with ID ${known.id} already exists.`)
    const id = account.nextId()
    account.profiles.put(id, { id, merchantCustomerId, email })
    return { customerProfileId: id }
  },

  getCustomerPaymentProfileRequest(account, asked) {
    const { customerPaymentProfileId: id } = z.object({ customerPaymentProfileId: z.string() }).parse(asked)
    const { last4, cardType, expires } = found(account.methods.get(id))
    return {
      paymentProfile: {
        customerPaymentProfileId: id,
        payment: { creditCard: { cardNumber: `XXXX${last4}`, expirationDate: expires, cardType } },
      },
    }
  },

  deleteCustomerPaymentProfileRequest(account, asked) {
    const { customerPaymentProfileId: id } = z.object({ customerPaymentProfileId: z.string() }).parse(asked)
    if (!account.methods.delete(id)) throw missing()
    account.kit.did('method_forgotten', { method: id })
    return {}
  },
}

function list(account: Account, asked: Record<string, unknown>, wanted: (each: Transaction) => boolean): object {
  const { limit, offset } = Paging.parse(asked).paging
  const rows = [...account.transactions.values()].filter(wanted).reverse()
  const transactions = rows
    .slice((offset - 1) * limit, offset * limit)
    .map(({ transId, transactionStatus, invoiceNumber, amount, at }) => ({
      transId,
      submitTimeUTC: at,
      transactionStatus,
      invoiceNumber,
      settleAmount: amount / 100,
    }))
  return transactions.length > 0 ? { transactions, totalNumInResultSet: rows.length } : { totalNumInResultSet: 0 }
}

/** A transaction that did not come has no number and its reason; one that is declined has both. */
function answered(made: Transaction | number): object {
  const reason = typeof made === 'number' ? made : made.responseReasonCode
  const responseCode = typeof made === 'number' ? '3' : String(made.responseCode)
  const errors = reason === 1 ? {} : { errors: [{ errorCode: String(reason), errorText: textOf(reason) }] }
  const transactionResponse = { responseCode, transId: typeof made === 'number' ? '0' : made.transId, ...errors }
  return typeof made === 'number'
    ? { transactionResponse, messages: wrong('E00027', 'The transaction was unsuccessful.') }
    : { transactionResponse }
}
