/** Gathers the App: the only place that names concrete adapters, ties jobs to use cases, and knows which facts a message tells. */

import { authorizenet } from '#adapters/gateways/authorizenet.ts'
import { bankTransfer } from '#adapters/gateways/bank-transfer.ts'
import { btcpay } from '#adapters/gateways/btcpay.ts'
import type { GatewayKind } from '#adapters/gateways/gateway.ts'
import { gocardless } from '#adapters/gateways/gocardless.ts'
import { manual } from '#adapters/gateways/manual.ts'
import { mollie } from '#adapters/gateways/mollie.ts'
import { nowpayments } from '#adapters/gateways/nowpayments.ts'
import { paypal } from '#adapters/gateways/paypal.ts'
import { sandbox } from '#adapters/gateways/sandbox.ts'
import { stripe } from '#adapters/gateways/stripe.ts'
import { httpPanel } from '#adapters/panels/http-panel.ts'
import { mediaServer } from '#adapters/panels/media-server.ts'
import { ministra } from '#adapters/panels/ministra.ts'
import { nxt } from '#adapters/panels/nxt.ts'
import { oneStream } from '#adapters/panels/onestream.ts'
import type { PanelKind } from '#adapters/panels/panel.ts'
import { xcVm } from '#adapters/panels/xc-vm.ts'
import { xtreamCodes } from '#adapters/panels/xtream-codes.ts'
import { xui } from '#adapters/panels/xui.ts'
import { xuiReseller } from '#adapters/panels/xui-reseller.ts'
import { smtp } from '#adapters/transports/smtp.ts'
import { smtpSettingsFromUrl } from '#adapters/transports/smtp-settings.ts'
import type { Transport, TransportKind } from '#adapters/transports/transport.ts'
import type { App, Shop, Teller } from '#app.ts'
import { moveAdoptionJob } from '#modules/adoption/jobs.ts'
import { moveAdoption } from '#modules/adoption/move-adoption.ts'
import { lookAtAffiliateJob } from '#modules/affiliates/jobs.ts'
import { lookAtAffiliate } from '#modules/affiliates/look-at-affiliate.ts'
import { moveAddOns } from '#modules/billing/apply-add-ons.ts'
import { movePlanChange } from '#modules/billing/apply-plan-change.ts'
import { matchEntries } from '#modules/billing/bank/match-entries.ts'
import { collectInvoice } from '#modules/billing/collect-invoice.ts'
import { compareGateway } from '#modules/billing/comparison/compare-gateway.ts'
import { forgetMethod } from '#modules/billing/forget-method.ts'
import { fulfilInvoice } from '#modules/billing/fulfil-invoice.ts'
import {
  collectInvoiceJob,
  compareGatewayJob,
  forgetMethodJob,
  fulfilInvoiceJob,
  matchEntriesJob,
  moveAddOnsJob,
  movePlanChangeJob,
  paymentMovedJob,
  processNoticeJob,
  readBalanceJob,
  refreshPaymentJob,
  refreshRefundJob,
  refreshSetupJob,
  spendBalanceJob,
  watchCardJob,
} from '#modules/billing/jobs.ts'
import { readBalance } from '#modules/billing/payouts/read-balance.ts'
import { processNotice } from '#modules/billing/process-notice.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { carryOut } from '#modules/billing/refund-payment.ts'
import { refreshSetup } from '#modules/billing/save-method.ts'
import { spendBalance } from '#modules/billing/spend-balance.ts'
import { completeTax } from '#modules/billing/tax/tax-in.ts'
import { billingTellers } from '#modules/billing/tell.ts'
import { priceTellers } from '#modules/billing/tell-price.ts'
import { watchCard } from '#modules/billing/watch-card.ts'
import { ratesKnownJob, readRatesJob } from '#modules/catalog/jobs.ts'
import { readRates } from '#modules/catalog/read-rates.ts'
import { expireOrderJob, settleOrderJob } from '#modules/checkout/jobs.ts'
import {
  expireOrder,
  orderIsReady,
  settleOrderById,
  settleOrderOfInvoice,
  settleOrderOfLine,
} from '#modules/checkout/settle-order.ts'
import { orderTellers } from '#modules/checkout/tell.ts'
import { executeStepSet, executeSteps } from '#modules/dunning/execute-steps.ts'
import { moveIncident } from '#modules/dunning/give-compensation.ts'
import { executeStepSetJob, executeStepsJob, moveIncidentJob, travelJob } from '#modules/dunning/jobs.ts'
import { incidentTellers } from '#modules/dunning/tell.ts'
import { outreachTellers } from '#modules/dunning/tell-outreach.ts'
import { travelOn } from '#modules/dunning/travel.ts'
import { carryLine } from '#modules/lines/carry-line.ts'
import { checkPanel } from '#modules/lines/check-panel.ts'
import { clearLeftover } from '#modules/lines/clear-leftover.ts'
import { nextWave } from '#modules/lines/evacuate-panel.ts'
import {
  carryLineJob,
  checkPanelJob,
  clearLeftoverJob,
  evacuatePanelJob,
  lineSettledJob,
  reconcileLineJob,
} from '#modules/lines/jobs.ts'
import { reconcileLine } from '#modules/lines/reconcile-line.ts'
import { lineTellers } from '#modules/lines/tell.ts'
import { sendMessageJob } from '#modules/messages/jobs.ts'
import { sendMessage } from '#modules/messages/send-message.ts'
import { openShop } from '#modules/people/business.ts'
import { peopleTellers } from '#modules/people/tell.ts'
import { restLines } from '#modules/reselling/branch.ts'
import { settleCreditOrder, topUp } from '#modules/reselling/buy-credits.ts'
import { tellCreditsShort } from '#modules/reselling/credits-short.ts'
import {
  restLinesJob,
  resumeCreditsJob,
  settleCreditOrderJob,
  tellBranchJob,
  topUpJob,
} from '#modules/reselling/jobs.ts'
import { resumeCredits } from '#modules/reselling/resume-credits.ts'
import { resellingTellers, tellBranch } from '#modules/reselling/tell-branch.ts'
import { announcePrices, withdrawPrices } from '#modules/subscriptions/announce-prices.ts'
import { applyPolicies } from '#modules/subscriptions/apply-policies.ts'
import {
  announcePricesJob,
  applyPoliciesJob,
  creditsShortJob,
  resumeWhenDueJob,
  withdrawPricesJob,
} from '#modules/subscriptions/jobs.ts'
import { resumeWhenDue } from '#modules/subscriptions/pause.ts'
import type { Job } from '#platform/jobs.ts'
import type { Handlers } from '#platform/worker/handlers.ts'
import { type SweepPlan, type SweepSet, sweepOnce } from '#platform/worker/sweep.ts'
import { withTwins } from './twins/out.ts'

