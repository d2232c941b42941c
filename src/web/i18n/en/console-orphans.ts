/** What is done about a line on a panel that is nobody's here. */
export const consoleOrphans = {
  'console.orphan.takeOver': 'Take it over',
  'console.orphan.takeOver.title': 'Take this line over?',
  'console.orphan.takeOver.lead':
    'It is read on the panel first. You see whose it would be and what he would pay before anything is made.',
  'console.orphan.takeOver.keep': 'Leave it there',
  'console.orphan.takeOver.plan': 'Plan',
  'console.orphan.takeOver.plan.hint': 'Where the panel does not tell which plan it is of.',
  'console.orphan.takeOver.plan.none': 'As the panel tells',
  'console.orphan.off': 'Switch it off',
  'console.orphan.off.title': 'Switch {{name}} off on the panel?',
  'console.orphan.off.lead':
    'Whoever has this login watches no more. Nothing else of the line changes, and it can be switched on again on the panel; then you are told.',
  'console.orphan.off.keep': 'Leave it on',
  'console.orphan.off.done': 'It is off on the panel. Should it be on again, you are told.',
  'console.orphan.remove': 'Remove it',
  'console.orphan.remove.title': 'Remove {{name}} from the panel?',
  'console.orphan.remove.lead':
    'The line goes for good, with the time that it has left there, and nobody gets that back. If somebody else sold it, his customer loses it.',
  'console.orphan.remove.keep': 'Leave it there',
  'console.orphan.remove.done': 'It is removed from the panel.',
  'console.orphan.reason.hint': 'It is kept in the history of the panel, with your name.',
} as const
