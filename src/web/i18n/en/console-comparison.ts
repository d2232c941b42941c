/** Texts of the comparison with gateways, in the console. */
export const consoleComparison = {
  'console.moneyCompare.lead':
    'Every day each gateway’s own list is laid beside our books. What does not agree, and cannot be mended by asking, waits here.',
  'console.moneyCompare.gateways': 'Gateways',
  'console.moneyCompare.none': 'No gateway shows a list',
  'console.moneyCompare.none.lead': 'Cash, bank transfers and NOWPayments show no list of what they took to a program.',
  'console.moneyCompare.never': 'Not compared yet',
  'console.moneyCompare.agree': 'All agrees',
  'console.moneyCompare.differ_one': '{{count}} difference',
  'console.moneyCompare.differ_other': '{{count}} differences',
  'console.moneyCompare.running': 'Under way',
  'console.moneyCompare.failed': 'Not compared',
  'console.moneyCompare.doubtful': 'Not believed',
  'console.moneyCompare.listed_one': '{{count}} payment listed',
  'console.moneyCompare.listed_other': '{{count}} payments listed',
  'console.moneyCompare.foreign_one': '{{count}} of others',
  'console.moneyCompare.foreign_other': '{{count}} of others',
  'console.moneyCompare.now': 'Compare now',
  'console.moneyCompare.asked': 'It is being compared. This takes a moment.',
  'console.moneyCompare.believe': 'The list is right',
  'console.moneyCompare.believe.title': 'Look up what the list left out?',
  'console.moneyCompare.believe.lead':
    'Choose this when you have looked at the gateway, and it really has fewer payments. Each payment of ours is looked up there before anything is said.',
  'console.moneyCompare.differences': 'Differences',
  'console.moneyCompare.differences.none': 'Nothing here',
  'console.moneyCompare.differences.none.lead':
    'Money that only one side knows, and amounts that are others, show up here.',
  'console.moneyCompare.kind.unknown': 'Money there that we do not know',
  'console.moneyCompare.kind.not_booked': 'Paid there, not paid here',
  'console.moneyCompare.kind.other_amount': 'Another amount there',
  'console.moneyCompare.kind.other_refunds': 'Refunds are others there',
  'console.moneyCompare.kind.missing_there': 'Paid here, not paid there',
  'console.moneyCompare.kind.unknown.lead':
    'Nobody here asked for it, or its order is not known any more. Book it to whom it belongs, or give it back there and put this aside.',
  'console.moneyCompare.kind.not_booked.lead':
    'The gateway took this payment, and something speaks against booking it. Its page says what; money under a wrong reference or currency is given back there.',
  'console.moneyCompare.kind.other_amount.lead':
    'Look at the payment here and there. What was changed by hand at the gateway is best undone there.',
  'console.moneyCompare.kind.other_refunds.lead':
    'Money went back at one side only. Refund it here as well, or ask the gateway what became of it.',
  'console.moneyCompare.kind.missing_there.lead':
    'Our books say that it came, and the gateway says that it did not. Do not refund it before you know which is right.',
  'console.moneyCompare.what': 'What differs',
  'console.moneyCompare.ours': 'In our books',
  'console.moneyCompare.theirs': 'At the gateway',
  'console.moneyCompare.when': 'Money of',
  'console.moneyCompare.there': 'Its name there',
  'console.moneyCompare.says': 'Our reference there',
  'console.moneyCompare.facts': 'Both sides',
  'console.moneyCompare.reason': 'Put aside because',
  'console.moneyCompare.putAside.title': 'Put this difference aside?',
  'console.moneyCompare.putAside.lead':
    'It is as it should be, and you say why. Nothing is booked. It shows again when its amounts become others.',
  'console.moneyCompare.putAside.done': 'The difference is put aside.',
  'console.moneyCompare.takeBack.done': 'The difference waits again.',
  'console.moneyCompare.shared': 'Others use this account, too',
  'console.moneyCompare.shared.hint':
    'A shop of another kind, or another business. When the account is compared, what is not ours there is no difference.',
} as const