const byKind = <Kind extends { kind: string }>(kinds: readonly Kind[]): ReadonlyMap<string, Kind> =>
  new Map(kinds.map((each) => [each.kind, each]))

export const panelKinds: ReadonlyMap<string, PanelKind> = byKind([
  xui as PanelKind,
  xcVm as PanelKind,
  xuiReseller as PanelKind,
  xtreamCodes as PanelKind,
  ministra as PanelKind,
  nxt as PanelKind,
  oneStream as PanelKind,
  mediaServer as PanelKind,
  httpPanel as PanelKind,
])
export const gatewayKinds: ReadonlyMap<string, GatewayKind> = byKind([
  stripe as GatewayKind,
  mollie as GatewayKind,
  paypal as GatewayKind,
  btcpay as GatewayKind,
  nowpayments as GatewayKind,
  authorizenet as GatewayKind,
  gocardless as GatewayKind,
  manual as GatewayKind,
  bankTransfer as GatewayKind,
  sandbox as GatewayKind,
])
export const transportKinds: ReadonlyMap<string, TransportKind> = byKind([smtp as TransportKind])
export const tellers: ReadonlyMap<string, Teller> = new Map(
  Object.entries({
    ...peopleTellers,
    ...lineTellers,
    ...billingTellers,
    ...priceTellers,
    ...outreachTellers,
    ...orderTellers,
    ...incidentTellers,
    ...resellingTellers,
  }),
)

/** Kinds from outside, see `plugins.ts`. */
export type OutsideKinds = { panels: readonly PanelKind[]; gateways: readonly GatewayKind[] }

const withOurs = <Kind extends { kind: string }>(ours: ReadonlyMap<string, Kind>, theirs: readonly Kind[] = []) =>
  theirs.length === 0 ? ours : byKind([...ours.values(), ...theirs])

/** What a test or a command hands in; tellers and our own kinds are always these. */
export const createApp = ({
  plugins,
  ...parts
}: Omit<App, 'panels' | 'gateways' | 'transports' | 'tellers' | 'lineUp'> & {
  plugins?: OutsideKinds | undefined
}): App => {
  const app: App = {
    ...parts,
    http: withTwins(parts.http, parts.log, () => app),
    panels: withOurs(panelKinds, plugins?.panels),
    gateways: withOurs(gatewayKinds, plugins?.gateways),
    transports: transportKinds,
    tellers,
    lineUp: orderIsReady,
  }
  return app
}

