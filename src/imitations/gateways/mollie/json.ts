/** The objects as Mollie shows them. */
import { sum } from '#platform/money.ts'
import { type Account, type Chargeback, type Mandate, type Payment, type Refund, remaining } from './account.ts'
import { amountOf, mollieAmount } from './values.ts'

const link = (href: string, type = 'application/hal+json') => ({ href, type })

export function paymentJson(
  { account, publicUrl }: { account: Account; publicUrl: () => string },
  payment: Payment,
  embed: readonly string[] = [],
): object {
  const { currency } = payment.amount
  const refunds = account.refundsOf(payment.id)
  const chargebacks = account.chargebacksOf(payment.id)
  const total = (rows: readonly { amount: Payment['amount'] }[]) =>
    mollieAmount(
      sum(
        currency,
        rows.map(({ amount }) => amountOf(amount)),
      ),
    )
  const { isCancelable, ...facts } = payment
  return {
    resource: 'payment',
    mode: 'test',
    ...facts,
    ...(payment.status === 'open' || payment.status === 'pending' ? { isCancelable } : {}),
    ...(payment.status === 'paid'
      ? {
          amountRefunded: total(refunds.filter(({ status }) => status !== 'failed')),
          amountRemaining: mollieAmount(remaining(payment, refunds)),
          amountChargedBack: total(chargebacks),
        }
      : {}),
    profileId: 'pfl_QkEhN94Ba',
    _embedded: {
      ...(embed.includes('refunds') ? { refunds: refunds.map(refundJson) } : {}),
      ...(embed.includes('chargebacks') ? { chargebacks: chargebacks.map(chargebackJson) } : {}),
    },
    _links: {
      self: link(`${publicUrl()}/v2/payments/${payment.id}`),
      ...(payment.status === 'open' && payment.redirectUrl
        ? { checkout: link(`${publicUrl()}/checkout/${payment.id}`, 'text/html') }
        : {}),
    },
  }
}

export const refundJson = (refund: Refund): object => ({
  resource: 'refund',
  mode: 'test',
  ...refund,
  settlementAmount: { ...refund.amount, value: `-${refund.amount.value}` },
  _links: {},
})

export const chargebackJson = (chargeback: Chargeback): object => ({
  resource: 'chargeback',
  ...chargeback,
  settlementAmount: { ...chargeback.amount, value: `-${chargeback.amount.value}` },
  reason: { code: 'MD06', description: 'Returned by the payer' },
  reversedAt: null,
  _links: {},
})

export function mandateJson({ id, method, status, createdAt }: Mandate): object {
  const card = {
    cardHolder: 'Z. Buyer',
    cardNumber: '4242',
    cardLabel: 'Visa',
    cardFingerprint: 'fHB3CCKx9REkz8fPplT8N4nq',
    cardExpiryDate: '2031-12-31',
  }
  const wallet = { consumerName: 'Z. Buyer', consumerAccount: 'z.buyer@example.org' }
  const account = { consumerName: 'Z. Buyer', consumerAccount: 'NL55INGB0000001234', consumerBic: 'INGBNL2A' }
  return {
    resource: 'mandate',
    id,
    mode: 'test',
    status,
    method,
    details: method === 'creditcard' ? card : method === 'paypal' ? wallet : account,
    mandateReference: null,
    signatureDate: createdAt.slice(0, 10),
    createdAt,
    _links: {},
  }
}
