/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

const together = `{% if together %}
Cela vaut pour {{ together }}.
{% endif %}`

export const plans = {
  renewal_invoice: {
    subject: 'Facture {{ invoice_number }} : votre formule TV se termine le {{ ends_on }}',
    body: `${hello}

Votre formule **{{ plan_name }}** est payée jusqu’au {{ ends_on }}. La facture de la prochaine période est de {{ amount }}.

${together}

{% if auto_charge_on %}
Vous n’avez rien à faire : nous débitons {% if payment_method %}{{ payment_method }}{% else %}votre moyen de paiement enregistré{% endif %} le {{ auto_charge_on }}.

[Voir la facture]({{ pay_url }} "button")
{% else %}
Payez quand cela vous convient. La nouvelle période commence quand l’actuelle se termine, aucun jour n’est donc perdu. Votre accès TV ne change pas.

[Payer {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}Votre formule TV s’est terminée le {{ ends_on }}{% elsif ends_today %}Votre formule TV se termine aujourd’hui{% else %}Votre formule TV se termine le {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
Votre formule **{{ plan_name }}** était payée jusqu’au {{ ends_on }}.
{% elsif ends_today %}
Votre formule **{{ plan_name }}** se termine aujourd’hui, le {{ ends_on }}.
{% else %}
Votre formule **{{ plan_name }}** se termine le {{ ends_on }}.
{% endif %}

${together}

{% if auto_charge_on %}
Vous n’avez rien à faire : nous débitons {{ amount }} sur {% if payment_method %}{{ payment_method }}{% else %}votre moyen de paiement enregistré{% endif %} le {{ auto_charge_on }}.

[Voir votre renouvellement]({{ renew_url }} "button")
{% else %}
Pour continuer à regarder, renouvelez pour {{ amount }}. Votre accès TV ne change pas{% unless has_ended %}, et le temps qui reste est gardé{% endunless %}.{% if suspends_on %} Sans paiement, la TV est mise en pause le {{ suspends_on }}.{% endif %}

[Renouveler]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'Nous aimerions vous garder',
    body: `${hello}

Votre formule **{{ plan_name }}** est payée jusqu’au {{ ends_on }}. Nous serions heureux de vous garder : renouvelez pour {{ amount }}, et tout reste tel quel, avec le même accès TV.

[Renouveler]({{ renew_url }} "button"){% if shop_url %}

Une autre formule vous irait mieux ? [Voir toutes les formules]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'Renouvelé jusqu’au {{ ends_on }}',
    body: `${hello}

Merci. Votre formule **{{ plan_name }}** est maintenant payée jusqu’au {{ ends_on }}. Votre accès TV ne change pas ; il n’y a rien à configurer.

${together}
{% if amount %}

| | |
|-|-|
| Payé | {{ amount }} |
{% if invoice_number %}
| Facture | {{ invoice_number }} |
{% endif %}
{% endif %}

[Voir votre compte]({{ account_url }} "button")`,
  },

  plan_changed: {
    subject: 'Vous avez maintenant {{ plan_name }}',
    body: `${hello}

Votre formule est maintenant **{{ plan_name }}**. Elle est payée jusqu’au {{ ends_on }} ; chaque renouvellement coûte {{ amount }}.

Votre accès TV ne change pas. S’il manque une chaîne, fermez l’application et rouvrez-la.

[Voir votre compte]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

Votre formule **{{ plan_name }}** est payée jusqu’au {{ ends_on }}.

[Renouveler]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}Veuillez répondre : un nouveau prix pour votre formule TV{% else %}Un nouveau prix pour votre formule TV à partir du {{ new_price_on }}{% endif %}',
    body: `${hello}

Le prix de votre formule **{{ plan_name }}** change : {{ new_amount }} au lieu de {{ old_amount }}. Le premier renouvellement au nouveau prix est le {{ new_price_on }}. Ce que vous avez payé reste tel quel, comme les renouvellements avant ce jour.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
Il nous faut votre accord. {% if ends_without_consent %}Sans lui, votre formule se termine le {{ new_price_on }}, et plus rien n’est débité.{% else %}Sans lui, votre prix reste tel quel.{% endif %}

[Répondre]({{ price_url }} "button")
{% else %}
Si cela vous convient, vous n’avez rien à faire. Sinon, vous pouvez résilier à tout moment avant.

[Voir vos possibilités]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'Votre prix reste tel quel',
    body: `${hello}

Nous vous avions annoncé un nouveau prix pour votre formule **{{ plan_name }}**. Il ne vient pas : vous continuez à payer {{ amount }}.

Vous n’avez rien à faire.`,
  },

  add_ons_changed: {
    subject:
      'Votre ligne a maintenant {{ connections }} {% if connections == "1" %}connexion{% else %}connexions{% endif %}',
    body: `${hello}

Votre formule **{{ plan_name }}** fonctionne maintenant sur {{ connections }} {% if connections == "1" %}écran{% else %}écrans{% endif %} en même temps. Elle est payée jusqu’au {{ ends_on }} ; chaque renouvellement coûte {{ amount }}.

Votre accès TV ne change pas : utilisez-le sur chaque écran.

[Voir votre compte]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'Votre formule TV est en pause jusqu’au {{ resumes_on }}',
    body: `${hello}

Votre formule **{{ plan_name }}** est en pause. Aucun jour n’est perdu : le temps payé reprend quand la pause se termine, au plus tard le {{ resumes_on }}.

Vous pouvez reprendre plus tôt à tout moment. Votre accès TV ne change pas.

[Voir votre compte]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'Nous vous offrons {{ given_time }} de TV',
    body: `${hello}

{{ what_happened }} Nous en sommes désolés.

{% if plan_count > 1 %}
Nous vous rendons ce temps sur chacune de vos {{ plan_count }} formules, pour **{{ plan_name }}** {{ given_time }}. Elle est maintenant payée jusqu’au {{ ends_on }}.
{% else %}
Nous vous offrons {{ given_time }} sur **{{ plan_name }}**. Elle est maintenant payée jusqu’au {{ ends_on }}.
{% endif %}

Vous n’avez rien à faire.

[Voir votre compte]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: '{{ payment_method }} expire le {{ expires_on }}',
    body: `${hello}

{{ payment_method }}, que vous nous avez confiée, expire le {{ expires_on }}. Le prochain renouvellement de votre formule **{{ plan_name }}** vient après, le {{ ends_on }}, et nous ne pourrions pas la débiter.

Payez dès maintenant les prochains {{ amount }} avec votre nouvelle carte et cochez « L’enregistrer pour les renouvellements ». Aucun jour n’est perdu : la nouvelle période commence quand l’actuelle se termine.

[Renouveler avec une autre carte]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'Votre paiement de {{ amount }} n’a pas abouti',
    body: `${hello}

Nous n’avons pas pu prélever {{ amount }} pour {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %}{% if payment_method %} sur {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
Nous réessayons le {{ next_try_on }}. Vous pouvez aussi payer maintenant, ou choisir un autre moyen de paiement.
{% else %}
Veuillez payer maintenant, ou choisir un autre moyen de paiement.
{% endif %}
{% if suspends_on %}
La TV reste jusqu’au {{ suspends_on }}.
{% endif %}

[Payer {{ amount }}]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'Votre formule TV est terminée, la TV reste jusqu’au {{ suspends_on }}',
    body: `${hello}

Votre formule **{{ plan_name }}** était payée jusqu’au {{ ends_on }}. Nous vous gardons la TV jusqu’au {{ suspends_on }}.

${together}

Payez d’ici là et rien ne change. Si vous venez de payer, merci : vous pouvez ignorer cet e-mail.

[Payer {{ amount }}]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'Votre TV fonctionne sur moins d’écrans jusqu’au paiement',
    body: `${hello}

Votre formule **{{ plan_name }}** était payée jusqu’au {{ ends_on }}. Pour le moment, la TV fonctionne sur {{ connections }} {% if connections == "1" %}écran{% else %}écrans{% endif %} à la fois ; le {{ suspends_on }}, elle est mise en pause.

${together}

Payez {{ amount }} et tout revient en moins d’une minute, avec le même accès TV.

[Payer {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'Votre TV est en pause',
    body: `${hello}

Votre formule **{{ plan_name }}** était payée jusqu’au {{ ends_on }}, la TV est donc en pause.

${together}

Payez {{ amount }} et elle revient en moins d’une minute, avec le même accès TV. La nouvelle période commence le jour où vous payez.{% if terminates_on %} Nous gardons votre ligne jusqu’au {{ terminates_on }}.{% endif %}

[Payer {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'Votre TV est de retour',
    body: `${hello}

Merci. La TV est de retour, et votre formule **{{ plan_name }}** est payée jusqu’au {{ ends_on }}. Votre accès TV ne change pas. Si un appareil n’affiche pas d’image, fermez l’application et rouvrez-la.

${together}

[Voir votre compte]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject:
      '{% if tv_rests %}Votre TV est en pause{% else %}{{ brand_name }} ne vend rien de nouveau pour le moment{% endif %}',
    body: `${hello}

{% if tv_rests %}
Votre TV ne fonctionne pas en ce moment : notre service est en pause, et cela ne vient de rien que vous ayez fait. Votre accès TV reste le même, et la TV revient d’elle-même dès que le service reprend. Nous vous écrirons alors.
{% else %}
Notre boutique ne prend pas de nouvelles commandes en ce moment. Votre TV continue, avec le même accès TV, et vous pouvez renouveler comme avant. Nous vous écrirons quand la boutique sera de nouveau ouverte.
{% endif %}

Vous n’avez rien à faire.

[Voir votre compte]({{ account_url }} "button")`,
  },

  service_back: {
    subject: '{% if tv_rests %}Votre TV revient{% else %}{{ brand_name }} est de nouveau ouvert{% endif %}',
    body: `${hello}

{% if tv_rests %}
Notre service reprend, et votre TV revient d’elle-même en quelques minutes, avec le même accès TV. Si un appareil n’affiche pas d’image, fermez l’application et rouvrez-la.
{% else %}
Notre boutique prend de nouveau des commandes. Rien ne change pour votre TV.
{% endif %}

[Voir votre compte]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject:
      '{% if stays %}{{ brand_name }} reste ouvert{% else %}{{ brand_name }} ferme le {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
Notre boutique reste finalement ouverte. Rien ne change pour votre TV, et elle est renouvelée comme avant.
{% else %}
Notre boutique ferme le {{ closes_on }} et ne prend plus de nouvelles commandes. Votre TV continue, avec le même accès TV, jusqu’à la fin de ce que vous avez payé. Rien n’est renouvelé au-delà de ce jour, et rien ne vous est demandé pour cela.
{% endif %}

[Voir votre compte]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'Votre formule TV est close',
    body: `${hello}

Votre formule **{{ plan_name }}**{% if ends_on %}, payée jusqu’au {{ ends_on }},{% endif %} est close, et son accès TV ne fonctionne plus. Plus rien ne sera débité.

${together}

Vous pouvez revenir à tout moment.

[Voir nos formules]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
