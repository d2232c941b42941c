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