/** The installation's own mailer, from SMTP_URL. */
export function openMailer(
  app: Pick<App, 'config' | 'log' | 'clock' | 'allowPrivate'>,
): { transport: Transport; from: string } | null {
  if (app.config.smtpUrl === null) return null
  const settings = smtpSettingsFromUrl(app.config.smtpUrl)
  const transport = smtp.open(settings, { log: app.log, now: () => app.clock.now(), allowPrivate: app.allowPrivate })
  return { transport, from: settings.from_address }
}

export type JobHandler = { job: Job; run: (payload: unknown) => Promise<void> }

/** Each job with its use case. The payload names the business; its shop is opened for the system. */
export function jobHandlers(app: App): readonly JobHandler[] {
  const handle = <P extends { businessId: string }>(
    job: Job<P>,
    use: (shop: Shop, payload: P) => Promise<unknown>,
  ): JobHandler => ({
    job: job as Job,
    run: async (raw) => {
      const payload = job.payload.parse(raw)
      await use(await openShop(app, payload.businessId, 'system'), payload)
    },
  })
  return [
    handle(processNoticeJob, (shop, { noticeId, found }) => processNotice(shop, noticeId, found)),
    handle(refreshPaymentJob, (shop, { paymentId }) => refreshPayment(shop, paymentId)),
    handle(refreshRefundJob, (shop, { refundId }) => carryOut(shop, refundId)),
    handle(fulfilInvoiceJob, (shop, { invoiceId }) => fulfilInvoice(shop, invoiceId)),
    handle(spendBalanceJob, (shop, { customerId }) => spendBalance(shop, customerId)),
    handle(movePlanChangeJob, (shop, { changeId }) => movePlanChange(shop, changeId)),
    handle(moveAddOnsJob, (shop, { subscriptionId }) => moveAddOns(shop, subscriptionId)),
    handle(resumeWhenDueJob, (shop, { subscriptionId }) => resumeWhenDue(shop, subscriptionId)),
    handle(collectInvoiceJob, (shop, { invoiceId }) => collectInvoice(shop, invoiceId)),
    handle(forgetMethodJob, (shop, { methodId }) => forgetMethod(shop, methodId)),
    handle(refreshSetupJob, (shop, { setupId }) => refreshSetup(shop, setupId)),
    handle(compareGatewayJob, (shop, { comparisonId }) => compareGateway(shop, comparisonId)),
    handle(readBalanceJob, (shop, { gatewayAccountId }) => readBalance(shop, gatewayAccountId)),
    handle(matchEntriesJob, (shop, { importId }) => matchEntries(shop, importId)),
    handle(watchCardJob, (shop, { methodId }) => watchCard(shop, methodId)),
    handle(paymentMovedJob, (shop, { invoiceId }) => settleOrderOfInvoice(shop, invoiceId)),
    handle(reconcileLineJob, (shop, { lineId, ...begun }) => reconcileLine(shop, lineId, begun)),
    handle(checkPanelJob, (shop, { panelId }) => checkPanel(shop, panelId)),
    handle(carryLineJob, (shop, { moveId }) => carryLine(shop, moveId)),
    handle(clearLeftoverJob, (shop, { leftoverId }) => clearLeftover(shop, leftoverId)),
    handle(moveAdoptionJob, (shop, { adoptionId }) => moveAdoption(shop, adoptionId)),
    handle(evacuatePanelJob, (shop, { evacuationId }) => nextWave(shop, evacuationId)),
    handle(settleOrderJob, (shop, { orderId }) => settleOrderById(shop, orderId)),
    handle(lineSettledJob, (shop, { lineId }) => settleOrderOfLine(shop, lineId)),
    handle(sendMessageJob, (shop, { messageId, known, born }) => sendMessage(shop, messageId, known, born)),
    handle(executeStepsJob, (shop, { subscriptionId }) => executeSteps(shop, subscriptionId)),
    handle(executeStepSetJob, (shop, { ids }) => executeStepSet(shop, ids)),
    // Where the clock was moved, what is due now is looked for at once.
    handle(travelJob, async (shop) => {
      if (await travelOn(shop)) await sweepOnce({ db: app.db, log: app.log, sweep: sweepPlan, now: app.clock.now() })
    }),
    handle(moveIncidentJob, (shop, { incidentId }) => moveIncident(shop, incidentId)),
    handle(applyPoliciesJob, (shop, which) => applyPolicies(shop, which)),
    handle(announcePricesJob, (shop, which) => announcePrices(shop, which)),
    handle(withdrawPricesJob, (shop, which) => withdrawPrices(shop, which)),
    handle(resumeCreditsJob, (shop, { periodId }) => resumeCredits(shop, periodId)),
    handle(settleCreditOrderJob, (shop, { orderId }) => settleCreditOrder(shop, orderId)),
    handle(topUpJob, (shop, { resellerId }) => topUp(shop, resellerId)),
    handle(lookAtAffiliateJob, (shop, { affiliateId }) => lookAtAffiliate(shop, affiliateId)),
    handle(readRatesJob, (shop) => readRates(shop)),
    handle(ratesKnownJob, (shop) => completeTax(shop)),
    handle(restLinesJob, (shop) => restLines(shop)),
    handle(tellBranchJob, (shop, { businessId: _, ...told }) => tellBranch(shop, told)),
    handle(creditsShortJob, (shop) => tellCreditsShort(shop)),
    handle(expireOrderJob, (shop, { orderId }) => expireOrder(shop, orderId)),
  ]
}

