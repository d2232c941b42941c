/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'Le nom d’utilisateur « {{ requested_username }} » était pris, le vôtre est donc `{{ username }}`.',
  portal: 'Adresse du portail',
  mac: 'Adresse MAC',
  server: 'Serveur',
  port: 'Port',
  username: 'Nom d’utilisateur',
  password: 'Mot de passe TV',
  m3u: 'Lien M3U',
  epg: 'Lien EPG',
  plan: 'Formule',
  until: 'Payé jusqu’au',
  screens: 'Écrans à la fois',
  setUp: 'Configurer votre appareil',
  inAccount: 'Vous le trouvez aussi [dans votre compte]({{ account_url }}).',
  hidden: 'Pour votre sécurité, l’accès TV n’est pas dans cet e-mail. Vous le trouvez dans votre compte.',
  see: 'Voir votre accès TV',
  afterwards:
    '[Configurez ensuite votre appareil]({{ guide_url }}). Votre formule {{ plan_name }} est payée jusqu’au {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'Votre commande {{ order_number }}',
    body: `${hello}

Nous avons bien reçu votre commande de **{{ plan_name }}**, {{ amount }}. Dès que votre paiement arrive, nous mettons votre ligne en service et envoyons l’accès TV à cette adresse.

[Voir votre commande]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'Nous attendons votre paiement',
    body: `${hello}

Votre commande de **{{ plan_name }}** est enregistrée. Nous mettons tout en service dès que le paiement arrive ; chez nous, vous n’avez rien d’autre à faire.

| | |
|-|-|
| Montant | {{ amount }} |
| Commande | {{ order_number }} |
{% if payment_reference %}
| Référence | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| Payer à | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| Payer avant le | {{ pay_by }} |
{% endif %}

[Voir votre commande]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'La commande {{ order_number }} n’a pas été payée à temps',
    body: `${hello}

Nous n’avons pas reçu de paiement pour votre commande de **{{ plan_name }}**, elle est donc close. Rien n’a été débité.

Si vous avez payé, répondez à cet e-mail. L’argent qui arrive plus tard n’est pas perdu : nous le retrouvons et vous contactons.

[Commander à nouveau]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'Votre accès TV', body: `${hello}\n\nVotre ligne est prête.\n${login}` },

  login_changed: {
    subject: 'Votre accès TV a changé',
    body: `${hello}\n\nVotre accès TV a changé. Vos appareils doivent se reconnecter avec le nouveau. Si vous n’avez rien demandé, répondez à cet e-mail.\n${login}`,
  },

  line_moved: {
    subject: 'Votre TV a une nouvelle adresse',
    body: `${hello}\n\nVotre ligne est passée sur un autre serveur. Le nom d’utilisateur et le mot de passe restent, et aucun jour payé n’est perdu ; seule l’adresse est nouvelle. Saisissez-la sur votre appareil, comme le guide le montre ; d’ici là, il se peut que rien ne s’affiche.\n${login}`,
  },

  setup_delayed: {
    subject: 'Votre commande {{ order_number }} prend un peu plus de temps',
    body: `${hello}

Votre paiement est arrivé. Le serveur TV ne répond pas pour le moment, votre ligne pour **{{ plan_name }}** n’est donc pas encore prête. Nous continuons d’essayer et envoyons votre accès TV dès que possible. En général, cela prend moins de 15 minutes.

Vous n’avez rien à faire.

[Voir votre commande]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'Votre accès TV est maintenant prêt',
    body: `${hello}\n\nMerci de votre patience : votre ligne est maintenant prête.\n${login}`,
  },

  receipt: {
    subject: 'Reçu de {{ amount }}',
    body: `${hello}

Merci pour votre paiement.

| | |
|-|-|
| Montant | {{ amount }} |
| Payé le | {{ paid_on }} |
{% if payment_method %}
| Payé avec | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| Pour | {{ plan_name }} |
{% endif %}
| Facture | {{ invoice_number }} |

[Voir la facture]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'Demandez votre remboursement de {{ amount }}',
    body: `${hello}

Nous rendons {{ amount }}{% if invoice_number %} de la facture {{ invoice_number }}{% endif %}. Les cryptomonnaies ne peuvent pas repartir par où elles sont venues : dites-nous où les envoyer.

[Demander le remboursement]({{ claim_url }} "button")

Le montant est payé en cryptomonnaie au cours du moment où il est envoyé. Gardez ce lien pour vous : qui l’a peut demander le remboursement.`,
  },
  refund: {
    subject: 'Nous avons remboursé {{ amount }}',
    body: `${hello}

Nous avons rendu {{ amount }}{% if payment_method %} sur {{ payment_method }}{% endif %}. Selon votre banque, il peut se passer quelques jours avant que vous le voyiez.
{% if invoice_number %}

| | |
|-|-|
| Facture | {{ invoice_number }} |
{% if credit_note_number %}
| Avoir | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[Voir vos factures]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
