/**
 * Every variable that a message may use, with what it is and an example: shown beside the editor, used for previews and
 * for checking a text before it is saved. Amounts and dates arrive as finished strings in the reader's language and
 * zone: a template never computes.
 */
import type { Value } from '#platform/templates/types.ts'

type Described = { readonly description: string; readonly sample: Value }

export const variables = {
  brand_name: { description: 'Name of the shop', sample: 'Northwind TV' },
  customer_name: { description: 'Name of the customer, when known', sample: 'Ana Kovač' },
  account_url: { description: "Link to the customer's account", sample: 'https://tv.example.net/account' },

  order_number: { description: 'Number of the order', sample: 'N-1042' },
  order_url: { description: 'Signed link to the order', sample: 'https://tv.example.net/orders/5f3c' },
  shop_url: { description: 'Link to the plans', sample: 'https://tv.example.net/plans' },
  plan_name: { description: 'Name of the plan', sample: 'Family, 12 months' },
  amount: { description: 'Amount with its currency', sample: '59.90 EUR' },

  payment_reference: { description: 'What to write on a bank transfer', sample: 'N-1042' },
  payment_instructions: {
    description: 'How to pay, as the payment method says',
    sample: 'IBAN DE00 0000 0000 0000 0000 00\nNorthwind TV Ltd',
  },
  pay_by: { description: 'Until when the payment can arrive', sample: '24 November 2026, 18:00' },
  pay_url: { description: 'Signed link to pay the open invoice', sample: 'https://tv.example.net/pay/9b1d' },
  payment_method: { description: 'How it was or will be paid', sample: 'Visa ending in 4242' },
  expires_on: { description: 'Last day on which a saved card can be charged', sample: '30 November 2026' },
  failure_reason: { description: 'Why the payment failed, in plain words', sample: 'The card has expired.' },
  next_try_on: { description: 'When we charge again', sample: '29 November 2026' },

  show_login: { description: 'Whether the TV login may stand in the mail', sample: true },
  server: { description: 'Server address', sample: 'http://line.example.net' },
  port: { description: 'Port of the server', sample: '8080' },
  username: { description: 'User name of the TV login', sample: 'ana84' },
  password: { description: 'Password of the TV login', sample: 'k7mw-p3xq' },
  m3u_url: {
    description: 'M3U link',
    sample: 'http://line.example.net:8080/get.php?username=ana84&password=k7mw-p3xq&type=m3u_plus&output=ts',
  },
  epg_url: {
    description: 'EPG link (TV guide)',
    sample: 'http://line.example.net:8080/xmltv.php?username=ana84&password=k7mw-p3xq',
  },
  portal_url: { description: 'Portal address, for MAG and similar boxes', sample: 'http://line.example.net:8080/c/' },
  mac_address: { description: 'MAC address of the box', sample: '00:1A:79:12:34:56' },
  connections: { description: 'Screens at the same time', sample: '2' },
  requested_username: { description: 'The user name that was asked for, when another had to be used', sample: 'ana' },
  guide_url: { description: 'Link to the set-up guide for the device', sample: 'https://tv.example.net/help/tv_stick' },

  ends_on: { description: 'Last day of the paid time', sample: '28 November 2026' },
  ends_today: { description: 'Whether the paid time ends today', sample: false },
  has_ended: { description: 'Whether the paid time ended on a day before today', sample: false },
  suspends_on: { description: 'When TV is paused unless paid', sample: '1 December 2026' },
  stays: { description: 'Whether a shop that was to close stays open', sample: false },
  closes_on: { description: 'Day on which the shop closes', sample: '28 February 2027' },
  tv_rests: { description: 'Whether TV rests, too, and not only what is sold', sample: true },
  together: {
    description: 'All lines that are renewed together, where there are several',
    sample: 'Solo (mara-tv), Solo (kids-tv)',
  },
  terminates_on: { description: 'When the line is closed unless paid', sample: '5 December 2026' },
  auto_charge_on: { description: 'When the saved payment method is charged', sample: '27 November 2026' },
  resumes_on: { description: 'When a pause ends by itself', sample: '1 March 2027' },
  message_subject: { description: 'Subject of a personal message', sample: 'Your plan ends soon' },
  message_text: { description: 'What staff wrote', sample: 'We saw that you have not renewed yet. Can we help?' },
  old_amount: { description: 'Price until now', sample: '12.99 EUR' },
  new_amount: { description: 'Announced price', sample: '14.99 EUR' },
  new_price_on: { description: 'Day of the first renewal at the announced price', sample: '28 January 2027' },
  price_note: { description: 'Why the price changes, in your words', sample: 'Licences have become dearer.' },
  price_url: { description: 'Link to the announced price', sample: 'https://tv.example.net/account/lines/5f3c/price' },
  asks_consent: { description: 'Whether the customer must agree to the announced price', sample: true },
  ends_without_consent: { description: 'Whether the plan ends unless he agrees', sample: false },
  renew_url: { description: 'Signed link to renew', sample: 'https://tv.example.net/renew/77aa' },

  invoice_number: { description: 'Number of the invoice', sample: '2026-00017' },
  invoice_url: { description: 'Link to the invoice', sample: 'https://tv.example.net/account/invoices' },
  claim_url: {
    description: 'Where the customer says where a refund in coins shall go',
    sample: 'https://btcpay.example.net/pull-payments/7Rk2',
  },
  credit_note_number: { description: 'Number of the credit note', sample: 'C-2026-00003' },
  paid_on: { description: 'Day of the payment', sample: '21 November 2026' },

  sign_in_url: { description: 'Link that signs in, once', sample: 'https://tv.example.net/sign-in/1c9e' },
  valid_for: { description: 'How long the link works', sample: '15 minutes' },
  confirm_url: { description: 'Link that confirms', sample: 'https://tv.example.net/confirm/2f6b' },
  new_email: { description: 'The new mail address', sample: 'ana@example.net' },

  what_happened: { description: 'What the incident was, as everybody may read', sample: 'Some channels did not play.' },
  given_time: { description: 'How much time was given for it', sample: '6 hours' },
  plan_count: { description: 'To how many plans of the customer', sample: 1 },

  invited_by: { description: 'Who invites', sample: 'Jonas Weber' },
  role: { description: 'Role of the invited person', sample: 'Support' },
  invite_url: { description: 'Link to accept the invitation', sample: 'https://tv.example.net/invite/3d2a' },
  sent_at: { description: 'When the message was made', sample: '21 November 2026, 14:05' },

  alert_title: { description: 'What is wrong, in a few words', sample: 'Panel Frankfurt A does not answer' },
  alert_detail: {
    description: 'What happened and since when',
    sample: 'No answer since 14:02. 12 orders wait. Nothing was changed.',
  },
  alert_next: {
    description: 'What happens next by itself',
    sample: 'We try again every minute and set up the waiting orders in order.',
  },
  alert_facts: { description: 'Further lines, such as order numbers', sample: ['Order N-1042', 'Order N-1043'] },
  console_url: { description: 'Link to the place in the console', sample: 'https://tv.example.net/admin/panels' },
} as const satisfies Record<string, Described>

export type VariableName = keyof typeof variables
