/** Texts of the console. Keys begin with `console.` and the screen; plurals end in `_one` and `_other`, values stand in `{{braces}}`. */

import { consoleEvents } from './console-events.ts'
import { consoleRecords } from './console-records.ts'
import { consoleRouting } from './console-routing.ts'
import { consoleService } from './console-service.ts'

const entry = {
  'console.signIn.title': 'Sign in to the console',
  'console.signIn.lead': 'For those who run the shop.',
  'console.signIn.email': 'E-mail address',
  'console.signIn.password': 'Password',
  'console.signIn.mailLink': 'Mail me a sign-in link instead',
  'console.signIn.sent': 'If {{email}} may sign in here, a link is on its way. It is valid for 15 minutes.',
  'console.signIn.expired': 'This link was used or is too old. Please sign in again.',
  'console.signIn.code.title': 'Second step',
  'console.signIn.code.lead': 'Enter the code that your authenticator shows now.',
  'console.signIn.link.title': 'Sign in to the console',
  'console.signIn.link.lead': 'Your link is valid. One click and you are in.',
  'console.choose.title': 'Choose a business',
  'console.choose.lead': 'Signed in as {{email}}.',
  'console.choose.none': 'No business here for you',
  'console.choose.none.lead': '{{email}} is signed in, but works for no business. Ask an owner to invite you.',
  'console.confirm.title': 'Please confirm that it is you',
  'console.confirm.lead': 'What comes next is sensitive. Sign in once more as {{email}}; you return to where you were.',
  'console.confirm.go': 'Confirm',
  'console.confirm.back': 'Go back without confirming',
} as const

const shell = {
  'console.nav.bank': 'Bank statements',
  'console.nav.overview': 'Overview',
  'console.nav.orders': 'Orders',
  'console.nav.affiliates': 'Affiliates',
  'console.nav.customers': 'Customers',
  'console.nav.subscriptions': 'Subscriptions',
  'console.nav.service': 'Service',
  'console.nav.lines': 'Lines',
  'console.nav.resellers': 'Resellers',
  'console.nav.credits': 'Credits',
  'console.nav.collected': 'Collected for you',
  'console.nav.panels': 'Panels',
  'console.nav.plans': 'Plans',
  'console.nav.prices': 'Price changes',
  'console.nav.money': 'Money',
  'console.nav.invoices': 'Invoices',
  'console.nav.payments': 'Payments',
  'console.nav.business': 'Business',
  'console.nav.messages': 'Messages',
  'console.nav.settings': 'Settings',
  'console.nav.logins': 'Logins',
  'console.nav.oddMoney': 'Odd money',
  'console.nav.policy': 'Reminders and suspension',
  'console.nav.rehearsal': 'Rehearsal',
  'console.banner.catchUp.look': 'Look at it',
  'console.banner.catchUp': 'Nothing is charged, mailed or cut off until somebody confirms.',
  'console.nav.activity': 'Activity',
  'console.mode.banner': 'Test mode: nothing here reaches a customer, a bank or a panel.',
  'console.mode.leave': 'Back to live',
  'console.mode.switch': 'Which shop you work in',
  'console.shell.security': 'Your sign-in',
  'console.shell.switch': 'Choose another business',
  'console.shell.signOut': 'Sign out',
  'console.acting.banner': 'You act as {{name}}, until',
  'console.acting.stop': 'Stop',
  'console.acting.over': 'Acting as a reseller is over: this is your own console. What you sent last was not done.',
  'console.shell.notOpen': 'This shop is not open yet: nobody can buy and nothing runs by itself.',
  'console.attention.bell_one': '{{count}} thing needs attention',
  'console.attention.bell_other': '{{count}} things need attention',
} as const

export const console = {
  ...entry,
  ...shell,
  ...consoleRecords,
  ...consoleService,
  ...consoleRouting,
  ...consoleEvents,
} as const
