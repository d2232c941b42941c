/** Texts of paying several invoices at once, and of giving back what was paid so. */
export const moneyTexts = {
  'money.open.title': 'Pay everything that is open',
  'money.open.lead_one': '{{count}} invoice is open.',
  'money.open.lead_other': '{{count}} invoices are open. One payment pays them all, the oldest first.',
  'money.open.paid': 'Your balance has paid everything that was open.',
  'money.open.with_one': 'This payment pays {{count}} invoice.',
  'money.open.with_other': 'This payment pays {{count}} invoices.',
  'money.receive': 'Record received money',
  'money.receive.lead':
    'It pays what this customer owes, the oldest invoice first, the last perhaps in part. What is more stays as balance.',
  'money.receive.open': 'Open now: {{amount}} on {{count}} invoices.',
  'money.receive.done': 'The money is booked.',
  'money.payment.pays': 'Pays',
  'money.refund.invoice': 'Of invoice',
  'money.refund.invoice.hint': 'This payment paid several invoices. Each is given back by itself, with its own tax.',
  'money.refund.to': 'Where to',
  'money.refund.to.source': 'Back the way it came',
  'money.refund.to.balance': 'To the customer’s balance',
  'money.refund.to.balance.hint': 'Nothing leaves the house. The balance pays the next invoice that it covers.',
  'money.refund.toBalance': 'is kept as the balance of {{customer}}. No money is sent.',
  'money.voucher': 'An amount of money',
  'money.voucher.value': 'Amount, each ({{currency}})',
  'money.voucher.value.hint':
    'For an amount of money only. Who redeems one has it as balance, and buys from it what he likes.',
  'money.voucher.done': '{{amount}} are on your balance.',
  'money.voucher.line': 'A voucher over an amount of money goes to your balance, whichever line you choose.',
  'money.voucher.anyway': 'A voucher over an amount of money goes to your balance.',
  'money.net': 'Days to pay',
  'money.net.hint':
    'From the invoice of a renewal on. Empty: until the new period begins. Reminders and suspension follow your policy all the same: a tag and a rule there give more time.',
  'money.net.value_one': '{{count}} day after the invoice',
  'money.net.value_other': '{{count}} days after the invoice',
}
