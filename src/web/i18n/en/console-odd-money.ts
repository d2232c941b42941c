/** Texts about money that comes short or too late. */
export const consoleOddMoney = {
  'oddMoney.lead': 'What is done by itself when money comes short, or for something that was taken back meanwhile.',
  'oddMoney.short': 'Money that comes short',
  'oddMoney.short.lead':
    'Coins and bank transfers can bring a little less than was asked for. Within these bounds the invoice counts as paid, and what is missing is booked to an account of its own. More than was asked for always stays the customer’s.',
  'oddMoney.percent': 'Forgiven of what was asked for, in percent',
  'oddMoney.percent.hint': 'At most 10. Zero: nothing, the invoice asks for the rest.',
  'oddMoney.most': 'But never more than',
  'oddMoney.most.hint': 'One amount a line, as 0.50 EUR. A currency that is not named forgives nothing.',
  'oddMoney.late': 'Money that comes too late',
  'oddMoney.late.label': 'When money arrives for an order that ran out of time, or an invoice that was taken back',
  'oddMoney.late.balance': 'It stays the customer’s, and pays his next invoice',
  'oddMoney.late.reopen': 'The order is sold after all, if it is exactly the sum',
  'oddMoney.late.refund': 'It goes back where it came from, if the gateway can do that',
  'oddMoney.late.lead':
    'Where it cannot be done (another sum came, the order is over a month old or the customer has ordered again, the gateway gives nothing back) it stays the customer’s, and Needs attention says why. An unpaid renewal is not taken back, and brings the line back whenever it is paid.',
  'oddMoney.save': 'Save',
  'oddMoney.forgiven': 'Forgiven',
  'oddMoney.forgivenOfIt': 'of which forgiven',
} as const