/** What the sweep nudges: a kind of due work (migration 0011), its job, and how an id becomes the job's payload. */
export const sweepKinds: readonly { kind: string; job: Job; payloadKey: string; set?: SweepSet }[] = [
  { kind: 'notice', job: processNoticeJob as Job, payloadKey: 'noticeId' },
  { kind: 'payment', job: refreshPaymentJob as Job, payloadKey: 'paymentId' },
  { kind: 'refund', job: refreshRefundJob as Job, payloadKey: 'refundId' },
  { kind: 'invoice', job: fulfilInvoiceJob as Job, payloadKey: 'invoiceId' },
  { kind: 'plan_change', job: movePlanChangeJob as Job, payloadKey: 'changeId' },
  { kind: 'add_on', job: moveAddOnsJob as Job, payloadKey: 'subscriptionId' },
  { kind: 'pause', job: resumeWhenDueJob as Job, payloadKey: 'subscriptionId' },
  { kind: 'collection', job: collectInvoiceJob as Job, payloadKey: 'invoiceId' },
  { kind: 'method', job: forgetMethodJob as Job, payloadKey: 'methodId' },
  { kind: 'setup', job: refreshSetupJob as Job, payloadKey: 'setupId' },
  { kind: 'bank', job: matchEntriesJob as Job, payloadKey: 'importId' },
  { kind: 'card', job: watchCardJob as Job, payloadKey: 'methodId' },
  { kind: 'line', job: reconcileLineJob as Job, payloadKey: 'lineId' },
  { kind: 'panel', job: checkPanelJob as Job, payloadKey: 'panelId' },
  { kind: 'move', job: carryLineJob as Job, payloadKey: 'moveId' },
  { kind: 'leftover', job: clearLeftoverJob as Job, payloadKey: 'leftoverId' },
  { kind: 'adoption', job: moveAdoptionJob as Job, payloadKey: 'adoptionId' },
  { kind: 'evacuation', job: evacuatePanelJob as Job, payloadKey: 'evacuationId' },
  { kind: 'message', job: sendMessageJob as Job, payloadKey: 'messageId' },
  {
    kind: 'subscription',
    job: executeStepsJob as Job,
    payloadKey: 'subscriptionId',
    set: { job: executeStepSetJob.name, size: 100, limit: 10_000 },
  },
  { kind: 'incident', job: moveIncidentJob as Job, payloadKey: 'incidentId' },
  { kind: 'affiliate', job: lookAtAffiliateJob as Job, payloadKey: 'affiliateId' },
  { kind: 'credit_order', job: settleCreditOrderJob as Job, payloadKey: 'orderId' },
  { kind: 'top_up', job: topUpJob as Job, payloadKey: 'resellerId' },
  { kind: 'credits', job: resumeCreditsJob as Job, payloadKey: 'periodId' },
  { kind: 'settle', job: settleOrderJob as Job, payloadKey: 'orderId' },
  { kind: 'order', job: expireOrderJob as Job, payloadKey: 'orderId' },
  { kind: 'travel', job: travelJob as Job, payloadKey: 'businessId' },
]

/** For `startWorker` and `drain`. */
export const workerHandlers = (app: App): Handlers =>
  new Map(jobHandlers(app).map(({ job, run }) => [job.name, { payload: job.payload, swept: job.swept, run }]))

export const sweepPlan: SweepPlan = {
  limit: 1_000,
  kinds: new Map(
    sweepKinds.map(({ kind, job, payloadKey, set }) => [
      kind,
      { job: job.name, toPayload: (businessId: string, id: string) => ({ businessId, [payloadKey]: id }), set },
    ]),
  ),
}
