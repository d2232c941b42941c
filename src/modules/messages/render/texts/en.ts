/** The default words in English: short, plain, exact; one thing to do per message. */
import type { Texts } from '#platform/templates/types.ts'
import type { TemplateKey } from '../definitions.ts'

const hello = 'Hello{% if customer_name %} {{ customer_name }}{% endif %},'

const loginBlock = `
{% if requested_username and username %}
The user name "{{ requested_username }}" was taken, so yours is \`{{ username }}\`.

{% endif %}
{% if show_login %}
| | |
|-|-|
{% if mac_address %}
| Portal address | \`{{ portal_url }}\` |
| MAC address | \`{{ mac_address }}\` |
{% else %}
| Server | \`{{ server }}\` |
{% if port %}
| Port | \`{{ port }}\` |
{% endif %}
| User name | \`{{ username }}\` |
| TV login password | \`{{ password }}\` |
{% if m3u_url %}
| M3U link | \`{{ m3u_url }}\` |
{% endif %}
{% if epg_url %}
| EPG link | \`{{ epg_url }}\` |
{% endif %}
{% if portal_url %}
| Portal address | \`{{ portal_url }}\` |
{% endif %}
{% endif %}
| Plan | {{ plan_name }} |
| Paid until | {{ ends_on }} |
| Screens at once | {{ connections }} |

[Set up your device]({{ guide_url }} "button")

You can also [see it in your account]({{ account_url }}).
{% else %}
For your safety the TV login is not in this mail. You find it in your account.

[See your TV login]({{ account_url }} "button")

Then [set up your device]({{ guide_url }}). Your plan {{ plan_name }} is paid until {{ ends_on }}.
{% endif %}
`

