/** Texts of the storefront. Keys begin with `store.`; plurals end in `_one` and `_other`, values stand in `{{braces}}`. */
const window = {
  'store.nav.plans': 'Plans',
  'store.nav.help': 'Help',
  'store.nav.account': 'Your account',
  'store.nav.terms': 'Terms',
  'store.nav.privacy': 'Privacy',
  'store.closed.title': '{{name}} opens soon',
  'store.closed.lead': 'There is nothing to buy yet. Please come back in a while.',
  'store.plans.title': 'Plans',
  'store.plans.head': 'TV plans from {{name}}',
  'store.plans.lead': 'Choose a plan and pay. Your TV login is on the screen about a minute later, and in your mail.',
  'store.plans.none': 'No plan is for sale at the moment',
  'store.plans.none.lead': 'Please come back later, or write to us.',
  'store.plans.currency': 'Currency',
  'store.free': 'Free',
  'store.plan.bestValue': 'Best value',
  'store.plan.trial': 'Trial',
  'store.plan.perMonth': 'a month',
  'store.plan.for': 'for {{term}}',
  'store.plan.paidFor': 'once for {{term}}',
  'store.plan.connections_one': '1 screen at a time',
  'store.plan.connections_other': '{{count}} screens at the same time',
  'store.plan.devices': 'TV stick, smart TV, phone or computer',
  'store.plan.boxes': 'For a box that signs in by its MAC address',
  'store.plan.pairs': 'For your devices, and a box that signs in by its MAC address',
  'store.plan.setup': '{{amount}} once for setting up',
  'store.plan.choose': 'Choose {{name}}',
  'store.term.hour_one': '1 hour',
  'store.term.hour_other': '{{count}} hours',
  'store.term.day_one': '1 day',
  'store.term.day_other': '{{count}} days',
  'store.term.month_one': '1 month',
  'store.term.month_other': '{{count}} months',
  'store.term.year_one': '1 year',
  'store.term.year_other': '{{count}} years',
  'store.renewal.yes':
    'Renewing costs {{amount}} for {{term}} more. We remind you before the end; nothing is taken without you.',
  'store.renewal.none': 'Ends by itself after {{term}}. It does not renew.',
  'store.renewal.trial': 'Ends by itself after {{term}}. Nothing is taken afterwards.',
  'store.faq.title': 'Questions and answers',
  'store.faq.soon': 'How soon can I watch?',
  'store.faq.soon.a':
    'Usually within a minute of your payment. If it takes longer, the page says why, and we send a mail as soon as your login is ready.',
  'store.faq.device': 'What do I need?',
  'store.faq.device.a':
    'A device with an Xtream-compatible player, and an internet connection of about 10 Mbit/s for each screen. There is a guide for each kind of device.',
  'store.faq.renew': 'What happens when my plan ends?',
  'store.faq.renew.a':
    'We remind you some days before. If you renew, the time is added to what is left and your login stays the same. If you do not, nothing is taken.',
  'store.faq.login': 'Do I need an account?',
  'store.faq.login.a': 'No. Your e-mail address is enough to buy. Later you can sign in with a link that we mail you.',
  'store.faq.refund': 'Can I get my money back?',
  'store.faq.refund.a': 'If something does not work, write to us: we help, or we pay it back as our terms say.',
  'store.faq.more': 'Something else?',
  'store.faq.guides': 'See the guides',
} as const

