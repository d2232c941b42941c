/** Texts of a shop's own host name. */
export const consoleHost = {
  'console.host.title': 'Host name',
  'console.host.lead': 'Your shop, its portal and the links in its mails can have an address of your own.',
  'console.host.now': 'Your shop is at',
  'console.host.name': 'Host name',
  'console.host.name.hint': 'Like tv.example.com. Empty: the address that the house gave you.',
  'console.host.save': 'Save',
  'console.host.saved': 'Saved. Now prove that it is yours.',
  'console.host.removed': 'The host name is taken off.',
  'console.host.state.claimed': 'Not proved yet',
  'console.host.state.proved': 'In use',
  'console.host.prove': 'Prove that it is yours',
  'console.host.prove.lead': 'Where your domain is managed, add this text record (TXT). Then let us look.',
  'console.host.record.name': 'Name',
  'console.host.record.value': 'Text',
  'console.host.point':
    'Let {{host}} lead to this house too (CNAME or A record), where the proxy needs a certificate for it.',
  'console.host.look': 'Look now',
  'console.host.proved': 'It is yours: links lead to {{host}} from now on.',
} as const
