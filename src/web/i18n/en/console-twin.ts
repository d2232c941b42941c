/** Texts of test mode. */
export const consoleTwin = {
  'console.twin.title': 'Test mode',
  'console.twin.lead':
    'A second shop that sells the same, for trying things out: an imitated panel, payments without money, mails that reach nobody, and a clock that you can move.',
  'console.twin.none': 'There is no test mode yet',
  'console.twin.none.lead':
    'It gets a copy of your plans, prices, policies, texts and settings. Customers, payments and secrets are not copied, and nothing that is done there reaches your shop.',
  'console.twin.make': 'Make test mode',
  'console.twin.made': 'Test mode is ready.',
  'console.twin.reseller.lead':
    'Your supplier’s plans run there on a panel of test mode, for credits that cost nothing: your wallet and his panels are not touched. When few are left, the next copy gives you more.',
  'console.twin.copy': 'Copy of your shop',
  'console.twin.synced': 'Last copied',
  'console.twin.called': 'A test key last called',
  'console.twin.never': 'Never',
  'console.twin.shop': 'Shop',
  'console.twin.clock': 'Its clock',
  'console.twin.sync': 'Copy what changed',
  'console.twin.sync.done_one': 'Copied: one entry was changed.',
  'console.twin.sync.done_other': 'Copied: {{count}} entries were changed.',
  'console.twin.sync.same': 'Everything was up to date.',
  'console.twin.sync.lead':
    'What was made in test mode itself stays there. What you changed there of your shop’s plans is set back.',
  'console.twin.keep': 'How long things stay',
  'console.twin.keep.lead':
    'Caught mails, payments at the test gateway and lines of the test panel that nobody has any more are removed. What still runs stays. Days are counted by the clock of test mode.',
  'console.twin.keep.days': 'Days',
  'console.twin.keep.saved': 'Saved.',
  'console.twin.here': 'You are in test mode',
  'console.twin.here.lead': 'Orders, lines and payments here are not real. Your shop does not know of them.',
  'console.twin.enter': 'Go to test mode',
  'console.twin.travel': 'Move the clock',
  'console.twin.mails': 'Caught mails',
  'console.twin.onlyTest': 'Your integration has only used test keys',
  'console.twin.onlyTest.lead': 'What it sells is not real. Give it a key of your shop to go live.',
  'console.twin.keyMode': 'Opens',
  'console.twin.keyMode.live': 'The shop',
  'console.twin.keyMode.test': 'Test mode, and nothing else',
  'console.twin.caught': 'The mail',
  'console.twin.caught.text': 'As plain text',
  'console.twin.caught.lead': 'It was caught in test mode and reached nobody.',
  'console.twin.caught.none':
    'The text is not kept: a way to sign in is one for all shops of this house, and is shown to nobody else.',
} as const