const checkout = {
  'store.checkout.title': 'Checkout',
  'store.checkout.back': 'All plans',
  'store.checkout.addOns': 'Anything else?',
  'store.checkout.addOns.from': 'From {{count}} on {{amount}} each.',
  'store.summary.each': '{{amount}} each',
  'store.checkout.addOns.each': '{{amount}} each, for {{term}}. It renews with your plan.',
  'store.checkout.sum': 'Update the sum',
  'store.checkout.sum.moved': 'With your choice it is {{amount}} now. Please look again and order.',
  'store.checkout.you': 'Where do we send your login?',
  'store.checkout.email': 'E-mail address',
  'store.checkout.email.hint': 'You get your TV login and your receipt there, and reminders before your plan ends.',
  'store.checkout.where': 'Where do you live?',
  'store.checkout.country': 'Country',
  'store.checkout.country.hint': 'It decides on the tax.',
  'store.checkout.country.choose': 'Please choose',
  'store.checkout.state': 'State',
  'store.checkout.state.hint': 'In the United States, by its two letters.',
  'store.checkout.vatId': 'VAT number',
  'store.checkout.vatId.hint': 'Only if you buy for a business.',
  'store.checkout.device': 'Your device',
  'store.checkout.device.ask': 'What do you watch on?',
  'store.checkout.device.hint': 'It only decides which guide you see. You can use another device at any time.',
  'store.checkout.pair':
    'You get a login for apps and players, and your box plays too. Both belong to one subscription.',
  'store.checkout.mac': 'MAC address of your box',
  'store.checkout.login': 'Your TV login',
  'store.checkout.username': 'Preferred user name',
  'store.checkout.username.hint': 'Leave it empty and we choose one. 3 to 24 letters (a–z), digits, dots or dashes.',
  'store.checkout.username.chosen': '3 to 24 letters (a–z), digits, dots or dashes.',
  'store.checkout.username.check': 'Check',
  'store.checkout.password': 'TV login password',
  'store.checkout.password.hint':
    'Leave it empty and we choose one. 8 to 32 letters and digits, so that every player takes it.',
  'store.checkout.pay': 'Payment',
  'store.checkout.consent': 'Yes, {{name}} may send me offers by e-mail. I can unsubscribe at any time.',
  'store.checkout.order': 'Order',
  'store.checkout.orderFor': 'Order and pay {{amount}}',
  'store.checkout.orderFree': 'Start for free',
  'store.checkout.agree': 'With your order you accept our',
  'store.username.free': '{{username}} is free.',
  'store.username.taken.next': '{{asked}} is taken. We would use {{username}}.',
  'store.username.taken.ask': '{{asked}} is taken. {{username}} is free.',
  'store.username.taken.refuse': '{{asked}} is taken. Please choose another one.',
  'store.username.invalid':
    'A user name has 3 to 24 letters (a–z), digits, dots, dashes or underscores, and begins with a letter or digit.',
  'store.quote.title': 'Our offer for you',
  'store.quote.screens': 'Screens',
  'store.quote.for': 'For',
  'store.quote.accept': 'Accept and order',
  'store.quote.expired': 'This offer has ended. Please ask us for a new one.',
  'store.quote.withdrawn': 'This offer is not open any more.',
  'store.redeem.title': 'Redeem a voucher',
  'store.redeem.lead': 'Your time begins now, not when the voucher was bought.',
  'store.redeem.code': 'Voucher code',
  'store.redeem.code.hint': 'Sixteen letters and digits, as they are printed. Hyphens and capitals do not matter.',
  'store.redeem.look': 'Go on',
  'store.redeem.good': 'Good for: {{plan}}',
  'store.redeem.go': 'Redeem it',
  'store.redeem.account': 'I have a line already',
  'store.nav.redeem': 'Redeem a voucher',
  'store.coupon.title': 'Have a coupon?',
  'store.coupon.code': 'Coupon code',
  'store.coupon.apply': 'Apply',
  'store.coupon.applied': '{{code}} is applied.',
  'store.coupon.row': 'Coupon {{code}}',
  'store.coupon.always': 'The coupon holds for as long as you renew.',
  'store.coupon.once': 'The coupon is for the first period. The full price holds from',
  'store.coupon.some':
    'With the coupon you pay {{amount}} for each of the first {{count}} periods of {{term}}. The full price holds from',
  'store.summary.title': 'Your order',
  'store.summary.setup': 'Set-up, once',
  'store.refund.claim': '{{amount}} wait for you',
  'store.refund.claim.lead':
    'Coins cannot go back the way they came: say where they shall be sent. The amount is paid at the rate of that moment.',
  'store.refund.claim.go': 'Claim the refund',
  'store.summary.today': 'To pay today',
  'store.summary.tax.name': 'Tax',
  'store.summary.tax.included': 'Prices include tax. How much depends on your country.',
  'store.summary.tax.added': 'Tax is added. How much depends on your country.',
  'store.summary.tax.in': 'Included tax, {{rate}} %',
  'store.summary.tax.on': 'Tax, {{rate}} %',
  'store.summary.refund': 'Something does not work? Write to us: we help, or pay it back as our terms say.',
} as const

