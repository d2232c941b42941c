/**
 * Authorize.Net: its hosted page (Accept Hosted, the browser posts a token there), customer profiles for kept cards. It knows nothing of a
 * page before a card was charged on it and has no idempotency keys: every payment is found by its invoice number, and is looked for
 * before it is charged again. `remoteRef` is that number, the money the transaction.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { toDecimal } from '#platform/money.ts'
import { caller, failed } from './authorizenet/call.ts'
import { checkNotice, readNotice } from './authorizenet/notices.ts'
import { profileFor, savedWith } from './authorizenet/profiles.ts'
import { markOf, type Reference, readReference, writeReference } from './authorizenet/reference.ts'
import { AuthorizenetSettings, authorizenetCurrencies, isLive, pageOf } from './authorizenet/settings.ts'
import {
  batchAfter,
  declineOf,
  detailOf,
  isPaid,
  isReference,
  isSettled,
  listed,
  listedOf,
  snapshotOf,
  transactionsOf,
  voidOf,
} from './authorizenet/transactions.ts'
import type { CheckoutRequest, Gateway, GatewayKind, PaymentSnapshot, RefundSnapshot, SavedMethod } from './gateway.ts'
import { activeSecrets } from './signed-notice.ts'

const Token = z.object({ token: z.string().min(1) })
const Merchant = z.object({ merchantName: z.string().nullish(), currencies: z.array(z.string()).nullish() })
const Answered = z.object({
  transactionResponse: z.object({
    responseCode: z.string(),
    transId: z.string(),
    errors: z.array(z.object({ errorCode: z.string(), errorText: z.string() })).nullish(),
  }),
})

/** How many attempts of one invoice are told apart. */
const mostAttempts = 40

