/** Texts of the settings of logins. */
export const consoleLogins = {
  'logins.lead':
    'What buyers may choose of their TV login, and what is done about names that are taken and boxes that look unusual.',
  'logins.names': 'User names',
  'logins.taken': 'When somebody has the user name that a buyer asks for',
  'logins.taken.next': 'Take the next free one',
  'logins.taken.next.hint': 'ana becomes ana1. The buyer is told while he types, and with his login.',
  'logins.taken.ask': 'Ask the buyer',
  'logins.taken.ask.hint': 'The order waits: he is told which name is free, and orders again with it or with another.',
  'logins.taken.refuse': 'Refuse it',
  'logins.taken.refuse.hint': 'He has to think of another name; none is proposed.',
  'logins.asksPanel': 'Ask the panel, too',
  'logins.asksPanel.hint':
    'It may have lines that are not yours. A panel that does not answer within a second and a half keeps nobody from buying.',
  'logins.renames': 'How often a customer may rename a line within 30 days',
  'logins.renames.hint': '0: only staff rename. Who got another name than he asked for may choose once more.',
  'logins.boxes': 'Boxes',
  'logins.mac': 'When the MAC address of a MAG box does not begin with 00:1A:79 or 10:27:BE',
  'logins.mac.hint': 'Most often it was read wrongly off the label; other makers and apps have other addresses.',
  'logins.mac.allow': 'Take it',
  'logins.mac.allow.hint': 'Nobody is asked.',
  'logins.mac.warn': 'Warn',
  'logins.mac.warn.hint': 'Whoever typed it is asked to compare it with the label, and may say that it is right.',
  'logins.mac.refuse': 'Refuse it',
  'logins.mac.refuse.hint': 'Only boxes with these addresses are served.',
  'logins.saved': 'Saved. It counts for what is ordered from now on.',
} as const
