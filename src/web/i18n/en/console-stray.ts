/** Texts about money that came in another currency than was asked for. */
export const consoleStray = {
  'stray.title': 'Came in another currency',
  'stray.lead':
    'It is booked in its own currency and pays nothing by itself. Say where it belongs; each act takes all that is left of it.',
  'stray.waits': '{{amount}} wait for their place',
  'stray.counted': '{{amount}} counted as {{worth}}',
  'stray.kept': '{{amount}} kept as the customer’s balance',
  'stray.returned': '{{amount}} went back at the gateway',
  'stray.leaving': '{{amount}} are on their way back',
  'stray.rate': 'The rate of {{day}} was {{rate}} ({{source}}).',
  'stray.source.ecb': 'European Central Bank',
  'stray.source.staff': 'typed in',
  'stray.count': 'Count it for its invoice',
  'stray.count.title': 'Count {{amount}} for its invoice',
  'stray.count.lead':
    'What you say it is worth is booked as received, through the exchange account. The invoice is paid by it as by any other money: more stays the customer’s, less leaves the rest open. Refunds of it go to his balance then, since the gateway has it in {{currency}}.',
  'stray.count.worth': 'Worth in {{currency}}',
  'stray.count.proposed': 'Proposed by the rate of {{day}}: {{rate}} ({{source}}).',
  'stray.count.noRate': 'No rate of these days is known. What did your bank make of it?',
  'stray.count.done': 'The money is counted.',
  'stray.keep': 'Keep as balance',
  'stray.keep.title': 'Keep {{amount}} as the customer’s balance',
  'stray.keep.lead':
    'It pays what he is asked for in {{currency}}. This attempt is over then, and the invoice goes on being asked for.',
  'stray.keep.done': 'The money is on the customer’s balance.',
  'stray.return': 'Give it back',
  'stray.return.title': 'Give {{amount}} back',
  'stray.return.lead': 'By {{gateway}}, in the currency that it came in. The customer is told by mail.',
  'stray.return.done': 'The gateway was asked to give it back.',
  'stray.return.byHand': '{{gateway}} gives no money back by itself.',
} as const
