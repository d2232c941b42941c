/** What buyers do on the hosted page, and what happens to their payment afterwards. */
import { type Account, change } from './account.ts'
import { createCustomer, createSetup, failSetup, finishSetup } from './customers.ts'
import { unable } from './errors.ts'
import { addCard, addDebit, debitOf, testCards } from './methods.ts'
import { emit } from './notices.ts'
import type { PaymentIntent, PaymentMethod, Session } from './objects.ts'
import { attempt, createIntent, settle } from './payments.ts'
import { detailsOf, expireSession } from './sessions.ts'

/**
 * `card` pays, `declined` is refused for want of funds, `authenticate` waits for the payer's bank, `authenticated` and
 * `not_authenticated` answer it, `delayed` and `delayed_fails` are a debit that takes days, `back` leaves. The name of a test
 * card (`pm_card_chargeDeclinedLostCard`) pays with that one.
 */
export const ways = [
  'card',
  'declined',
  'authenticate',
  'authenticated',
  'not_authenticated',
  'delayed',
  'delayed_fails',
  'back',
] as const
type Way = (typeof ways)[number]

const cards: Partial<Record<Way, string>> = {
  card: 'pm_card_visa',
  declined: 'pm_card_chargeDeclinedInsufficientFunds',
  authenticate: 'pm_card_authenticationRequiredOnSetup',
}

export const isWay = (how: string): boolean => (ways as readonly string[]).includes(how) || how in testCards

/** Does what the buyer chose and answers the session as it is then. A session that is not open does not change. */
export function payOn(account: Account, session: Session, how: string, email: string | null): Session {
  if (session.status !== 'open' || how === 'back') return session
  const mine = session.customer_email ?? account.customers.get(session.customer ?? '')?.email ?? email
  if (how === 'authenticated' || how === 'not_authenticated')
    return answerBank(account, session, how === 'authenticated')
  if (how === 'delayed' || how === 'delayed_fails') return payByDebit(account, session, how, mine)

  const method = addCard(account, cards[how as Way] ?? how, null, mine)
  if (session.mode === 'setup') return saveMethod(account, session, method, how !== 'declined', mine)
  const { intent, session: begun } = intentOf(account, session, mine)
  return follow(account, begun, attempt(account, intent, method))
}

function payByDebit(
  account: Account,
  session: Session,
  how: 'delayed' | 'delayed_fails',
  email: string | null,
): Session {
  const kind = debitOf[session.currency ?? '']
  if (session.mode !== 'payment' || !kind || !session.payment_method_types.includes(kind)) {
    return unable('This Checkout Session offers no delayed payment method.')
  }
  const { intent, session: begun } = intentOf(account, session, email)
  const processing = attempt(account, intent, addDebit(account, kind, null, email))
  const wait = account.settings.settleAfterSeconds
  if (wait !== null) {
    account.plannedOutcomes.put(intent.id, {
      intent: intent.id,
      at: account.now() + wait,
      outcome: how === 'delayed' ? 'succeeded' : 'failed',
    })
  }
  return follow(account, begun, processing)
}

function answerBank(account: Account, session: Session, accepted: boolean): Session {
  const intent = session.payment_intent === null ? undefined : account.intents.get(session.payment_intent)
  if (intent?.status !== 'requires_action') return unable('The bank asks for nothing here.')
  return follow(account, session, settle(account, intent, accepted ? 'succeeded' : 'failed'))
}

/** The intent is born with the first try to pay and lives through all of them. */
function intentOf(
  account: Account,
  session: Session,
  email: string | null,
): { intent: PaymentIntent; session: Session } {
  const existing = session.payment_intent === null ? undefined : account.intents.get(session.payment_intent)
  if (existing) return { intent: existing, session }

  const plan = account.intentPlans.get(session.id) ?? {}
  const keeps = session.customer_creation === 'always' || (plan.setup_future_usage ?? null) !== null
  const customer = session.customer ?? (keeps ? createCustomer(account, { email }).id : null)
  const intent = createIntent(account, {
    ...plan,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? '',
    customer,
    payment_method_types: session.payment_method_types,
  })
  account.sessionOfIntent.put(intent.id, session.id)
  return {
    intent,
    session: change(account.sessions, session, {
      payment_intent: intent.id,
      customer,
      customer_details: detailsOf(email),
    }),
  }
}

/** The session learns how the try ended. */
function follow(account: Account, session: Session, intent: PaymentIntent): Session {
  if (intent.status !== 'succeeded' && intent.status !== 'processing') return session
  const paid = intent.status === 'succeeded'
  const complete = change(account.sessions, session, {
    status: 'complete',
    payment_status: paid ? 'paid' : 'unpaid',
    url: null,
  })
  account.openSessions.delete(session.id)
  account.kit.did('session_completed', { session: session.id, payment_intent: intent.id, paid: paid ? 1 : 0 })
  emit(account, 'checkout.session.completed', complete)
  return complete
}

function saveMethod(
  account: Account,
  session: Session,
  method: PaymentMethod,
  works: boolean,
  email: string | null,
): Session {
  const creates = session.customer_creation === 'always'
  const customer = session.customer ?? (creates ? createCustomer(account, { email }).id : null)
  const plan = account.intentPlans.get(session.id) ?? {}
  const setup =
    (session.setup_intent === null ? undefined : account.setups.get(session.setup_intent)) ??
    createSetup(account, {
      customer,
      description: plan.description ?? null,
      metadata: plan.metadata ?? {},
      types: session.payment_method_types,
    })
  const begun = change(account.sessions, session, { setup_intent: setup.id, customer })
  if (!works) {
    failSetup(account, setup, method)
    return begun
  }
  finishSetup(account, setup, method)
  const complete = change(account.sessions, begun, { status: 'complete', url: null })
  account.openSessions.delete(session.id)
  emit(account, 'checkout.session.completed', complete)
  return complete
}

/** Ends what is open on an intent; a debit's session is told days after it was complete. */
export function settleIntent(account: Account, intent: PaymentIntent, outcome: 'succeeded' | 'failed'): PaymentIntent {
  const wasDebit = intent.status === 'processing'
  const settled = settle(account, intent, outcome)
  const session = account.sessions.get(account.sessionOfIntent.get(intent.id) ?? '')
  if (!session) return settled
  if (!wasDebit) {
    follow(account, session, settled)
    return settled
  }
  if (outcome === 'succeeded') {
    emit(
      account,
      'checkout.session.async_payment_succeeded',
      change(account.sessions, session, { payment_status: 'paid' }),
    )
  } else {
    emit(account, 'checkout.session.async_payment_failed', session)
  }
  return settled
}

/** What time alone brings about: sessions expire, planned outcomes happen. */
export function passTime(account: Account): void {
  const now = account.now()
  account.cause = { id: null, idempotency_key: null }
  for (const { session: id, at } of [...account.openSessions.values()]) {
    const session = at <= now ? account.sessions.get(id) : undefined
    if (session) expireSession(account, session)
  }
  for (const { intent: id, at, outcome } of [...account.plannedOutcomes.values()]) {
    const intent = at <= now ? account.intents.get(id) : undefined
    if (intent) settleIntent(account, intent, outcome)
  }
}
