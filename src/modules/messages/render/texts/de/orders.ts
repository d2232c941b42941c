/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'Der Benutzername „{{ requested_username }}“ war vergeben, Ihrer ist daher `{{ username }}`.',
  portal: 'Portal-Adresse',
  mac: 'MAC-Adresse',
  server: 'Server',
  port: 'Port',
  username: 'Benutzername',
  password: 'TV-Passwort',
  m3u: 'M3U-Link',
  epg: 'EPG-Link',
  plan: 'Tarif',
  until: 'Bezahlt bis',
  screens: 'Bildschirme gleichzeitig',
  setUp: 'Gerät einrichten',
  inAccount: 'Sie finden es auch [in Ihrem Konto]({{ account_url }}).',
  hidden: 'Zu Ihrer Sicherheit steht das TV-Login nicht in dieser E-Mail. Sie finden es in Ihrem Konto.',
  see: 'TV-Login ansehen',
  afterwards:
    '[Richten Sie dann Ihr Gerät ein]({{ guide_url }}). Ihr Tarif {{ plan_name }} ist bezahlt bis {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'Ihre Bestellung {{ order_number }}',
    body: `${hello}

wir haben Ihre Bestellung von **{{ plan_name }}** über {{ amount }}. Sobald Ihre Zahlung da ist, richten wir Ihren Anschluss ein und schicken das TV-Login an diese Adresse.

[Bestellung ansehen]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'Wir warten auf Ihre Zahlung',
    body: `${hello}

Ihre Bestellung von **{{ plan_name }}** ist gespeichert. Wir richten alles ein, sobald die Zahlung da ist; bei uns müssen Sie nichts weiter tun.

| | |
|-|-|
| Betrag | {{ amount }} |
| Bestellung | {{ order_number }} |
{% if payment_reference %}
| Verwendungszweck | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| Zahlen an | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| Zahlen bis | {{ pay_by }} |
{% endif %}

[Bestellung ansehen]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'Bestellung {{ order_number }} wurde nicht rechtzeitig bezahlt',
    body: `${hello}

für Ihre Bestellung von **{{ plan_name }}** ist keine Zahlung eingegangen, darum ist sie geschlossen. Es wurde nichts abgebucht.

Haben Sie doch bezahlt, antworten Sie bitte auf diese E-Mail. Geld, das später kommt, ist nicht verloren: Wir finden es und melden uns.

[Noch einmal bestellen]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'Ihr TV-Login', body: `${hello}\n\nIhr Anschluss ist bereit.\n${login}` },

  login_changed: {
    subject: 'Ihr TV-Login hat sich geändert',
    body: `${hello}\n\nIhr TV-Login hat sich geändert. Ihre Geräte müssen sich mit dem neuen neu anmelden. Wenn Sie das nicht veranlasst haben, antworten Sie bitte auf diese E-Mail.\n${login}`,
  },

  line_moved: {
    subject: 'Ihr TV hat eine neue Adresse',
    body: `${hello}\n\nIhr Anschluss ist auf einen anderen Server umgezogen. Benutzername und Passwort bleiben, und kein bezahlter Tag geht verloren; nur die Adresse ist neu. Bitte geben Sie sie auf Ihrem Gerät ein, wie die Anleitung zeigt; bis dahin kann es sein, dass nichts läuft.\n${login}`,
  },

  setup_delayed: {
    subject: 'Ihre Bestellung {{ order_number }} dauert etwas länger',
    body: `${hello}

Ihre Zahlung ist da. Der TV-Server antwortet zurzeit nicht, darum ist Ihr Anschluss für **{{ plan_name }}** noch nicht bereit. Wir versuchen es weiter und schicken Ihr TV-Login, sobald es geht. Meist dauert das weniger als 15 Minuten.

Sie müssen nichts tun.

[Bestellung ansehen]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'Ihr TV-Login ist jetzt bereit',
    body: `${hello}\n\nDanke für Ihre Geduld: Ihr Anschluss ist jetzt bereit.\n${login}`,
  },

  receipt: {
    subject: 'Beleg über {{ amount }}',
    body: `${hello}

vielen Dank für Ihre Zahlung.

| | |
|-|-|
| Betrag | {{ amount }} |
| Bezahlt am | {{ paid_on }} |
{% if payment_method %}
| Bezahlt mit | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| Für | {{ plan_name }} |
{% endif %}
| Rechnung | {{ invoice_number }} |

[Rechnung ansehen]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'Holen Sie Ihre Erstattung von {{ amount }} ab',
    body: `${hello}

wir erstatten {{ amount }}{% if invoice_number %} von Rechnung {{ invoice_number }}{% endif %}. Münzen können nicht den Weg zurückgehen, den sie kamen: Bitte sagen Sie, wohin wir sie schicken sollen.

[Erstattung abholen]({{ claim_url }} "button")

Der Betrag wird in Münzen zum Kurs des Augenblicks gezahlt, in dem er verschickt wird. Behalten Sie diesen Link für sich: Wer ihn hat, kann die Erstattung abholen.`,
  },
  refund: {
    subject: 'Wir haben {{ amount }} erstattet',
    body: `${hello}

wir haben {{ amount }} zurückgeschickt{% if payment_method %} an {{ payment_method }}{% endif %}. Je nach Bank kann es einige Tage dauern, bis Sie es sehen.
{% if invoice_number %}

| | |
|-|-|
| Rechnung | {{ invoice_number }} |
{% if credit_note_number %}
| Rechnungskorrektur | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[Rechnungen ansehen]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
