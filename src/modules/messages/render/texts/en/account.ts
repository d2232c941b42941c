/** Signing in, and mail to staff. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
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

  reseller_invite: {
    subject: '{{ invited_by }} invites you to sell under your own name',
    body: `Hello,

{{ invited_by }} invites you to a shop of your own: your name, your prices, your customers, on our panels. The link works for {{ valid_for }}.

[Open your shop]({{ invite_url }} "button")`,
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
} as const satisfies Record<string, Texts>
