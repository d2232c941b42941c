/** Texts of what staff decided against a subscription's own course, and of taking it back. */
export const consoleOverrides = {
  'console.overrides.title': 'Decided by hand',
  'console.overrides.kind.hold': 'Hold',
  'console.overrides.kind.free_days': 'Free days',
  'console.overrides.kind.end_moved': 'End moved',
  'console.overrides.kind.suspended': 'Suspended',
  'console.overrides.kind.resumed': 'Resumed',
  'console.overrides.kind.policy': 'Policy',
  'console.overrides.kind.price_exception': 'Price promised',
  'console.overrides.undo': 'Take back',
  'console.overrides.undo.title': 'Take this back: {{kind}}?',
  'console.overrides.undo.lead': 'It becomes as it was before. Both acts stay in the history.',
  'console.overrides.undone': 'Taken back by {{who}}',
  'console.overrides.stays': 'Cannot be taken back.',
  'console.subscription.did.undo_override': 'Taken back.',
} as const
