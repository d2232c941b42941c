/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

const together = `{% if together %}
Isto vale para {{ together }}.
{% endif %}`

export const plans = {
  renewal_invoice: {
    subject: 'Fatura {{ invoice_number }}: o seu plano de TV termina em {{ ends_on }}',
    body: `${hello}

O seu plano **{{ plan_name }}** está pago até {{ ends_on }}. A fatura do próximo período é de {{ amount }}.

${together}

{% if auto_charge_on %}
Não precisa de fazer nada: cobramos {% if payment_method %}em {{ payment_method }}{% else %}na sua forma de pagamento guardada{% endif %} em {{ auto_charge_on }}.

[Ver a fatura]({{ pay_url }} "button")
{% else %}
Pague quando lhe convier. O novo período começa quando o atual termina, por isso nenhum dia se perde. O seu acesso de TV fica igual.

[Pagar {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}O seu plano de TV terminou em {{ ends_on }}{% elsif ends_today %}O seu plano de TV termina hoje{% else %}O seu plano de TV termina em {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
O seu plano **{{ plan_name }}** estava pago até {{ ends_on }}.
{% elsif ends_today %}
O seu plano **{{ plan_name }}** termina hoje, {{ ends_on }}.
{% else %}
O seu plano **{{ plan_name }}** termina em {{ ends_on }}.
{% endif %}

${together}

{% if auto_charge_on %}
Não precisa de fazer nada: cobramos {{ amount }} {% if payment_method %}em {{ payment_method }}{% else %}na sua forma de pagamento guardada{% endif %} em {{ auto_charge_on }}.

[Ver a sua renovação]({{ renew_url }} "button")
{% else %}
Para continuar a ver, renove por {{ amount }}. O seu acesso de TV fica igual{% unless has_ended %}, e o tempo que resta mantém-se{% endunless %}.{% if suspends_on %} Sem pagamento, a TV para em {{ suspends_on }}.{% endif %}

[Renovar]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'Gostaríamos que ficasse',
    body: `${hello}

O seu plano **{{ plan_name }}** está pago até {{ ends_on }}. Gostaríamos que ficasse: renove por {{ amount }} e tudo fica como está, com o mesmo acesso de TV.

[Renovar]({{ renew_url }} "button"){% if shop_url %}

Outro plano seria melhor para si? [Ver todos os planos]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'Renovado até {{ ends_on }}',
    body: `${hello}

Obrigado. O seu plano **{{ plan_name }}** está agora pago até {{ ends_on }}. O seu acesso de TV fica igual; não há nada a configurar.

${together}
{% if amount %}

| | |
|-|-|
| Pago | {{ amount }} |
{% if invoice_number %}
| Fatura | {{ invoice_number }} |
{% endif %}
{% endif %}

[Ver a sua conta]({{ account_url }} "button")`,
  },

  plan_changed: {
    subject: 'Agora tem {{ plan_name }}',
    body: `${hello}

O seu plano é agora **{{ plan_name }}**. Está pago até {{ ends_on }}; cada renovação custa {{ amount }}.

O seu acesso de TV fica igual. Se faltar um canal, feche a aplicação e abra-a de novo.

[Ver a sua conta]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

O seu plano **{{ plan_name }}** está pago até {{ ends_on }}.

[Renovar]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}Responda, por favor: um novo preço para o seu plano de TV{% else %}Um novo preço para o seu plano de TV a partir de {{ new_price_on }}{% endif %}',
    body: `${hello}

O preço do seu plano **{{ plan_name }}** muda: {{ new_amount }} em vez de {{ old_amount }}. A primeira renovação ao novo preço é em {{ new_price_on }}. O que já pagou fica como está, tal como as renovações antes desse dia.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
Precisamos do seu acordo. {% if ends_without_consent %}Sem ele, o seu plano termina em {{ new_price_on }} e nada mais é cobrado.{% else %}Sem ele, o seu preço fica como está.{% endif %}

[Responder]({{ price_url }} "button")
{% else %}
Se estiver de acordo, não precisa de fazer nada. Se não, pode cancelar a qualquer momento antes.

[Ver as suas opções]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'O seu preço fica como está',
    body: `${hello}

Anunciámos-lhe um novo preço para o seu plano **{{ plan_name }}**. Não vem: continua a pagar {{ amount }}.

Não precisa de fazer nada.`,
  },

  add_ons_changed: {
    subject: 'A sua linha tem agora {{ connections }} {% if connections == "1" %}ligação{% else %}ligações{% endif %}',
    body: `${hello}

O seu plano **{{ plan_name }}** funciona agora em {{ connections }} {% if connections == "1" %}ecrã{% else %}ecrãs{% endif %} ao mesmo tempo. Está pago até {{ ends_on }}; cada renovação custa {{ amount }}.

O seu acesso de TV fica igual: use-o em cada ecrã.

[Ver a sua conta]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'O seu plano de TV está em pausa até {{ resumes_on }}',
    body: `${hello}

O seu plano **{{ plan_name }}** está em pausa. Nenhum dia se perde: o tempo pago continua quando a pausa termina, o mais tardar em {{ resumes_on }}.

Pode continuar mais cedo a qualquer momento. O seu acesso de TV fica igual.

[Ver a sua conta]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'Damos-lhe {{ given_time }} de TV',
    body: `${hello}

{{ what_happened }} Lamentamos.

{% if plan_count > 1 %}
Devolvemos-lhe o tempo em cada um dos seus {{ plan_count }} planos, para **{{ plan_name }}** {{ given_time }}. Está agora pago até {{ ends_on }}.
{% else %}
Damos-lhe {{ given_time }} em **{{ plan_name }}**. Está agora pago até {{ ends_on }}.
{% endif %}

Não precisa de fazer nada.

[Ver a sua conta]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: '{{ payment_method }} expira em {{ expires_on }}',
    body: `${hello}

{{ payment_method }}, que nos deixou guardar, expira em {{ expires_on }}. A próxima renovação do seu plano **{{ plan_name }}** é depois disso, em {{ ends_on }}, e não a poderíamos cobrar.

Pague já os próximos {{ amount }} com o seu novo cartão e marque “Guardar para as renovações”. Nenhum dia se perde: o novo período começa quando o atual termina.

[Renovar com outro cartão]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'O seu pagamento de {{ amount }} não foi concluído',
    body: `${hello}

Não conseguimos cobrar {{ amount }} por {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %}{% if payment_method %} em {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
Tentamos de novo em {{ next_try_on }}. Também pode pagar agora ou escolher outra forma de pagamento.
{% else %}
Pague agora, por favor, ou escolha outra forma de pagamento.
{% endif %}
{% if suspends_on %}
A TV continua até {{ suspends_on }}.
{% endif %}

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'O seu plano de TV terminou, a TV continua até {{ suspends_on }}',
    body: `${hello}

O seu plano **{{ plan_name }}** estava pago até {{ ends_on }}. Mantemos a TV para si até {{ suspends_on }}.

${together}

Pague até lá e nada muda. Se acabou de pagar, obrigado: pode ignorar este e-mail.

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'A sua TV funciona em menos ecrãs até pagar',
    body: `${hello}

O seu plano **{{ plan_name }}** estava pago até {{ ends_on }}. Por agora a TV funciona em {{ connections }} {% if connections == "1" %}ecrã{% else %}ecrãs{% endif %} ao mesmo tempo; em {{ suspends_on }} para.

${together}

Pague {{ amount }} e tudo volta em menos de um minuto, com o mesmo acesso de TV.

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'A sua TV está parada',
    body: `${hello}

O seu plano **{{ plan_name }}** estava pago até {{ ends_on }}, por isso a TV está parada.

${together}

Pague {{ amount }} e ela volta em menos de um minuto, com o mesmo acesso de TV. O novo período começa no dia em que pagar.{% if terminates_on %} Guardamos a sua linha até {{ terminates_on }}.{% endif %}

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'A sua TV voltou',
    body: `${hello}

Obrigado. A TV voltou, e o seu plano **{{ plan_name }}** está pago até {{ ends_on }}. O seu acesso de TV fica igual. Se um dispositivo não mostrar imagem, feche a aplicação e abra-a de novo.

${together}

[Ver a sua conta]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject:
      '{% if tv_rests %}A sua TV está em pausa por agora{% else %}{{ brand_name }} não vende nada de novo por agora{% endif %}',
    body: `${hello}

{% if tv_rests %}
A sua TV não funciona de momento: o nosso serviço está em pausa, e não se deve a nada que tenha feito. O seu acesso de TV continua o mesmo, e a TV volta por si assim que o serviço continuar. Escrevemos-lhe nessa altura.
{% else %}
A nossa loja não aceita novas encomendas de momento. A sua TV continua, com o mesmo acesso de TV, e pode renovar como antes. Escrevemos-lhe quando a loja voltar a abrir.
{% endif %}

Não precisa de fazer nada.

[Ver a sua conta]({{ account_url }} "button")`,
  },

  service_back: {
    subject: '{% if tv_rests %}A sua TV está de volta{% else %}{{ brand_name }} está de novo aberta{% endif %}',
    body: `${hello}

{% if tv_rests %}
O nosso serviço continua, e a sua TV volta por si em poucos minutos, com o mesmo acesso de TV. Se um dispositivo não mostrar imagem, feche a aplicação e abra-a de novo.
{% else %}
A nossa loja aceita encomendas de novo. Nada muda para a sua TV.
{% endif %}

[Ver a sua conta]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject:
      '{% if stays %}{{ brand_name }} continua aberta{% else %}{{ brand_name }} fecha em {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
A nossa loja continua aberta. Nada muda para a sua TV, e é renovada como antes.
{% else %}
A nossa loja fecha em {{ closes_on }} e não aceita novas encomendas. A sua TV continua, com o mesmo acesso de TV, até ao fim do que pagou. Nada é renovado depois desse dia, e não lhe é pedido dinheiro por isso.
{% endif %}

[Ver a sua conta]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'O seu plano de TV está fechado',
    body: `${hello}

O seu plano **{{ plan_name }}**{% if ends_on %}, pago até {{ ends_on }},{% endif %} está fechado, e o seu acesso de TV já não funciona. Nada mais será cobrado.

${together}

Pode voltar a qualquer momento.

[Ver os nossos planos]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