export const en: Record<TemplateKey, Texts> = {
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

  credentials: { subject: 'Your TV login', body: `${hello}\n\nYour line is ready.\n${loginBlock}` },

  login_changed: {
    subject: 'Your TV login has changed',
    body: `${hello}\n\nYour TV login has changed. Your devices must sign in again with the new one. If you did not ask for this, please answer this mail.\n${loginBlock}`,
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
    body: `${hello}\n\nThank you for waiting: your line is ready now.\n${loginBlock}`,
  },

  renewal_invoice: {
    subject: 'Invoice {{ invoice_number }}: your TV plan ends on {{ ends_on }}',
    body: `${hello}

Your plan **{{ plan_name }}** is paid until {{ ends_on }}. The invoice for the next period is {{ amount }}.

{% if auto_charge_on %}
You do not need to do anything: we charge {% if payment_method %}{{ payment_method }}{% else %}your saved payment method{% endif %} on {{ auto_charge_on }}.

[See the invoice]({{ pay_url }} "button")
{% else %}
Pay when it suits you. The new period begins when the present one ends, so no day is lost. Your TV login stays the same.

[Pay {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject: '{% if ends_today %}Your TV plan ends today{% else %}Your TV plan ends on {{ ends_on }}{% endif %}',
    body: `${hello}

{% if ends_today %}
Your plan **{{ plan_name }}** ends today, {{ ends_on }}.
{% else %}
Your plan **{{ plan_name }}** ends on {{ ends_on }}.
{% endif %}

{% if auto_charge_on %}
You do not need to do anything: we charge {{ amount }} to {% if payment_method %}{{ payment_method }}{% else %}your saved payment method{% endif %} on {{ auto_charge_on }}.

[Look at your renewal]({{ renew_url }} "button")
{% else %}
To keep watching, renew for {{ amount }}. Your TV login stays the same, and the time you have left is kept.{% if suspends_on %} Without a payment TV pauses on {{ suspends_on }}.{% endif %}

[Renew]({{ renew_url }} "button")
{% endif %}`,
  },

  renewed: {
    subject: 'Renewed until {{ ends_on }}',
    body: `${hello}

Thank you. Your plan **{{ plan_name }}** is now paid until {{ ends_on }}. Your TV login stays the same; there is nothing to set up.
{% if amount %}

| | |
|-|-|
| Paid | {{ amount }} |
{% if invoice_number %}
| Invoice | {{ invoice_number }} |
{% endif %}
{% endif %}

[See your account]({{ account_url }} "button")`,
  },

  payment_failed: {
    subject: 'Your payment of {{ amount }} did not go through',
    body: `${hello}

We could not take {{ amount }} for **{{ plan_name }}**{% if payment_method %} from {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
We try again on {{ next_try_on }}. You can also pay now, or choose another payment method.
{% else %}
Please pay now, or choose another payment method.
{% endif %}
{% if suspends_on %}
TV stays on until {{ suspends_on }}.
{% endif %}

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'Your TV plan ended, TV stays on until {{ suspends_on }}',
    body: `${hello}

Your plan **{{ plan_name }}** was paid until {{ ends_on }}. We keep TV on for you until {{ suspends_on }}.

Pay until then and nothing changes. If you have just paid, thank you: you can ignore this mail.

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'Your TV is paused',
    body: `${hello}

Your plan **{{ plan_name }}** was paid until {{ ends_on }}, so TV is paused now.

Pay {{ amount }} and it comes back within a minute, with the same TV login. The new period begins on the day you pay.{% if terminates_on %} We keep your line until {{ terminates_on }}.{% endif %}

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'Your TV is back on',
    body: `${hello}

Thank you. TV is back on, and your plan **{{ plan_name }}** is paid until {{ ends_on }}. Your TV login stays the same. If a device shows no picture, close the app and open it again.

[See your account]({{ account_url }} "button")`,
  },

  terminated: {
    subject: 'Your TV plan is closed',
    body: `${hello}

Your plan **{{ plan_name }}**{% if ends_on %}, paid until {{ ends_on }},{% endif %} is closed, and its TV login no longer works. Nothing more will be charged.

You can come back at any time.

[See our plans]({{ shop_url }} "button")`,
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

  magic_link: {
    subject: 'Your sign-in link for {{ brand_name }}',
    body: `${hello}

Use this link to sign in. It works once, for {{ valid_for }}.

[Sign in]({{ sign_in_url }} "button")

If you did not ask for it, ignore this mail: nobody can sign in without it.`,
  },

  email_change: {
    subject: 'Confirm your new mail address',
    body: `${hello}

Please confirm that {{ new_email }} is yours. The link works for {{ valid_for }}.

[Confirm the address]({{ confirm_url }} "button")

If you did not ask for this, ignore this mail: nothing changes.`,
  },

  email_changed: {
    subject: 'Your mail address was changed',
    body: `${hello}

The mail address of your account is now {{ new_email }}. This is the last mail to this address.

If it was not you, please answer this mail at once.`,
  },

  staff_invite: {
    subject: '{{ invited_by }} invites you to {{ brand_name }}',
    body: `Hello,

{{ invited_by }} invites you to work on **{{ brand_name }}** as {{ role }}. The link works for {{ valid_for }}.

[Accept the invitation]({{ invite_url }} "button")`,
  },

  staff_alert: {
    subject: '{{ brand_name }}: {{ alert_title }}',
    body: `**{{ alert_title }}**

{{ alert_detail }}
{% if alert_next %}

{{ alert_next }}
{% endif %}
{% if alert_facts %}

{% for fact in alert_facts %}
- {{ fact }}
{% endfor %}
{% endif %}

[Open the console]({{ console_url }} "button")
{% if sent_at %}

{{ sent_at }}
{% endif %}`,
  },

  test_message: {
    subject: 'Mail works for {{ brand_name }}',
    body: `Hello,

This mail was sent on {{ sent_at }} to test the mail settings of {{ brand_name }}. It arrived, so they work.

Look at where it landed: if it is in the spam folder, the records SPF, DKIM and DMARC of your domain need care.`,
  },
}