export const authorizenet: GatewayKind<AuthorizenetSettings> = {
  kind: 'authorizenet',
  title: 'Authorize.Net',
  settings: AuthorizenetSettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: true,
    delayed: true,
    staffConfirms: false,
    savesMethods: true,
    savesWithoutPayment: false,
    findsUnpaid: false,
    testOnly: false,
    openAmount: true,
    listsMoney: true,
  },
  currencies: authorizenetCurrencies,
  paymentPages: ['https://accept.authorize.net', 'https://test.authorize.net'],
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const { currency } = settings

    async function lookUp(remoteRef: string, reference: Reference): Promise<PaymentSnapshot> {
      const all = await transactionsOf(call, remoteRef, reference, context.now())
      const money = all.find(isPaid)
      const saved: SavedMethod | null = money ? await savedWith(call, money) : null
      return snapshotOf(remoteRef, reference, all, { currency, livemode: isLive(settings), now: context.now(), saved })
    }

    const fetchPayment = async (remoteRef: string) => lookUp(remoteRef, known(remoteRef))

    async function findByReference(ourRef: string): Promise<PaymentSnapshot[]> {
      const marks = new Set(Array.from({ length: mostAttempts }, (_, attempt) => markOf(ourRef, attempt)))
      const span = { from: context.now().subtract({ hours: 24 * 5 }), to: context.now() }
      const found = await listed(call, span, ({ invoiceNumber }) =>
        marks.has(readReference(invoiceNumber ?? '')?.mark ?? ''),
      )
      const references = [...new Set(found.map(({ invoiceNumber }) => invoiceNumber ?? ''))]
      const snapshots = await Promise.all(references.map(fetchPayment))
      return snapshots.filter((each) => each.ourRef === ourRef)
    }

    async function transact(request: object, refId: string): Promise<z.infer<typeof Answered>['transactionResponse']> {
      const fields = { refId, transactionRequest: request }
      return (await call('createTransactionRequest', fields, Answered, { writes: true })).transactionResponse
    }

    return {
      async checkConnection() {
        const { merchantName, currencies } = await call('getMerchantDetailsRequest', {}, Merchant)
        if (currencies && currencies.length > 0 && !currencies.includes(currency))
          throw failed(
            'rejected',
            `This merchant account settles in ${currencies.join(', ')}, not in ${currency}.`,
            'currency',
          )
        return {
          detail: `Authorize.Net answers in ${isLive(settings) ? 'live' : 'test'} mode${merchantName ? ` for ${merchantName}` : ''}.`,
          livemode: isLive(settings),
        }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount, expiresAt } = request
        checkCurrency(amount.currency, currency)
        const remoteRef = writeReference(ourRef, attempt, amount.minor, expiresAt)
        const customerProfileId = await profileFor(call, request)
        const fields = {
          refId: remoteRef,
          transactionRequest: {
            transactionType: 'authCaptureTransaction',
            amount: toDecimal(amount),
            ...(customerProfileId ? { profile: { customerProfileId } } : {}),
            order: { invoiceNumber: remoteRef, description: described(ourRef, request.description) },
            ...(customerProfileId === null && request.customerEmail !== ''
              ? { customer: { email: request.customerEmail } }
              : {}),
          },
          hostedPaymentSettings: { setting: pageSettings(request, customerProfileId !== null) },
        }
        const { token } = await call('getHostedPaymentPageRequest', fields, Token, { writes: true })
        return { kind: 'form', remoteRef, action: pageOf(settings), fields: { token } }
      },

      fetchPayment,
      findByReference,

      async refund({ ourRef, remoteRef, amount, reason }): Promise<RefundSnapshot> {
        const reference = known(remoteRef)
        const before = await lookUp(remoteRef, reference)
        const done = before.refunds.find((each) => each.ourRef === ourRef || each.ref.startsWith('void-'))
        if (done) return done
        if (before.captureId === null) throw failed('rejected', 'nothing was captured', 'not_paid')
        const charge = await detailOf(call, before.captureId)
        if (!isSettled(charge)) {
          if (amount.minor !== before.received.minor)
            throw failed(
              'rejected',
              'A part can be refunded once the payment is settled, after the next night.',
              'not_settled',
            )
          const answer = await transact({ transactionType: 'voidTransaction', refTransId: charge.transId }, remoteRef)
          if (answer.responseCode !== '1') throw refused(answer.errors?.[0])
          return { ...voidOf(charge, currency), reason }
        }
        const answer = await transact(
          {
            transactionType: 'refundTransaction',
            amount: toDecimal(amount),
            payment: { creditCard: { cardNumber: before.method?.last4 ?? '', expirationDate: 'XXXX' } },
            refTransId: charge.transId,
            order: { invoiceNumber: remoteRef, description: described(ourRef, reason) },
          },
          remoteRef,
        )
        if (answer.responseCode !== '1') throw refused(answer.errors?.[0])
        return { ref: answer.transId, ourRef, amount, status: 'succeeded', reason }
      },

      async chargeSaved({ ourRef, amount, description, method }) {
        checkCurrency(amount.currency, currency)
        const [before] = await findByReference(ourRef)
        if (before) return before
        // Whoever asks again on the same day asks under the same number, which its own memory of duplicates knows.
        const over = context.now().round({ smallestUnit: 'hour', roundingIncrement: 24, roundingMode: 'ceil' })
        const remoteRef = writeReference(ourRef, 0, amount.minor, over.add({ hours: 24 }))
        const { customerRef: customerProfileId, methodRef: paymentProfileId } = method
        const request = {
          transactionType: 'authCaptureTransaction',
          amount: toDecimal(amount),
          profile: { customerProfileId, paymentProfile: { paymentProfileId } },
          order: { invoiceNumber: remoteRef, description: described(ourRef, `${description.slice(0, 150)} (charged)`) },
          // The longest memory that it offers: the same charge again within eight hours is refused.
          transactionSettings: { setting: [{ settingName: 'duplicateWindow', settingValue: '28800' }] },
          processingOptions: { isSubsequentAuth: true },
        }
        const answer = await transact(request, remoteRef).catch((error: unknown) => {
          if (error instanceof ProviderError && error.code === 'not_found')
            throw failed('rejected', 'Authorize.Net keeps this card no more', 'method_gone')
          throw error
        })
        const reason = answer.errors?.[0]?.errorCode
        if (reason === '11') throw failed('ambiguous', 'it was charged a moment ago', 'duplicate')
        if (reason !== undefined && answer.transId === '0') {
          const nothing = { currency, livemode: isLive(settings), now: context.now(), saved: null }
          const empty = snapshotOf(remoteRef, known(remoteRef), [], nothing)
          return { ...empty, ourRef, status: 'failed', failure: declineOf(reason) }
        }
        return lookUp(remoteRef, known(remoteRef))
      },

      async forgetMethod({ customerRef: customerProfileId, methodRef: customerPaymentProfileId }) {
        if (!/^\d+$/.test(customerPaymentProfileId)) return // None of its names.
        const asked = { customerProfileId, customerPaymentProfileId }
        await call('deleteCustomerPaymentProfileRequest', asked, z.unknown(), { writes: true }).catch(
          (error: unknown) => {
            if (!(error instanceof ProviderError) || error.code !== 'not_found') throw error
          },
        )
      },

      async listMoney({ from, until, cursor }) {
        const { transactions, next } = await batchAfter(call, cursor, { from, to: until })
        return { moneys: transactions.flatMap((each) => listedOf(each, currency)), next }
      },

      async verifyNotice(raw) {
        checkNotice(raw, activeSecrets(settings.signature_key))
        return readNotice(raw.body, async (transId) => {
          const { order } = await detailOf(call, transId)
          return isReference(order?.invoiceNumber) ? order.invoiceNumber : null
        })
      },
    }
  },
}

function known(remoteRef: string): Reference {
  const reference = readReference(remoteRef)
  if (reference) return reference
  throw failed('rejected', `no Authorize.Net payment ${remoteRef}`, 'not_found')
}

const described = (ourRef: string, text: string): string => `${ourRef} ${text}`.slice(0, 255).trimEnd()

function checkCurrency(asked: string, currency: string): void {
  if (asked !== currency)
    throw failed('rejected', `This account takes ${currency}, not ${asked}.`, 'currency_not_supported')
}

const refused = (error: { errorCode: string; errorText: string } | undefined) =>
  failed('rejected', error?.errorText ?? 'refused without a reason', `reason ${error?.errorCode ?? '?'}`)

function pageSettings({ returnUrl, cancelUrl }: CheckoutRequest, keeps: boolean) {
  const setting = (settingName: string, value: object) => ({ settingName, settingValue: JSON.stringify(value) })
  return [
    setting('hostedPaymentReturnOptions', {
      showReceipt: false,
      url: returnUrl,
      urlText: 'Continue',
      cancelUrl,
      cancelUrlText: 'Cancel',
    }),
    ...(keeps
      ? [setting('hostedPaymentCustomerOptions', { showEmail: false, requiredEmail: false, addPaymentProfile: true })]
      : []),
  ]
}