const paying = {
  'store.pay.how': 'How do you want to pay?',
  'store.pay.redirect': 'You go to the payment page and come back here.',
  'store.pay.instructions': 'You get instructions. We go on as soon as the money has arrived.',
  'store.pay.none': 'There is no way to pay at the moment. Please come back later, or write to us.',
  'store.pay.button': 'Pay {{amount}}',
  'store.pay.other': 'Pay another way',
  'store.pay.goOn': 'Your payment was begun and not finished. Nothing was taken.',
  'store.pay.goOn.button': 'Go on and pay {{amount}}',
  'store.pay.failed': 'The payment did not work',
  'store.pay.failed.next': 'Nothing was taken. Try again, or choose another way to pay.',
  'store.pay.instructions.title': 'How to pay',
  'store.pay.instructions.next':
    'This can take a day or two. When the money is here we set everything up by ourselves and write to {{email}}.',
  'store.pay.amount': 'Amount',
  'store.pay.reference': 'Payment reference',
  'store.pay.transfer.holder': 'Account holder',
  'store.pay.transfer.iban': 'IBAN',
  'store.pay.transfer.bic': 'BIC',
  'store.pay.transfer.bank': 'Bank',
  'store.pay.transfer.qr': 'Scan it with your banking app',
  'store.pay.transfer.qr.what': 'the filled-in transfer',
  'store.pay.transfer.reference.why':
    'Please take the reference exactly as it stands: by it we know that the money is yours.',
} as const

const order = {
  'store.order.title.awaiting_payment': 'Your order waits for its payment',
  'store.order.title.processing': 'Your payment is on its way',
  'store.order.title.setting_up': 'We are creating your TV login',
  'store.order.title.delayed': 'It takes a little longer',
  'store.order.title.needs_review': 'We are looking into it',
  'store.order.title.ready': 'Your TV login is ready',
  'store.order.title.canceled': 'This order was canceled',
  'store.order.title.refunded': 'This order was paid back',
  'store.order.about': 'Order {{number}}: {{plan}}',
  'store.order.keptUntil': 'We keep this order until',
  'store.order.cancel': 'Cancel the order',
  'store.order.canceledNow': 'Your order is canceled. Nothing was taken.',
  'store.order.again': 'Order again',
  'store.order.over.canceled':
    'Nothing was taken. If money of yours is still on its way, it is kept for you and you get it back.',
  'store.order.over.ended': 'The access that this order paid for has ended. Write to us if that surprises you.',
  'store.order.over.refunded': 'You have got your money back, and the TV login has ended.',
  'store.order.next.processing':
    'We are waiting for your bank or the payment network. You need not stay: we write to {{email}} when it has arrived.',
  'store.order.next.late': 'The login appears here by itself, and goes to {{email}} as well.',
  'store.order.next.setting_up':
    'This takes some seconds. The login appears here by itself, and goes to {{email}} as well.',
  'store.order.resent': 'Your TV login is on its way to your mailbox.',
  'store.step.ordered': 'Order received',
  'store.step.paying': 'Waiting for the payment',
  'store.step.paid': 'Payment received',
  'store.step.creating': 'Creating your TV login',
  'store.step.creating.detail': 'The TV server is being asked.',
  'store.step.delayed': 'Creating your TV login, with a delay',
  'store.step.delayed.detail': 'See below.',
  'store.step.ready': 'Ready',
  'store.step.ready.detail': 'Login, links and the guide for your device.',
  'store.delay.title': 'Your payment has arrived; nothing is lost',
  'store.delay.down':
    'The TV server is not answering. We keep trying, and write to {{email}} as soon as it works. Usually it takes less than 15 minutes. You need not do anything.',
  'store.delay.rests':
    'Your access is suspended at the moment, so your TV login is made later. Write to us if that surprises you.',
  'store.delay.review':
    'The TV server did not accept the set-up. Our staff know and are looking at it; we write to {{email}} as soon as it works. You need not do anything.',
  'store.delay.next': 'The next try is at',
  'store.delay.support': 'Write to us about this order',
  'store.ready.otherName': '{{asked}} was taken, so your user name is {{username}}',
  'store.ready.otherName.why': 'Somebody else got it first. Please use the name shown below.',
  'store.ready.plan': 'Plan',
  'store.ready.until': 'Paid until',
  'store.ready.connections': 'Screens',
  'store.ready.guide': 'Set up your device',
  'store.ready.resend': 'Send it by e-mail again',
  'store.ready.keep':
    'The login also went to {{email}}. To renew or change something later, sign in with that address.',
  'store.ready.changed': 'The TV login was changed since',
  'store.ready.changed.lead': 'The new one is shown in your account only, after signing in.',
  'store.ready.off': 'This TV login cannot be used at the moment',
  'store.ready.off.lead': 'Your account says why, and what to do.',
  'store.ready.account': 'Open your account',
  'store.login.title': 'Your TV login',
  'store.login.server': 'Server',
  'store.login.port': 'Port',
  'store.login.username': 'User name',
  'store.login.password': 'TV login password',
  'store.login.m3u': 'M3U link',
  'store.login.epg': 'EPG link (TV guide)',
  'store.login.portal': 'Portal address',
  'store.login.mac': 'MAC address',
  'store.login.codes': 'Links as QR codes',
} as const

