/** The invoices of one imitated store, and the coins that reached them. */
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Notice, openNotices } from '../../kit/notices.ts'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'

const NewInvoice = z.strictObject({
  amount: z.string().regex(/^\d+(\.\d+)?$/),
  currency: z.string().min(3).max(5),
  metadata: z.record(z.string(), z.unknown()).default({}),
  checkout: z
    .strictObject({
      expirationMinutes: z.int().positive().default(15),
      monitoringMinutes: z.int().positive().optional(),
      redirectURL: z.string().optional(),
      redirectAutomatically: z.boolean().optional(),
      speedPolicy: z.enum(['HighSpeed', 'MediumSpeed', 'LowMediumSpeed', 'LowSpeed']).optional(),
      paymentTolerance: z.number().optional(),
    })
    .default({ expirationMinutes: 15 }),
})

export type Invoice = {
  id: string
  amount: string
  currency: string
  metadata: Record<string, unknown>
  redirect: string
  createdTime: number
  expirationTime: number
  monitoringExpiration: number
  status: 'New' | 'Processing' | 'Settled' | 'Expired' | 'Invalid'
  additionalStatus: 'None' | 'PaidPartial' | 'PaidOver' | 'PaidLate' | 'Marked'
  /** Coins count without a confirmation, unless their transaction says that it may be replaced. */
  countsSeen: boolean
}
type Coins = { id: string; invoice: string; satoshi: number; status: 'Processing' | 'Settled' | 'Invalid'; at: number }

const satoshiPerCoin = 100_000_000
const asCoins = (satoshi: number) => (satoshi / satoshiPerCoin).toFixed(8)

