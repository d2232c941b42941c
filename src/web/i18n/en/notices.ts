/** Texts of what gateways tell us. */
export const noticeTexts = {
  'notices.title': 'Notices of gateways',
  'notices.lead':
    'What your gateways told, and what became of it. A notice is a hint: the gateway itself is asked before anything is booked.',
  'notices.back': 'Payments',
  'notices.open': 'Notices',
  'notices.came': 'What came here',
  'notices.gateway': 'Gateway',
  'notices.event': 'What it tells',
  'notices.at': 'Received',
  'notices.result': 'What became of it',
  'notices.next': 'Next try',
  'notices.payment': 'Its payment',
  'notices.again': 'Read again',
  'notices.again.done': 'It is read again now.',
  'notices.none': 'No notices',
  'notices.none.lead': 'They come by themselves, once a gateway knows your address for notices.',
}
