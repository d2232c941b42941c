/** Every point at which a process can be told to die, as the source names them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '..', '..', 'src')

/** Commits by name, and remote calls. */
export function namedPoints(): string[] {
  const names = new Set<string>()
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.includes('.test') || !/^(modules|platform|app\.ts)/.test(file)) continue
    const text = readFileSync(join(source, file), 'utf8')
    for (const [, name] of text.matchAll(/\b(?:transaction|jointTransaction|single|singleOf)\(\s*\w+,\s*'([a-z-]+)'/g))
      names.add(name as string)
    for (const [, name] of text.matchAll(/\b(?:inTransaction|alone)\(\s*[\w.]+,\s*\{[^}]*\},\s*'([a-z-]+)'/g))
      names.add(name as string)
    for (const [, name] of text.matchAll(/crashPoint\('([\w-]+)(?::\w+)?'\)/g)) names.add(name as string)
  }
  for (const operation of ['findLine', 'createLine']) names.add(`panel-${operation}`)
  return [...names].sort()
}

/** `confirm-payment:before-commit` belongs to `confirm-payment`. */
export const nameOf = (point: string): string => point.split(':')[0] ?? point

const byHand = 'an act of a person in one commit: it happened or it did not, and whoever asked sees which'
const setUp = 'setting up a business: nothing is sold yet, and each step can be repeated'
const winds =
  'a shop that closes: each round finds what is left to do, and both of its steps may come twice (winding-down.test.ts dies between them)'
const afterAChange =
  'a batch that only writes what differs; killed before its commit it is done anew, and it nudges the next in the same commit'
const door = 'finding out who asks: nothing of the main job is changed'
const aLook = 'only reads'
const oneCommit =
  'the whole job is this one commit: killed before it the sweep begins anew, after it there is nothing left'

const readsBalance =
  'what a gateway kept and paid out is read apart from the main job: each commit says how far it got, and each move is booked once (gateway-fees.test.ts dies at each)'

const spends =
  'only on panels that charge each call: killed before or after it, the next look finds what was written down (charged-panel.test.ts)'

const collects =
  'what is collected for a reseller is read apart from the main job: each movement comes once into each book, by its own id (collecting.test.ts dies at each)'

const expires =
  'credits that last for a time leave in one commit of a nightly round, apart from the main job; once they are gone nothing is too old (expiring-credits.test.ts dies there)'

const compares =
  'a comparison of a panel: each of its commits says how far it got, and the sweep goes on from there (reconciliation.test.ts breaks it off between two)'
const adopts =
  'no step of the main job: each commit says how far it got, and the sweep goes on behind it (adoption.test.ts breaks it off at each)'
const moves =
  'until the switch nothing is lost: killed before or after it, the lease runs out, and the next look finds what was made (moves.test.ts)'

const statesTax =
  'what a paper states of its tax is filled in apart from the main job, once and by its own trigger (tax-in.test.ts dies there)'

const inTests =
  'only where mail reaches nobody: killed before or after it, the lease runs out, and what may come twice is put down once'

const notTaken =
  'the twin of save-accepted for a mail that the server did not take: killed before it, the lease runs out, as after a kill at mail-send'

const ownTable =
  'only on panels whose lines are in our own table: killed before or after it, the job of the line looks first, as after a kill at panel-createLine (media-server.test.ts)'

const sampled =
  'who watches is a sample: lost with the process, one of them is missing, and the next is taken in five minutes'

const lookedAt =
  'a look at a panel: lost with the process, the next comes in five minutes (modules/lines/panel-health.test.ts)'

const pageOfAMethod =
  'nobody was shown the page; killed before it, the sweep ends the attempt, as after a kill at save-setup'

const joins =
  'a reseller joins: each step is safe to repeat, and the same link goes on where it was left (scenarios/resellers.test.ts)'

const ofResellers =
  'only for lines on the panel of a parent: killed before it the sweep finds the period that is due, waits or is held; each may run twice (scenarios/resellers.test.ts)'

const ofABank =
  'no step of the main job: an import is killed at each of its own points (scenarios/bank-statements.test.ts)'

const comparesMoney =
  'no step of the main job: a comparison with a gateway says in each commit how far it got, and is killed at its own points (scenarios/comparison.test.ts)'

const ofADispute =
  'no step of the main job: one commit per answer, which books only what differs; killed around it, the notice or tomorrow’s look asks anew (scenarios/disputes.test.ts)'

const ofRates =
  'no step of the main job: rates are kept in one commit, a day once; killed before it, the next hour asks again (scenarios/exchange.test.ts dies at each)'

