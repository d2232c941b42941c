/** Texts of the comparison with gateways, in the console. */
export const consoleComparison = {
  'console.compare.lead':
    'Every day each gateway’s own list is laid beside our books. What does not agree, and cannot be mended by asking, waits here.',
  'console.compare.gateways': 'Gateways',
  'console.compare.none': 'No gateway shows a list',
  'console.compare.none.lead': 'Cash, bank transfers and NOWPayments show no list of what they took to a program.',
  'console.compare.never': 'Not compared yet',
  'console.compare.agree': 'All agrees',
  'console.compare.differ_one': '{{count}} difference',
  'console.compare.differ_other': '{{count}} differences',
  'console.compare.running': 'Under way',
  'console.compare.failed': 'Not compared',
  'console.compare.doubtful': 'Not believed',
  'console.compare.listed_one': '{{count}} payment listed',
  'console.compare.listed_other': '{{count}} payments listed',
  'console.compare.foreign_one': '{{count}} of others',
  'console.compare.foreign_other': '{{count}} of others',
  'console.compare.now': 'Compare now',
  'console.compare.asked': 'It is being compared. This takes a moment.',
  'console.compare.believe': 'The list is right',
  'console.compare.believe.title': 'Look up what the list left out?',
  'console.compare.believe.lead':
    'Choose this when you have looked at the gateway, and it really has fewer payments. Each payment of ours is looked up there before anything is said.',
  'console.compare.differences': 'Differences',
  'console.compare.differences.none': 'Nothing here',
  'console.compare.differences.none.lead': 'Money that only one side knows, and amounts that are others, show up here.',
  'console.compare.kind.unknown': 'Money there that we do not know',
  'console.compare.kind.not_booked': 'Paid there, not paid here',
  'console.compare.kind.other_amount': 'Another amount there',
  'console.compare.kind.other_refunds': 'Refunds are others there',
  'console.compare.kind.missing_there': 'Paid here, not paid there',
  'console.compare.kind.unknown.lead':
    'Nobody here asked for it, or its order is not known any more. Book it to whom it belongs, or give it back there and put this aside.',
  'console.compare.kind.not_booked.lead':
    'The gateway took this payment, and something speaks against booking it. Its page says what; money under a wrong reference or currency is given back there.',
  'console.compare.kind.other_amount.lead':
    'Look at the payment here and there. What was changed by hand at the gateway is best undone there.',
  'console.compare.kind.other_refunds.lead':
    'Money went back at one side only. Refund it here as well, or ask the gateway what became of it.',
  'console.compare.kind.missing_there.lead':
    'Our books say that it came, and the gateway says that it did not. Do not refund it before you know which is right.',
  'console.compare.what': 'What differs',
  'console.compare.ours': 'In our books',
  'console.compare.theirs': 'At the gateway',
  'console.compare.when': 'Money of',
  'console.compare.there': 'Its name there',
  'console.compare.says': 'Our reference there',
  'console.compare.facts': 'Both sides',
  'console.compare.reason': 'Put aside because',
  'console.compare.putAside.title': 'Put this difference aside?',
  'console.compare.putAside.lead':
    'It is as it should be, and you say why. Nothing is booked. It shows again when its amounts become others.',
  'console.compare.putAside.done': 'The difference is put aside.',
  'console.compare.takeBack.done': 'The difference waits again.',
  'console.compare.shared': 'Others use this account, too',
  'console.compare.shared.hint':
    'A shop of another kind, or another business. When the account is compared, what is not ours there is no difference.',
} as const