export function openStore(
  kit: Kit,
  publicUrl: () => string,
  sign: (notice: Notice) => Record<string, string>,
  settings: { storeId: string; webhookUrl: string; rate: string; monitoringMinutes: number },
) {
  const invoices = kit.store.shelf<Invoice>('invoices')
  const coins = kit.store.shelf<Coins>('coins')
  const hook = kit.store.shelf<string>('webhook')
  if (settings.webhookUrl !== '') hook.put('url', settings.webhookUrl)
  const last = kit.store.shelf<Record<string, unknown>>('last_notice')
  const notices = openNotices(kit, sign)
  const now = () => Math.floor(kit.now().epochMilliseconds / 1000)

  /** Indented, as the server writes it: only the raw bytes verify. */
  function send(facts: Record<string, unknown>): void {
    last.put('notice', facts)
    const body = JSON.stringify(facts, null, 2)
    notices.tell({ type: String(facts.type), url: hook.get('url') ?? '', contentType: 'application/json', body })
  }
  function tell(type: string, { id, metadata }: Invoice, more: Record<string, unknown> = {}): void {
    const deliveryId = newId()
    const common = { deliveryId, webhookId: 'webhook', originalDeliveryId: deliveryId, isRedelivery: false }
    send({ ...common, type, timestamp: now(), storeId: settings.storeId, invoiceId: id, metadata, ...more })
  }

  function move(invoice: Invoice, patch: Partial<Invoice>): Invoice {
    const next = { ...invoice, ...patch }
    invoices.put(next.id, next)
    if (next.status !== invoice.status) kit.did(`invoice_${next.status.toLowerCase()}`, { invoice: next.id })
    return next
  }

  const dueOf = ({ amount }: Invoice) => Math.ceil((Number(amount) / Number(settings.rate)) * satoshiPerCoin)
  const coinsOf = (id: string) => [...coins.values()].filter((each) => each.invoice === id)
  const sumOf = (rows: readonly Coins[]) =>
    rows.filter(({ status }) => status !== 'Invalid').reduce((total, { satoshi }) => total + satoshi, 0)

  /** Time ends what waits. */
  function current(invoice: Invoice): Invoice {
    if (invoice.status === 'New' && now() >= invoice.expirationTime) {
      const partial = sumOf(coinsOf(invoice.id)) > 0
      const expired = move(invoice, { status: 'Expired', additionalStatus: partial ? 'PaidPartial' : 'None' })
      tell('InvoiceExpired', expired, { partiallyPaid: partial })
      return expired
    }
    if (invoice.status === 'Processing' && now() >= invoice.monitoringExpiration) {
      const invalid = move(invoice, { status: 'Invalid' })
      tell('InvoiceInvalid', invalid, { manuallyMarked: false })
      return invalid
    }
    return invoice
  }

  /** What all coins together make of an invoice. An expired one stays so, whatever comes. */
  function weigh(invoice: Invoice): Invoice {
    const own = coinsOf(invoice.id)
    const [due, seen] = [dueOf(invoice), sumOf(own)]
    const settled = sumOf(own.filter(({ status }) => status === 'Settled'))
    if (invoice.status === 'Expired') {
      const late = seen >= due ? 'PaidLate' : seen > 0 ? 'PaidPartial' : 'None'
      if (late === 'PaidLate' && invoice.additionalStatus !== late) {
        const paid = move(invoice, { additionalStatus: late })
        tell('InvoicePaidAfterExpiration', paid)
        return paid
      }
      return move(invoice, { additionalStatus: late })
    }
    if (invoice.status !== 'New' && invoice.status !== 'Processing') return invoice
    const over = seen > due ? 'PaidOver' : 'None'
    if (settled >= due) {
      const done = move(invoice, { status: 'Settled', additionalStatus: over })
      tell('InvoiceSettled', done, { manuallyMarked: false, overPaid: seen > due })
      return done
    }
    if (seen >= due && invoice.status === 'New') {
      const processing = move(invoice, { status: 'Processing', additionalStatus: over })
      tell('InvoiceProcessing', processing, { overPaid: seen > due })
      return processing
    }
    // A transaction that was replaced by another one gives the invoice its time back.
    if (seen < due) return move(invoice, { status: 'New', additionalStatus: seen > 0 ? 'PaidPartial' : 'None' })
    return invoice
  }

  const find = (id: string): Invoice | undefined => {
    const invoice = invoices.get(id)
    return invoice && current(invoice)
  }
  const read = (id: string): Invoice => {
    const invoice = find(id)
    if (invoice) return invoice
    throw new Refused(404, 'invoice-not-found', 'The invoice was not found')
  }
  const shown = (id: string) => {
    const { redirect, countsSeen: _, ...facts } = read(id)
    return {
      ...facts,
      storeId: settings.storeId,
      type: 'Standard',
      checkoutLink: `${publicUrl()}/i/${id}`,
      archived: false,
      availableStatusesForManualMarking: ['Settled', 'Invalid'],
      checkout: { redirectURL: redirect, redirectAutomatically: true },
    }
  }

  return {
    find,
    shown,
    all: () => [...invoices.values()].map(({ id }) => shown(id)),

    create(json: unknown) {
      const { amount, currency, metadata, checkout } = NewInvoice.parse(json)
      const at = now()
      const expirationTime = at + checkout.expirationMinutes * 60
      const made: Invoice = {
        id: newId(),
        amount,
        currency,
        metadata,
        redirect: checkout.redirectURL ?? '/',
        createdTime: at,
        expirationTime,
        monitoringExpiration: expirationTime + (checkout.monitoringMinutes ?? settings.monitoringMinutes) * 60,
        status: 'New',
        additionalStatus: 'None',
        countsSeen: checkout.speedPolicy === 'HighSpeed',
      }
      invoices.put(made.id, made)
      kit.did('invoice_created', { invoice: made.id })
      tell('InvoiceCreated', made)
      return shown(made.id)
    },

    methods(id: string) {
      const invoice = read(id)
      const own = coinsOf(id)
      return [
        {
          paymentMethodId: 'BTC-CHAIN',
          currency: 'BTC',
          activated: true,
          destination: 'bcrt1qimitation',
          rate: settings.rate,
          amount: asCoins(dueOf(invoice)),
          due: asCoins(Math.max(0, dueOf(invoice) - sumOf(own))),
          totalPaid: asCoins(sumOf(own)),
          paymentMethodPaid: asCoins(sumOf(own)),
          payments: own.map(({ id: coin, satoshi, status, at }) => ({
            id: coin,
            receivedDate: at,
            value: asCoins(satoshi),
            fee: '0',
            status,
            destination: 'bcrt1qimitation',
          })),
        },
      ]
    },

    send(id: string, { percent, ...coin }: { percent: number; settled: boolean; replaceable: boolean }) {
      const invoice = read(id)
      const settled = coin.settled || (invoice.countsSeen && !coin.replaceable)
      const satoshi = Math.ceil((dueOf(invoice) * percent) / 100)
      const made: Coins = { id: newId(), invoice: id, satoshi, status: settled ? 'Settled' : 'Processing', at: now() }
      coins.put(made.id, made)
      kit.did('coins_sent', { invoice: id, satoshi })
      const afterExpiration = invoice.status === 'Expired'
      tell('InvoiceReceivedPayment', invoice, { afterExpiration, paymentMethodId: 'BTC-CHAIN' })
      const weighed = weigh(invoice)
      if (settled) tell('InvoicePaymentSettled', weighed, { afterExpiration, paymentMethodId: 'BTC-CHAIN' })
      return shown(id)
    },

    /** Coins that were only seen are confirmed, or their transaction was replaced by another one and never came. */
    settle(id: string, outcome: 'settled' | 'replaced') {
      const invoice = read(id)
      for (const each of coinsOf(id).filter(({ status }) => status === 'Processing'))
        coins.put(each.id, { ...each, status: outcome === 'settled' ? 'Settled' : 'Invalid' })
      const weighed = weigh(invoice)
      if (outcome === 'settled')
        tell('InvoicePaymentSettled', weighed, { afterExpiration: invoice.status === 'Expired' })
      return shown(id)
    },

    mark(id: string, status: 'Settled' | 'Invalid') {
      const marked = move(read(id), { status, additionalStatus: 'Marked' })
      tell(status === 'Settled' ? 'InvoiceSettled' : 'InvoiceInvalid', marked, { manuallyMarked: true })
      return shown(id)
    },

    /** Metadata is replaced whole. */
    describe(id: string, metadata: Record<string, unknown>) {
      invoices.put(id, { ...read(id), metadata })
      return shown(id)
    },

    tellAt: (url: string): void => hook.put('url', url),

    redeliver(): string {
      const before = last.get('notice') ?? {}
      const deliveryId = newId()
      const again = { ...before, deliveryId, isRedelivery: true }
      send(again)
      return deliveryId
    },

    close: () => notices.close(),
  }
}

const newId = (): string =>
  createHash('sha256').update(randomBytes(16)).digest('base64url').replace(/[-_]/g, '').slice(0, 22)