/** Commits that are not walked, with what makes a kill at them harmless. A new name is walked, or gets its reason here. */
export const excluded: Readonly<Record<string, string>> = {
  'begin-wave-for-reseller': moves,
  'drop-for-reseller': moves,
  'rotate-api-key': byHand,
  'rename-line': byHand,
  'read-resume-order': aLook,
  'tell-wallet':
    'the own history of an act that the supplier’s books have already: killed before it, theirs alone tells of it (decision 98)',
  'keep-name':
    'no step of the main job: a name that the panel refused is given up in one commit; killed before it, the next try is refused the same way (scenarios/logins.test.ts)',
  'read-where': aLook,
  'read-batch': aLook,
  'read-names': aLook,
  'read-product': aLook,
  'complete-tax': statesTax,
  'open-form': aLook,
  'rates-to-read': aLook,
  'fetch-rates': ofRates,
  'save-rates': ofRates,
  'rates-not-told': ofRates,
  'judge-rates': ofRates,
  'read-journal': aLook,
  'read-packs': aLook,
  'mark-account': aLook,
  'read-top-up': aLook,
  'read-purchases': aLook,
  'start-acting': byHand,
  'note-acting': 'the second half of an act by hand: the history of the business that was entered has it already',
  'read-acting': aLook,
  'save-host-name': byHand,
  'read-host-name': aLook,
  'verify-host-name': byHand,
  'read-viewer-name': aLook,
  'find-viewer-names': aLook,
  'read-shared-panel': aLook,
  'save-viewer-name': byHand,
  'mail-limit':
    'only for a business with a limit of mails: one commit that moves a message to its later place, or nothing',
  'look-at-affiliate': oneCommit,
  'pay-affiliate': byHand,
  'take-back-payout': byHand,
  'lend-gateway': byHand,
  'take-back-gateway': byHand,
  collect: collects,
  'settle-collected': collects,
  'close-statement': collects,
  'close-month': collects,
  'pay-reseller': collects,
  'read-handed-on': aLook,
  'read-lent-payments': aLook,
  'read-lenders': aLook,
  'buy-credits': byHand,
  'read-lasting-wallets': aLook,
  'expire-credits': expires,
  'tell-credits-expire': expires,
  'save-resume-order': byHand,
  'read-notice-again': byHand,
  'save-top-up': byHand,
  'settle-credit-order': oneCommit,
  'top-up': ofResellers,
  'top-up-failed': oneCommit,
  'tell-top-up-failed': oneCommit,
  'top-up-settled': oneCommit,
  'declined-top-ups': aLook,
  'read-credit-order': aLook,
  'note-top-up-told': oneCommit,
  'wallets-to-look-at': aLook,
  'read-wallet-alarm': aLook,
  'save-wallet-alarm': byHand,
  'save-wallet-look': oneCommit,
  'tell-credits-low': oneCommit,
  'credits-enough': oneCommit,
  'suspend-branch': byHand,
  'lift-branch': byHand,
  'close-branch': byHand,
  'wind-down': byHand,
  'stop-winding-down': byHand,
  'closing-businesses': aLook,
  'read-closing': aLook,
  'end-with-shop': winds,
  'forget-closing-end': winds,
  'move-branch': byHand,
  'rest-lines': afterAChange,
  'tell-branch': afterAChange,
  'invite-member': byHand,
  'seal-history': oneCommit,
  'find-unsealed': aLook,
  'forget-origins': afterAChange,
  'forget-words':
    'the daily upkeep empties what is old: what was left is emptied the next day (`notices.test.ts` does it twice)',
  'invite-reseller': byHand,
  'withdraw-invitation': byHand,
  'read-invitation': aLook,
  'choose-child': joins,
  'set-up-reseller': joins,
  'accept-invitation': joins,
  'read-own-wallet': aLook,
  'tell-credits-short': oneCommit,
  'read-period-credits': aLook,
  'read-next-waiting': aLook,
  'credits-are-enough': oneCommit,
  'take-credits': ofResellers,
  'post-credits': ofResellers,
  'read-catalog': aLook,
  'read-twin': aLook,
  'read-calls': aLook,
  'sync-twin': byHand,
  'look-above': aLook,
  'catch-mail': inTests,
  'clean-twin': afterAChange,
  'read-test-mode': aLook,
  'note-test-key': byHand,
  'create-api-key': byHand,
  'read-message': aLook,
  'read-notice': aLook,
  'save-delivery': notTaken,
  'message-not-rendered': 'nothing has left yet; killed before it, the lease runs out, as after a kill at mail-send',
  'read-alarm': aLook,
  'read-order': aLook,
  'read-setup': aLook,
  'read-order-view': aLook,
  'read-payment': aLook,
  'find-order': aLook,
  'has-owner': aLook,
  'read-access': aLook,
  'ask-access': aLook,
  'panels-to-watch': aLook,
  sellers: aLook,
  'watch-panel': sampled,
  'note-usage': sampled,
  'usage-told': sampled,
  'forget-usage': sampled,
  'panels-to-look-at': aLook,
  'look-at-panel': lookedAt,
  'panel-looked-at': lookedAt,
  'panel-not-seen': lookedAt,
  'forget-looks': sampled,
  'forget-requests': sampled,
  'write-access': ownTable,
  'note-asked': 'a figure of what media servers were told: lost with the process, a minute of it is missing',
  'note-viewers': 'who watches on media servers: lost with the process, a minute of it is missing',
  membership: door,
  'memberships-of': door,
  'begin-idempotent': door,
  'find-api-key': door,
  'use-api-key': door,
  'forget-attempts': door,
  'rate-limit': door,
  'sign-in': door,
  'attest-rights': setUp,
  'create-business': setUp,
  'first-owner': setUp,
  'gateway-test-failed': setUp,
  'gateway-tested': setUp,
  'mail-tested': setUp,
  'open-for-business': setUp,
  'panel-tested': setUp,
  'queue-test': setUp,
  'default-method': byHand,
  'cancel-order': byHand,
  'import-statement': ofABank,
  'look-at-entries': ofABank,
  'book-sure-entry': ofABank,
  'entry-not-booked': ofABank,
  'entries-matched': ofABank,
  'gateways-to-compare': comparesMoney,
  'take-comparison': comparesMoney,
  'match-listed': comparesMoney,
  'save-listed-page': comparesMoney,
  'weigh-list': comparesMoney,
  'doubt-list': comparesMoney,
  'save-looked-up': comparesMoney,
  'save-looked-again': comparesMoney,
  'break-comparison': comparesMoney,
  'gateway-listMoney': comparesMoney,
  'balances-to-read': readsBalance,
  'take-reading': readsBalance,
  'save-moves': readsBalance,
  'book-moves': readsBalance,
  'read-unknown-disputes': aLook,
  'save-told-payouts': readsBalance,
  'payouts-without-parts': aLook,
  'save-parts': readsBalance,
  'balance-read': readsBalance,
  'break-reading': readsBalance,
  'gateway-listMoves': readsBalance,
  'gateway-listPayouts': readsBalance,
  'gateway-listPayoutMoves': readsBalance,
  'match-payout': byHand,
  'unmatch-payout': byHand,
  'settle-payout': byHand,
  'book-difference': byHand,
  'move-difference': byHand,
  'read-booked': aLook,
  'read-differences': aLook,
  'book-entry': byHand,
  'make-voucher-codes': byHand,
  'void-vouchers': byHand,
  'withdraw-quote': byHand,
  'read-quote': aLook,
  'redeem-voucher': byHand,
  'redeem-money': byHand,
  'move-entry': byHand,
  'assign-policy': byHand,
  'change-plan': byHand,
  'change-add-on': byHand,
  'undo-add-on': byHand,
  'move-add-ons': oneCommit,
  'watch-card': oneCommit,
  'setup-not-started': pageOfAMethod,
  'setup-never-shown': oneCommit,
  'setup-not-fetched': oneCommit,
  'move-end': byHand,
  'restore-by-hand': byHand,
  'cancel-at-end': byHand,
  'join-household': byHand,
  'leave-household': byHand,
  'read-households': aLook,
  'undo-cancel': byHand,
  'cancel-now': 'one commit with the refunds that it asks for; the sweep carries out what was not',
  pause: byHand,
  'resume-paused': byHand,
  'undo-plan-change': byHand,
  'give-free-days': byHand,
  'mark-received': byHand,
  'count-stray': byHand,
  'keep-stray': byHand,
  'return-stray':
    'stored before the gateway is asked, as request-refund is; what dies behind it the sweep carries out (scenarios/stray-money.test.ts dies there)',
  'receive-from-customer': byHand,
  'resume-by-hand': byHand,
  'suspend-by-hand': byHand,
  'terminate-by-hand': byHand,
  'take-out-of-queue': byHand,
  'move-plan-change': oneCommit,
  'resume-when-due': oneCommit,
  'nothing-to-ask': oneCommit,
  'execute-steps': oneCommit,
  'expire-order': oneCommit,
  'fulfil-invoice': oneCommit,
  'payment-disputed': 'raised once per payment; killed before it, the notice begins anew',
  'apply-refund':
    'no step of the main job: a refund is booked once, whoever tells of it; killed before it, the notice begins anew',
  'spend-balance':
    'no step of the main job: one commit that pays an invoice from money that is here; killed before it, its job begins anew',
  'read-owed': aLook,
  'read-disputed': aLook,
  'read-disputes': aLook,
  'read-dispute': aLook,
  'gateway-fetchDispute': ofADispute,
  'gateway-submitEvidence': ofADispute,
  'read-evidence': aLook,
  'evidence-sent': ofADispute,
  'apply-dispute': ofADispute,
  'dispute-asked': ofADispute,
  'enter-dispute': byHand,
  'record-payout': byHand,
  'enter-credit-lot': byHand,
  'undo-credit-lot': byHand,
  'undo-payout': byHand,
  'decide-dispute': byHand,
  'release-customer': byHand,
  'notice-done': oneCommit,
  'notice-later': oneCommit,
  'canceled-attempt': oneCommit,
  'charge-unanswered': oneCommit,
  'method-kept': oneCommit,
  'payment-not-fetched': oneCommit,
  'refund-trouble': oneCommit,
  'save-checkout-failed': oneCommit,
  'take-next-name': oneCommit,
  'wait-for-panel': oneCommit,
  'wait-a-moment': oneCommit,
  'take-turn': 'a turn that nobody uses: the next one waits a moment longer',
  'take-free-turn': 'a turn that nobody uses: the next one waits a moment longer',
  'wait-for-work': oneCommit,
  'hold-address': 'of boxes only: killed before it, the next try claims the address; after it, it is held already',
  'take-adoption': adopts,
  'note-lines': adopts,
  'end-noting': adopts,
  'read-unread': adopts,
  'weigh-lines': adopts,
  'look-later': adopts,
  'break-look-off': adopts,
  'adopt-lines': adopts,
  'read-adopted': adopts,
  'give-back': adopts,
  'end-giving-back': adopts,
  'read-to-adopt': adopts,
  'read-sleepers': aLook,
  'claim-move': moves,
  'switch-panel': moves,
  'refuse-move': moves,
  'save-move-trouble': moves,
  'wait-with-move': moves,
  'move-waits-for-room': moves,
  'leftover-waits-for-room': moves,
  'claim-leftover': moves,
  'save-leftover': moves,
  'leftover-waits': moves,
  'next-wave':
    'each wave is one commit that says which it is; killed before it, it is begun anew, and a line has one move at a time',
  'take-account': spends,
  'give-back-account': spends,
  'save-spending': spends,
  'ask-charge': spends,
  'settle-charge': spends,
  'read-charges': aLook,
  'take-check': compares,
  'read-digest': aLook,
  'keep-check': compares,
  'keep-adoption': adopts,
  'save-page': compares,
  'end-listing': compares,
  'list-anew': compares,
  'weigh-listing': compares,
  'read-missing': aLook,
  'save-look-up': compares,
  'read-sellers': aLook,
  'read-seen': aLook,
  'compare-for-reseller': compares,
  'save-look-up-for-reseller': compares,
  'finish-for-reseller': compares,
  'doubt-for-reseller': compares,
  'count-doubted': compares,
  'read-sample': aLook,
  'count-readable': aLook,
  'read-whole': aLook,
  'save-sample': compares,
  'finish-comparison': compares,
  'break-off': compares,
  'panel-listLines': compares,
  'look-up-line': aLook,
  'read-settings': aLook,
  'read-line': aLook,
  'mend-difference': byHand,
  'take-orphan': byHand,
  'orphan-left': 'the act of a person: killed before it, what takes too long is open again (orphans.test.ts)',
  'orphan-cleared':
    'the act of a person: killed before it, the next look opens it again or finds it gone (orphans.test.ts)',
  'duplicate-removed': 'the act of a person: killed before it, the next comparison finds the duplicate gone',
  'apply-policies': afterAChange,
  'announce-prices': afterAChange,
  'withdraw-prices': afterAChange,
  'allow-trial': byHand,
  'hold-many': byHand,
  'free-days-for-many': byHand,
  'write-to-many': byHand,
  'undo-override': byHand,
  'trial-refused': 'a note of what was not done: lost with the process, it is missing in a figure',
  'start-campaign': byHand,
  'stop-campaign': byHand,
  'answer-price': byHand,
  'make-price-exception': byHand,
  'end-price-exception': byHand,
  'decide-run': byHand,
  'declare-incident': byHand,
  travel: byHand,
  'stop-travel': byHand,
  'travel-on': 'one commit that moves the clock of a sandbox: killed before it, the sweep looks again',
  'change-incident': byHand,
  'decide-incident': byHand,
  'compensate-incident': byHand,
  'move-incident':
    'each batch is one commit that says how far it got and nudges the next; killed before it, it is done anew, and each compensation has its key',
  'confirm-catch-up': byHand,
  'stand-still': oneCommit,
  'message-waits': oneCommit,
  'line-waits': oneCommit,
  nudge: 'a nudge that dies is found by the sweep',
  'nudge-each': 'a nudge that dies is found by the sweep: its set is tried again, or gone',
}
