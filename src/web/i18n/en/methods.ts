/** Texts about payment methods that a customer lets the shop keep, on his own pages and on those of staff. */
export const methods = {
  'method.save': 'Save it for renewals',
  'method.save.mandate':
    'I allow {{name}} to keep this payment method and to charge it for the renewals of my plans, at the price and on the day announced by e-mail before. I can remove it at any time.',

  'method.title': 'Payment methods',
  'method.lead': 'Renewals are charged to the default one. We tell you by e-mail before each charge.',
  'method.expires': 'Expires {{month}}/{{year}}',
  'method.tooShort': 'Expires before the next renewal',
  'method.since': 'Saved',
  'method.default': 'Default',
  'method.failed': 'Refused by the bank',
  'method.makeDefault': 'Make default',
  'method.remove': 'Remove',
  'method.madeDefault': 'Renewals are charged to {{name}} from now on.',
  'method.removed': '{{name}} is removed. It is charged no more.',
  'method.none': 'No payment method is saved',
  'method.none.lead':
    'When you pay the next time, choose “Save it for renewals”. Then renewals are paid by themselves.',
  'method.none.add': 'Add one below. Then renewals are paid by themselves.',
  'method.add.title': 'Add a payment method',
  'method.add.lead':
    'Nothing is charged now. You enter your card or account on the payment provider’s page and come back here.',
  'method.add.where': 'Where is it saved?',
  'method.add.agree': 'I agree',
  'method.add.go': 'Add a payment method',
  'method.saving.done': 'Your payment method is saved. Renewals are charged to it from now on.',
  'method.saving.waiting': 'Nothing is saved yet. As soon as the payment provider tells us, it is shown here.',
  'method.saving.failed': 'No payment method was saved.',
  'method.ask.lead':
    'A payment method is saved by the customer, without paying anything: only he can agree to it. Send him this address; he signs in and comes to the page.',
  'method.ask.link': 'Page for saving a payment method',
  'method.add': 'To add another one, pay your next invoice with it and choose “Save it for renewals”.',

  'method.charge': 'Charge now',
  'method.charge.title': 'Charge {{amount}} to a saved method?',
  'method.charge.lead':
    'The bank is asked at once. Whatever it answers is shown here, and the customer gets a receipt or a mail that says why it failed.',
  'method.charge.which': 'Payment method',
  'method.charge.asked': 'The charge is on its way.',
  'method.plan': 'Automatic charge',
  'method.plan.planned': 'Next try',
  'method.plan.charging': 'A charge is on its way',
  'method.plan.waiting.method': 'Waits for another payment method',
  'method.plan.waiting.customer': 'Waits for the customer to pay',
  'method.plan.waiting.staff': 'Waits for you',
  'method.plan.ended': 'Over',
} as const
