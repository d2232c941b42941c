/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

const together = `{% if together %}
Das gilt für {{ together }}.
{% endif %}`

export const plans = {
  renewal_invoice: {
    subject: 'Rechnung {{ invoice_number }}: Ihr TV-Tarif endet am {{ ends_on }}',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** ist bezahlt bis {{ ends_on }}. Die Rechnung für den nächsten Zeitraum beträgt {{ amount }}.

${together}

{% if auto_charge_on %}
Sie müssen nichts tun: Wir belasten {% if payment_method %}{{ payment_method }}{% else %}Ihre gespeicherte Zahlungsart{% endif %} am {{ auto_charge_on }}.

[Rechnung ansehen]({{ pay_url }} "button")
{% else %}
Zahlen Sie, wann es Ihnen passt. Der neue Zeitraum beginnt, wenn der jetzige endet, es geht also kein Tag verloren. Ihr TV-Login bleibt gleich.

[{{ amount }} bezahlen]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}Ihr TV-Tarif endete am {{ ends_on }}{% elsif ends_today %}Ihr TV-Tarif endet heute{% else %}Ihr TV-Tarif endet am {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
Ihr Tarif **{{ plan_name }}** war bezahlt bis {{ ends_on }}.
{% elsif ends_today %}
Ihr Tarif **{{ plan_name }}** endet heute, am {{ ends_on }}.
{% else %}
Ihr Tarif **{{ plan_name }}** endet am {{ ends_on }}.
{% endif %}

${together}

{% if auto_charge_on %}
Sie müssen nichts tun: Wir belasten {% if payment_method %}{{ payment_method }}{% else %}Ihre gespeicherte Zahlungsart{% endif %} am {{ auto_charge_on }} mit {{ amount }}.

[Verlängerung ansehen]({{ renew_url }} "button")
{% else %}
Um weiterzuschauen, verlängern Sie für {{ amount }}. Ihr TV-Login bleibt gleich{% unless has_ended %}, und Ihre restliche Zeit bleibt erhalten{% endunless %}.{% if suspends_on %} Ohne Zahlung pausiert das TV am {{ suspends_on }}.{% endif %}

[Verlängern]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'Wir würden Sie gern behalten',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** ist bezahlt bis {{ ends_on }}. Schön, wenn Sie bleiben: Verlängern Sie für {{ amount }}, und alles bleibt, wie es ist, mit demselben TV-Login.

[Verlängern]({{ renew_url }} "button"){% if shop_url %}

Passt ein anderer Tarif besser zu Ihnen? [Alle Tarife ansehen]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'Verlängert bis {{ ends_on }}',
    body: `${hello}

vielen Dank. Ihr Tarif **{{ plan_name }}** ist jetzt bezahlt bis {{ ends_on }}. Ihr TV-Login bleibt gleich; Sie müssen nichts einrichten.

${together}
{% if amount %}

| | |
|-|-|
| Bezahlt | {{ amount }} |
{% if invoice_number %}
| Rechnung | {{ invoice_number }} |
{% endif %}
{% endif %}

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  plan_changed: {
    subject: 'Sie haben jetzt {{ plan_name }}',
    body: `${hello}

Ihr Tarif ist jetzt **{{ plan_name }}**. Er ist bezahlt bis {{ ends_on }}; jede Verlängerung kostet {{ amount }}.

Ihr TV-Login bleibt gleich. Fehlt ein Sender, schließen Sie die App und öffnen sie neu.

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

Ihr Tarif **{{ plan_name }}** ist bezahlt bis {{ ends_on }}.

[Verlängern]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}Bitte antworten Sie: neuer Preis für Ihren TV-Tarif{% else %}Neuer Preis für Ihren TV-Tarif ab {{ new_price_on }}{% endif %}',
    body: `${hello}

der Preis Ihres Tarifs **{{ plan_name }}** ändert sich: {{ new_amount }} statt {{ old_amount }}. Die erste Verlängerung zum neuen Preis ist am {{ new_price_on }}. Was Sie bezahlt haben, bleibt, wie es ist, und ebenso Verlängerungen vor diesem Tag.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
Wir brauchen Ihre Zustimmung. {% if ends_without_consent %}Ohne sie endet Ihr Tarif am {{ new_price_on }}, und es wird nichts mehr abgebucht.{% else %}Ohne sie bleibt Ihr Preis, wie er ist.{% endif %}

[Antworten]({{ price_url }} "button")
{% else %}
Ist das in Ordnung, müssen Sie nichts tun. Wenn nicht, können Sie vorher jederzeit kündigen.

[Möglichkeiten ansehen]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'Ihr Preis bleibt, wie er ist',
    body: `${hello}

wir hatten Ihnen einen neuen Preis für Ihren Tarif **{{ plan_name }}** angekündigt. Er kommt nicht: Sie zahlen weiterhin {{ amount }}.

Sie müssen nichts tun.`,
  },

  add_ons_changed: {
    subject:
      'Ihr Anschluss hat jetzt {{ connections }} {% if connections == "1" %}Verbindung{% else %}Verbindungen{% endif %}',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** läuft jetzt auf {{ connections }} {% if connections == "1" %}Bildschirm{% else %}Bildschirmen{% endif %} gleichzeitig. Er ist bezahlt bis {{ ends_on }}; jede Verlängerung kostet {{ amount }}.

Ihr TV-Login bleibt gleich: Benutzen Sie es auf jedem Bildschirm.

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'Ihr TV-Tarif pausiert bis {{ resumes_on }}',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** pausiert. Es geht kein Tag verloren: Die bezahlte Zeit läuft weiter, wenn die Pause endet, spätestens am {{ resumes_on }}.

Sie können jederzeit früher weitermachen. Ihr TV-Login bleibt gleich.

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'Wir schenken Ihnen {{ given_time }} TV',
    body: `${hello}

{{ what_happened }} Das tut uns leid.

{% if plan_count > 1 %}
Wir geben Ihnen die Zeit auf jedem Ihrer {{ plan_count }} Tarife zurück, für **{{ plan_name }}** {{ given_time }}. Er ist jetzt bezahlt bis {{ ends_on }}.
{% else %}
Wir geben Ihnen {{ given_time }} auf **{{ plan_name }}**. Er ist jetzt bezahlt bis {{ ends_on }}.
{% endif %}

Sie müssen nichts tun.

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: '{{ payment_method }} läuft am {{ expires_on }} ab',
    body: `${hello}

{{ payment_method }}, die Sie bei uns gespeichert haben, läuft am {{ expires_on }} ab. Die nächste Verlängerung Ihres Tarifs **{{ plan_name }}** kommt danach, am {{ ends_on }}, und wir könnten sie nicht belasten.

Zahlen Sie die nächsten {{ amount }} jetzt mit Ihrer neuen Karte und setzen Sie das Häkchen „Für Verlängerungen speichern“. Es geht kein Tag verloren: Der neue Zeitraum beginnt, wenn der jetzige endet.

[Mit anderer Karte verlängern]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'Ihre Zahlung von {{ amount }} hat nicht geklappt',
    body: `${hello}

wir konnten {{ amount }} für {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %} nicht{% if payment_method %} von {{ payment_method }}{% endif %} abbuchen.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
Wir versuchen es am {{ next_try_on }} noch einmal. Sie können auch jetzt bezahlen oder eine andere Zahlungsart wählen.
{% else %}
Bitte bezahlen Sie jetzt oder wählen Sie eine andere Zahlungsart.
{% endif %}
{% if suspends_on %}
Das TV bleibt an bis {{ suspends_on }}.
{% endif %}

[{{ amount }} bezahlen]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'Ihr TV-Tarif ist zu Ende, das TV bleibt an bis {{ suspends_on }}',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** war bezahlt bis {{ ends_on }}. Wir lassen das TV für Sie an bis {{ suspends_on }}.

${together}

Zahlen Sie bis dahin, und es ändert sich nichts. Haben Sie gerade bezahlt, vielen Dank: Dann beachten Sie diese E-Mail nicht.

[{{ amount }} bezahlen]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'Ihr TV läuft auf weniger Bildschirmen, bis Sie bezahlen',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** war bezahlt bis {{ ends_on }}. Vorerst läuft das TV auf {{ connections }} {% if connections == "1" %}Bildschirm{% else %}Bildschirmen{% endif %} gleichzeitig; am {{ suspends_on }} pausiert es.

${together}

Zahlen Sie {{ amount }}, und innerhalb einer Minute ist alles wieder da, mit demselben TV-Login.

[{{ amount }} bezahlen]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'Ihr TV pausiert',
    body: `${hello}

Ihr Tarif **{{ plan_name }}** war bezahlt bis {{ ends_on }}, darum pausiert das TV jetzt.

${together}

Zahlen Sie {{ amount }}, und es kommt innerhalb einer Minute zurück, mit demselben TV-Login. Der neue Zeitraum beginnt an dem Tag, an dem Sie zahlen.{% if terminates_on %} Wir halten Ihren Anschluss bis {{ terminates_on }} bereit.{% endif %}

[{{ amount }} bezahlen]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'Ihr TV ist wieder an',
    body: `${hello}

vielen Dank. Das TV ist wieder an, und Ihr Tarif **{{ plan_name }}** ist bezahlt bis {{ ends_on }}. Ihr TV-Login bleibt gleich. Zeigt ein Gerät kein Bild, schließen Sie die App und öffnen sie neu.

${together}

[Ihr Konto ansehen]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject:
      '{% if tv_rests %}Ihr TV pausiert vorerst{% else %}{{ brand_name }} verkauft vorerst nichts Neues{% endif %}',
    body: `${hello}

{% if tv_rests %}
Ihr TV funktioniert im Moment nicht: Unser Dienst pausiert, und das liegt nicht an etwas, das Sie getan haben. Ihr TV-Login bleibt gleich, und das TV kommt von selbst zurück, sobald der Dienst weitergeht. Wir schreiben Ihnen dann.
{% else %}
Unser Shop nimmt im Moment keine neuen Bestellungen an. Ihr TV läuft weiter, mit demselben TV-Login, und Sie können wie bisher verlängern. Wir schreiben Ihnen, wenn der Shop wieder offen ist.
{% endif %}

Sie müssen nichts tun.

[Zu Ihrem Konto]({{ account_url }} "button")`,
  },

  service_back: {
    subject: '{% if tv_rests %}Ihr TV kommt zurück{% else %}{{ brand_name }} ist wieder offen{% endif %}',
    body: `${hello}

{% if tv_rests %}
Unser Dienst geht weiter, und Ihr TV kommt innerhalb von Minuten von selbst zurück, mit demselben TV-Login. Zeigt ein Gerät kein Bild, schließen Sie die App und öffnen Sie sie wieder.
{% else %}
Unser Shop nimmt wieder Bestellungen an. An Ihrem TV ändert sich nichts.
{% endif %}

[Zu Ihrem Konto]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject:
      '{% if stays %}{{ brand_name }} bleibt offen{% else %}{{ brand_name }} schließt am {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
Unser Shop bleibt doch offen. An Ihrem TV ändert sich nichts, und es wird verlängert wie bisher.
{% else %}
Unser Shop schließt am {{ closes_on }} und nimmt keine neuen Bestellungen mehr an. Ihr TV läuft mit demselben TV-Login bis zum Ende der bezahlten Zeit weiter. Über diesen Tag hinaus wird nichts verlängert, und dafür wird kein Geld verlangt.
{% endif %}

[Zu Ihrem Konto]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'Ihr TV-Tarif ist geschlossen',
    body: `${hello}

Ihr Tarif **{{ plan_name }}**{% if ends_on %}, bezahlt bis {{ ends_on }},{% endif %} ist geschlossen, und sein TV-Login funktioniert nicht mehr. Es wird nichts mehr abgebucht.

${together}

Sie können jederzeit zurückkommen.

[Tarife ansehen]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
