/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'O nome de utilizador “{{ requested_username }}” estava ocupado, por isso o seu é `{{ username }}`.',
  portal: 'Endereço do portal',
  mac: 'Endereço MAC',
  server: 'Servidor',
  port: 'Porta',
  username: 'Nome de utilizador',
  password: 'Senha de TV',
  m3u: 'Link M3U',
  epg: 'Link EPG',
  plan: 'Plano',
  until: 'Pago até',
  screens: 'Ecrãs ao mesmo tempo',
  setUp: 'Configurar o seu dispositivo',
  inAccount: 'Também o encontra [na sua conta]({{ account_url }}).',
  hidden: 'Para sua segurança, o acesso de TV não está neste e-mail. Encontra-o na sua conta.',
  see: 'Ver o seu acesso de TV',
  afterwards:
    '[Configure depois o seu dispositivo]({{ guide_url }}). O seu plano {{ plan_name }} está pago até {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'O seu pedido {{ order_number }}',
    body: `${hello}

Recebemos o seu pedido de **{{ plan_name }}**, {{ amount }}. Assim que o pagamento chegar, preparamos a sua linha e enviamos o acesso de TV para este endereço.

[Ver o seu pedido]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'Aguardamos o seu pagamento',
    body: `${hello}

O seu pedido de **{{ plan_name }}** está guardado. Preparamos tudo assim que o pagamento chegar; do nosso lado não precisa de fazer mais nada.

| | |
|-|-|
| Valor | {{ amount }} |
| Pedido | {{ order_number }} |
{% if payment_reference %}
| Referência | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| Pagar a | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| Pagar até | {{ pay_by }} |
{% endif %}

[Ver o seu pedido]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'O pedido {{ order_number }} não foi pago a tempo',
    body: `${hello}

Não recebemos um pagamento para o seu pedido de **{{ plan_name }}**, por isso está fechado. Nada foi cobrado.

Se pagou, responda a este e-mail. O dinheiro que chega mais tarde não se perde: encontramo-lo e contactamos.

[Pedir de novo]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'O seu acesso de TV', body: `${hello}\n\nA sua linha está pronta.\n${login}` },

  login_changed: {
    subject: 'O seu acesso de TV mudou',
    body: `${hello}\n\nO seu acesso de TV mudou. Os seus dispositivos têm de entrar de novo com o novo. Se não pediu isto, responda a este e-mail.\n${login}`,
  },

  line_moved: {
    subject: 'A sua TV tem um novo endereço',
    body: `${hello}\n\nA sua linha passou para outro servidor. O nome de utilizador e a senha ficam como estão, e nenhum dia pago se perde; só o endereço é novo. Introduza-o no seu dispositivo, como mostra o guia; até lá pode não funcionar.\n${login}`,
  },

  setup_delayed: {
    subject: 'O seu pedido {{ order_number }} demora um pouco mais',
    body: `${hello}

O seu pagamento chegou. O servidor de TV não responde neste momento, por isso a sua linha para **{{ plan_name }}** ainda não está pronta. Continuamos a tentar e enviamos o seu acesso de TV assim que possível. Costuma demorar menos de 15 minutos.

Não precisa de fazer nada.

[Ver o seu pedido]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'O seu acesso de TV já está pronto',
    body: `${hello}\n\nObrigado por esperar: a sua linha já está pronta.\n${login}`,
  },

  receipt: {
    subject: 'Recibo de {{ amount }}',
    body: `${hello}

Obrigado pelo seu pagamento.

| | |
|-|-|
| Valor | {{ amount }} |
| Pago em | {{ paid_on }} |
{% if payment_method %}
| Pago com | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| Por | {{ plan_name }} |
{% endif %}
| Fatura | {{ invoice_number }} |

[Ver a fatura]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'Peça o seu reembolso de {{ amount }}',
    body: `${hello}

Devolvemos {{ amount }}{% if invoice_number %} da fatura {{ invoice_number }}{% endif %}. As criptomoedas não podem voltar por onde vieram: diga-nos para onde as enviar.

[Pedir o reembolso]({{ claim_url }} "button")

O valor é pago em criptomoeda ao câmbio do momento do envio. Guarde este link para si: quem o tiver pode pedir o reembolso.`,
  },
  refund: {
    subject: 'Reembolsámos {{ amount }}',
    body: `${hello}

Devolvemos {{ amount }}{% if payment_method %} para {{ payment_method }}{% endif %}. Conforme o seu banco, pode demorar alguns dias até o ver.
{% if invoice_number %}

| | |
|-|-|
| Fatura | {{ invoice_number }} |
{% if credit_note_number %}
| Nota de crédito | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[Ver as suas faturas]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
