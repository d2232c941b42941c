/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'The user name "{{ requested_username }}" was taken, so yours is `{{ username }}`.',
  portal: 'Portal address',
  mac: 'MAC address',
  server: 'Server',
  port: 'Port',
  username: 'User name',
  password: 'TV login password',
  m3u: 'M3U link',
  epg: 'EPG link',
  plan: 'Plan',
  until: 'Paid until',
  screens: 'Screens at once',
  setUp: 'Set up your device',
  inAccount: 'You can also [see it in your account]({{ account_url }}).',
  hidden: 'For your safety the TV login is not in this mail. You find it in your account.',
  see: 'See your TV login',
  afterwards: 'Then [set up your device]({{ guide_url }}). Your plan {{ plan_name }} is paid until {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'Your order {{ order_number }}',
    body: `${hello}

We have your order for **{{ plan_name }}**, {{ amount }}. As soon as your payment arrives we set up your line and send the TV login to this address.

[See your order]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'We are waiting for your payment',
    body: `${hello}

Your order for **{{ plan_name }}** is saved. We set it up as soon as the payment arrives; you do not need to do anything on our side.

| | |
|-|-|
| Amount | {{ amount }} |
| Order | {{ order_number }} |
{% if payment_reference %}
| Reference | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| Pay to | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| Pay by | {{ pay_by }} |
{% endif %}

[See your order]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'Order {{ order_number }} was not paid in time',
    body: `${hello}

We did not receive a payment for your order of **{{ plan_name }}**, so it is closed. Nothing was charged.

If you did pay, please answer this mail. Money that arrives later is not lost: we will find it and get in touch.

[Order again]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'Your TV login', body: `${hello}\n\nYour line is ready.\n${login}` },

  login_changed: {
    subject: 'Your TV login has changed',
    body: `${hello}\n\nYour TV login has changed. Your devices must sign in again with the new one. If you did not ask for this, please answer this mail.\n${login}`,
  },

  line_moved: {
    subject: 'Your TV has a new address',
    body: `${hello}\n\nYour line moved to another server. User name and password stay as they are, and no paid day is lost; only the address is new. Please enter it on your device, as the guide shows; until then it may not play.\n${login}`,
  },

  setup_delayed: {
    subject: 'Your order {{ order_number }} takes a little longer',
    body: `${hello}

Your payment arrived. The TV server is not answering at the moment, so your line for **{{ plan_name }}** is not ready yet. We keep trying and send your TV login as soon as it is. This usually takes less than 15 minutes.

You do not need to do anything.

[See your order]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'Your TV login is ready now',
    body: `${hello}\n\nThank you for waiting: your line is ready now.\n${login}`,
  },

  receipt: {
    subject: 'Receipt for {{ amount }}',
    body: `${hello}

Thank you for your payment.

| | |
|-|-|
| Amount | {{ amount }} |
| Paid on | {{ paid_on }} |
{% if payment_method %}
| Paid with | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| For | {{ plan_name }} |
{% endif %}
| Invoice | {{ invoice_number }} |

[See the invoice]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'Claim your refund of {{ amount }}',
    body: `${hello}

We give {{ amount }} back{% if invoice_number %} of invoice {{ invoice_number }}{% endif %}. Coins cannot go back the way they came: please say where we shall send them.

[Claim your refund]({{ claim_url }} "button")

The amount is paid in coins at the rate of the moment when it is sent. Keep this link to yourself: whoever has it can claim the refund.`,
  },
  refund: {
    subject: 'We refunded {{ amount }}',
    body: `${hello}

We sent {{ amount }} back{% if payment_method %} to {{ payment_method }}{% endif %}. Depending on your bank it can take some days until you see it.
{% if invoice_number %}

| | |
|-|-|
| Invoice | {{ invoice_number }} |
{% if credit_note_number %}
| Credit note | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[See your invoices]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
