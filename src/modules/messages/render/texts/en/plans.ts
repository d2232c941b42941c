/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const plans = {
  renewal_invoice: {
    subject: 'Invoice {{ invoice_number }}: your TV plan ends on {{ ends_on }}',
    body: `${hello}

Your plan **{{ plan_name }}** is paid until {{ ends_on }}. The invoice for the next period is {{ amount }}.

{% if together %}
This goes for {{ together }}.
{% endif %}

{% if auto_charge_on %}
You do not need to do anything: we charge {% if payment_method %}{{ payment_method }}{% else %}your saved payment method{% endif %} on {{ auto_charge_on }}.

[See the invoice]({{ pay_url }} "button")
{% else %}
Pay when it suits you. The new period begins when the present one ends, so no day is lost. Your TV login stays the same.

[Pay {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}Your TV plan ended on {{ ends_on }}{% elsif ends_today %}Your TV plan ends today{% else %}Your TV plan ends on {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
Your plan **{{ plan_name }}** was paid until {{ ends_on }}.
{% elsif ends_today %}
Your plan **{{ plan_name }}** ends today, {{ ends_on }}.
{% else %}
Your plan **{{ plan_name }}** ends on {{ ends_on }}.
{% endif %}

{% if together %}
This goes for {{ together }}.
{% endif %}

{% if auto_charge_on %}
You do not need to do anything: we charge {{ amount }} to {% if payment_method %}{{ payment_method }}{% else %}your saved payment method{% endif %} on {{ auto_charge_on }}.

[Look at your renewal]({{ renew_url }} "button")
{% else %}
To keep watching, renew for {{ amount }}. Your TV login stays the same{% unless has_ended %}, and the time you have left is kept{% endunless %}.{% if suspends_on %} Without a payment TV pauses on {{ suspends_on }}.{% endif %}

[Renew]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'We would like to keep you',
    body: `${hello}

Your plan **{{ plan_name }}** is paid until {{ ends_on }}. It would be good to keep you: renew for {{ amount }} and everything stays as it is, with the same TV login.

[Renew]({{ renew_url }} "button"){% if shop_url %}

Would another plan suit you better? [See all plans]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'Renewed until {{ ends_on }}',
    body: `${hello}

Thank you. Your plan **{{ plan_name }}** is now paid until {{ ends_on }}. Your TV login stays the same; there is nothing to set up.

{% if together %}
This goes for {{ together }}.
{% endif %}
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

  plan_changed: {
    subject: 'You are on {{ plan_name }} now',
    body: `${hello}

Your plan is **{{ plan_name }}** now. It is paid until {{ ends_on }}; each renewal costs {{ amount }}.

Your TV login stays the same. If a channel is missing, close the app and open it again.

[See your account]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

Your plan **{{ plan_name }}** is paid until {{ ends_on }}.

[Renew]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}Please answer: a new price for your TV plan{% else %}A new price for your TV plan from {{ new_price_on }}{% endif %}',
    body: `${hello}

The price of your plan **{{ plan_name }}** changes: {{ new_amount }} instead of {{ old_amount }}. The first renewal at the new price is on {{ new_price_on }}. What you have paid for stays as it is, and so do renewals before that day.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
We need your agreement. {% if ends_without_consent %}Without it your plan ends on {{ new_price_on }}, and nothing more is charged.{% else %}Without it your price stays as it is.{% endif %}

[Answer]({{ price_url }} "button")
{% else %}
If that is fine, you do not need to do anything. If it is not, you can cancel at any time before.

[Look at your options]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'Your price stays as it is',
    body: `${hello}

We wrote to you about a new price for your plan **{{ plan_name }}**. It does not come: you go on paying {{ amount }}.

You do not need to do anything.`,
  },

  add_ons_changed: {
    subject:
      'Your line has {{ connections }} {% if connections == "1" %}connection{% else %}connections{% endif %} now',
    body: `${hello}

Your plan **{{ plan_name }}** works on {{ connections }} {% if connections == "1" %}screen{% else %}screens{% endif %} at the same time now. It is paid until {{ ends_on }}; each renewal costs {{ amount }}.

Your TV login stays the same: use it on every screen.

[See your account]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'Your TV plan rests until {{ resumes_on }}',
    body: `${hello}

Your plan **{{ plan_name }}** is paused. No day of it is lost: the time you have paid for goes on when the pause ends, on {{ resumes_on }} at the latest.

You can go on earlier at any time. Your TV login stays the same.

[See your account]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'We give you {{ given_time }} of TV',
    body: `${hello}

{{ what_happened }} We are sorry.

{% if plan_count > 1 %}
We give you the time back on each of your {{ plan_count }} plans, for **{{ plan_name }}** {{ given_time }}. It is paid until {{ ends_on }} now.
{% else %}
We give you {{ given_time }} on **{{ plan_name }}**. It is paid until {{ ends_on }} now.
{% endif %}

There is nothing for you to do.

[See your account]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: '{{ payment_method }} expires on {{ expires_on }}',
    body: `${hello}

{{ payment_method }}, which you let us keep, expires on {{ expires_on }}. The next renewal of your plan **{{ plan_name }}** comes after that, on {{ ends_on }}, and we could not charge it.

Pay the next {{ amount }} with your new card now and tick “Save it for renewals”. No day is lost: the new period begins when the present one ends.

[Renew with another card]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'Your payment of {{ amount }} did not go through',
    body: `${hello}

We could not take {{ amount }} for {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %}{% if payment_method %} from {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

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

{% if together %}
This goes for {{ together }}.
{% endif %}

Pay until then and nothing changes. If you have just paid, thank you: you can ignore this mail.

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'Your TV works on fewer screens until you pay',
    body: `${hello}

Your plan **{{ plan_name }}** was paid until {{ ends_on }}. For now TV works on {{ connections }} {% if connections == "1" %}screen{% else %}screens{% endif %} at a time; on {{ suspends_on }} it pauses.

{% if together %}
This goes for {{ together }}.
{% endif %}

Pay {{ amount }} and everything is back within a minute, with the same TV login.

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'Your TV is paused',
    body: `${hello}

Your plan **{{ plan_name }}** was paid until {{ ends_on }}, so TV is paused now.

{% if together %}
This goes for {{ together }}.
{% endif %}

Pay {{ amount }} and it comes back within a minute, with the same TV login. The new period begins on the day you pay.{% if terminates_on %} We keep your line until {{ terminates_on }}.{% endif %}

[Pay {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'Your TV is back on',
    body: `${hello}

Thank you. TV is back on, and your plan **{{ plan_name }}** is paid until {{ ends_on }}. Your TV login stays the same. If a device shows no picture, close the app and open it again.

{% if together %}
This goes for {{ together }}.
{% endif %}

[See your account]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject: '{% if tv_rests %}Your TV rests for now{% else %}{{ brand_name }} sells nothing new for now{% endif %}',
    body: `${hello}

{% if tv_rests %}
Your TV does not work at the moment: our service rests, and it is not because of anything that you did. Your TV login stays the same, and TV comes back by itself as soon as the service goes on. We write to you then.
{% else %}
Our shop takes no new orders at the moment. Your TV goes on, with the same TV login, and you can renew as before. We write to you when the shop is open again.
{% endif %}

You need not do anything.

[See your account]({{ account_url }} "button")`,
  },
  service_back: {
    subject: '{% if tv_rests %}Your TV is coming back{% else %}{{ brand_name }} is open again{% endif %}',
    body: `${hello}

{% if tv_rests %}
Our service goes on, and your TV comes back by itself within minutes, with the same TV login. If a device shows no picture, close the app and open it again.
{% else %}
Our shop takes orders again. Nothing changes for your TV.
{% endif %}

[See your account]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject: '{% if stays %}{{ brand_name }} stays open{% else %}{{ brand_name }} closes on {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
Our shop stays open after all. Nothing changes for your TV, and it is renewed as before.
{% else %}
Our shop closes on {{ closes_on }}, and takes no new orders. Your TV goes on, with the same TV login, to the end of what you have paid. Nothing is renewed past that day, and you are not asked for money for it.
{% endif %}

[See your account]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'Your TV plan is closed',
    body: `${hello}

Your plan **{{ plan_name }}**{% if ends_on %}, paid until {{ ends_on }},{% endif %} is closed, and its TV login no longer works. Nothing more will be charged.

{% if together %}
This goes for {{ together }}.
{% endif %}

You can come back at any time.

[See our plans]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
