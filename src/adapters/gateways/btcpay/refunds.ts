/**
 * Money back by BTCPay: coins cannot be sent back the way they came, so a refund is a *pull payment*, a page on which the buyer names the address
 * that he wants them at. It is done when what he claimed there was sent. Pull payments know no invoice and no key against doing it twice: the
 * invoice's metadata names our refunds before they are made, and a pull payment bears the name of its refund.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { type Money, plus, sum, toDecimal } from '#platform/money.ts'
import { add, exactly, floorTo, nothing } from '../decimals.ts'
import type { RefundSnapshot } from '../gateway.ts'
import type { Call } from '../json-api.ts'
import type { Invoice } from './snapshot.ts'

/** Of an invoice's metadata: our names of the refunds that were asked for. */
const refundsKey = 'linekeeper_refunds'

const PullPayment = z.object({
  id: z.string(),
  name: z.string().nullish(),
  currency: z.string(),
  amount: z.string(),
  archived: z.boolean().default(false),
  viewLink: z.url(),
})
type PullPayment = z.infer<typeof PullPayment>

/** `originalAmount` is in the pull payment's currency; servers before 2.0 call it `amount`. */
const Payouts = z.array(
  z.object({ state: z.string(), originalAmount: z.string().nullish(), amount: z.string().nullish() }),
)

const namesOf = ({ metadata }: Invoice): string[] => z.array(z.string()).safeParse(metadata?.[refundsKey]).data ?? []

export function refundsAt(call: Call, store: string) {
  /** All that were made, also those whose answer was lost. Of an invoice that nothing was given back of nobody is asked. */
  async function of(invoice: Invoice): Promise<RefundSnapshot[]> {
    const names = namesOf(invoice)
    return names.length === 0 ? [] : list(names)
  }

  async function list(names: readonly string[]): Promise<RefundSnapshot[]> {
    const path = `${store}/pull-payments?includeArchived=true`
    const made = (await call({ method: 'GET', path }, z.array(PullPayment)))
      .filter(({ name }) => names.includes(name ?? ''))
      .toSorted((a, b) => a.id.localeCompare(b.id))
    const once = made.filter(({ name }, index) => made.findIndex((each) => each.name === name) === index)
    return Promise.all(once.map(seen))
  }

  async function seen(pull: PullPayment): Promise<RefundSnapshot> {
    const payouts = await call({ method: 'GET', path: `/api/v1/pull-payments/${pull.id}/payouts` }, Payouts)
    return snapshotOf(pull, payouts)
  }

  return {
    of,
    async ask(
      invoice: Invoice,
      { ourRef, amount, reason }: { ourRef: string; amount: Money; reason: string },
      received: Money,
    ): Promise<RefundSnapshot> {
      const asked = namesOf(invoice)
      // A key that could not see later what became of it must not begin: what was begun may be there, whatever the key may now.
      const before = await (asked.includes(ourRef) ? list(asked) : list(asked).catch(lackingRight))
      const same = before.find((each) => each.ourRef === ourRef)
      if (same !== undefined) return same
      const given = sum(
        amount.currency,
        before.filter(({ status }) => status !== 'canceled' && status !== 'failed').map((each) => each.amount),
      )
      if (plus(given, amount).minor > received.minor)
        throw new ProviderError('btcpay', 'rejected', 'More would go back than came.', { code: 'too_much' })
      const names = [...new Set([...asked, ourRef])]
      const metadata = { ...invoice.metadata, [refundsKey]: names }
      await call({ method: 'PUT', path: `${store}/invoices/${invoice.id}`, json: { metadata } }, z.unknown())
      const json = {
        name: ourRef,
        description: reason.slice(0, 250),
        refundVariant: 'Custom',
        customAmount: toDecimal(amount),
        customCurrency: amount.currency,
      }
      const path = `${store}/invoices/${invoice.id}/refund`
      return seen(await call({ method: 'POST', path, json }, PullPayment).catch(lackingRight))
    },
  }
}

/** A key that may not is no passing trouble: staff are told at once what it lacks. */
function lackingRight(error: unknown): never {
  if (error instanceof ProviderError && error.kind === 'auth_failed')
    throw new ProviderError('btcpay', 'rejected', `The API key may not give money back: ${error.message}`, {
      code: 'missing_permission',
      cause: error,
    })
  throw error
}

/** What was claimed may be approved, sent, or canceled by the operator; then it can be claimed again. */
function snapshotOf(pull: PullPayment, payouts: z.infer<typeof Payouts>): RefundSnapshot {
  const { id, name, currency, archived, viewLink } = pull
  const exact = (text: string) => exactly('btcpay', text)
  const amount = floorTo(currency, exact(pull.amount))
  const worth = (states: readonly string[]) =>
    floorTo(
      currency,
      payouts
        .filter(({ state }) => states.includes(state))
        .map((each) => exact(each.originalAmount ?? each.amount ?? '0'))
        .reduce(add, nothing),
    ).minor
  const [sent, claimed] = [worth(['Completed']), worth(['AwaitingApproval', 'AwaitingPayment', 'InProgress'])]
  const facts = { ref: id, ourRef: name ?? null, amount }
  if (sent >= amount.minor) return { ...facts, status: 'succeeded', reason: null }
  if (claimed > 0n && (archived || sent + claimed >= amount.minor))
    return { ...facts, status: 'pending', reason: sent > 0n ? 'only a part of it was sent yet' : null }
  // Withdrawn when a part was sent already: that part has gone, and no more will go.
  if (archived && sent > 0n)
    return {
      ...facts,
      amount: { ...amount, minor: sent },
      status: 'succeeded',
      reason: 'Only a part of it was sent; the rest of the claim was withdrawn in BTCPay.',
    }
  if (archived) return { ...facts, status: 'canceled', reason: 'The claim was withdrawn in BTCPay.' }
  return { ...facts, status: 'requires_action', reason: null, claimUrl: viewLink }
}