const renewing = {
  'store.renew.title': 'Renew {{name}}',
  'store.renew.now': 'Paid until now',
  'store.renew.ended': 'Was paid until',
  'store.renew.then': 'After renewing',
  'store.renew.early': 'The new time, {{term}}, is added to what is left. Your TV login stays the same.',
  'store.renew.grace':
    'Your TV stayed on, so the new time, {{term}}, counts from {{day}}. Your TV login stays the same.',
  'store.renew.late':
    'The TV was off, so the new time, {{term}}, counts from {{day}}: days without TV cost nothing. Your TV login stays the same.',
  'store.renew.part':
    'This time it is not a whole term: it ends on the day on which your lines are renewed together. The price is for exactly this time.',
  'store.renew.sum': 'To pay',
  'store.renew.cannot': 'This plan cannot be renewed',
  'store.renew.cannot.lead': 'Choose a plan that suits you; it takes two minutes.',
  'store.renew.plans': 'See the plans',
  'store.invoice.title': 'Invoice',
  'store.invoice.pay': 'Pay an invoice',
  'store.payAt.title': 'On to the payment page',
  'store.payAt.go': 'Continue',
  'store.invoice.pdf': 'Save as PDF',
  'store.invoice.paid': 'Paid. Thank you',
  'store.invoice.until': 'Your plan now runs until',
  'store.invoice.extending': 'Your plan is being extended; the new date appears here in a moment.',
  'store.invoice.thanks': 'A receipt is in your mailbox.',
  'store.invoice.awaited': 'Your payment is on its way',
  'store.invoice.awaited.lead':
    'We are asking the payment page. You need not stay: we write to you as soon as the money has arrived.',
  'store.invoice.closed': 'This invoice is closed: there is nothing to pay.',
} as const

const help = {
  'store.help.title': 'Set up your device',
  'store.help.lead': 'What do you watch on? Each guide fits on one page and can be printed.',
  'store.guide.title': 'Set up: {{device}}',
  'store.guide.back': 'All devices',
  'store.guide.where': 'Your TV login is in the mail that you got after paying, and here:',
  'store.guide.trouble': 'If it does not work',
  'store.guide.support': 'Still stuck? Write to us:',
  'store.unsubscribe.title': 'Offers by e-mail',
  'store.unsubscribe.ask': 'Do you want no more offers from us?',
  'store.unsubscribe.none': 'You get no offers from us.',
  'store.unsubscribe.button': 'Unsubscribe',
  'store.unsubscribe.done': 'Done. You get no more offers from us.',
  'store.unsubscribe.service': 'Mails about what you bought, such as your login, receipts and reminders, go on.',
} as const

const legal = {
  'store.terms.default': `# What you buy
{{name}} sells access to a TV service for the time and the number of screens that the plan names. The price, the time and what happens at its end stand beside each plan before you order.

# Ordering and paying
Your order is binding when you press the order button. You pay in advance. Nothing is taken at the end of a plan without you: we remind you, and you renew if you like.

# Your TV login
The login is for you and your household. Do not pass it on or sell it. If more screens are open than the plan allows, the service may refuse further ones.

# If something does not work
Write to us: {{contact}}. We mend it. If we cannot, you get back what you paid for the time in which you could not watch.

# The end
A plan ends by itself when its time is over and was not renewed. We may end it earlier if the login is misused; we tell you why.

# Rights
{{name}} is responsible for the rights to everything it distributes.`,
  'store.privacy.default': `# What we keep
Your e-mail address, what you ordered and paid, your TV login, the mails we sent you, and when you signed in. If you gave a name, an address or a tax number, those as well. We never see your card number: the payment provider keeps it.

# What for
To deliver what you bought, to remind you before it ends, to answer your questions, and to keep the books that the law asks for. Offers go only to those who agreed, and every one of them has a link to unsubscribe.

# Who gets it
The payment provider that you choose gets what it needs for your payment. Nobody else gets anything, and no other site is loaded into these pages.

# How long
As long as you are a customer; invoices as long as the law demands. What is not needed any more is erased.

# Your rights
You may ask what we keep about you, have it corrected, handed over or erased. Write to {{name}}: {{contact}}.`,
} as const

// Marked pure, or the bundler keeps all of it for the console, which shows none: spreading could have had an effect.
export const storefront = /* @__PURE__ */ (() =>
  ({ ...window, ...checkout, ...paying, ...order, ...renewing, ...help, ...legal }) as const)()
