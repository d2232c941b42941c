/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'El nombre de usuario «{{ requested_username }}» estaba ocupado, así que el suyo es `{{ username }}`.',
  portal: 'Dirección del portal',
  mac: 'Dirección MAC',
  server: 'Servidor',
  port: 'Puerto',
  username: 'Nombre de usuario',
  password: 'Contraseña de TV',
  m3u: 'Enlace M3U',
  epg: 'Enlace EPG',
  plan: 'Plan',
  until: 'Pagado hasta',
  screens: 'Pantallas a la vez',
  setUp: 'Configurar su dispositivo',
  inAccount: 'También lo encuentra [en su cuenta]({{ account_url }}).',
  hidden: 'Por su seguridad, el acceso de TV no está en este correo. Lo encuentra en su cuenta.',
  see: 'Ver su acceso de TV',
  afterwards:
    '[Configure después su dispositivo]({{ guide_url }}). Su plan {{ plan_name }} está pagado hasta el {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'Su pedido {{ order_number }}',
    body: `${hello}

Tenemos su pedido de **{{ plan_name }}**, {{ amount }}. En cuanto llegue su pago preparamos su línea y enviamos el acceso de TV a esta dirección.

[Ver su pedido]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'Esperamos su pago',
    body: `${hello}

Su pedido de **{{ plan_name }}** está guardado. Lo preparamos en cuanto llegue el pago; con nosotros no tiene que hacer nada más.

| | |
|-|-|
| Importe | {{ amount }} |
| Pedido | {{ order_number }} |
{% if payment_reference %}
| Concepto | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| Pagar a | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| Pagar antes del | {{ pay_by }} |
{% endif %}

[Ver su pedido]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'El pedido {{ order_number }} no se pagó a tiempo',
    body: `${hello}

No recibimos un pago por su pedido de **{{ plan_name }}**, así que está cerrado. No se cobró nada.

Si pagó, responda a este correo. El dinero que llega más tarde no se pierde: lo encontramos y le escribimos.

[Pedir de nuevo]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'Su acceso de TV', body: `${hello}\n\nSu línea está lista.\n${login}` },

  login_changed: {
    subject: 'Su acceso de TV ha cambiado',
    body: `${hello}\n\nSu acceso de TV ha cambiado. Sus dispositivos deben entrar de nuevo con el nuevo. Si no lo pidió, responda a este correo.\n${login}`,
  },

  line_moved: {
    subject: 'Su TV tiene una nueva dirección',
    body: `${hello}\n\nSu línea pasó a otro servidor. El nombre de usuario y la contraseña siguen igual y no se pierde ningún día pagado; solo la dirección es nueva. Escríbala en su dispositivo, como muestra la guía; hasta entonces puede que no se vea.\n${login}`,
  },

  setup_delayed: {
    subject: 'Su pedido {{ order_number }} tarda un poco más',
    body: `${hello}

Su pago ha llegado. El servidor de TV no responde en este momento, así que su línea para **{{ plan_name }}** aún no está lista. Seguimos intentándolo y enviamos su acceso de TV en cuanto sea posible. Suele tardar menos de 15 minutos.

No tiene que hacer nada.

[Ver su pedido]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'Su acceso de TV ya está listo',
    body: `${hello}\n\nGracias por esperar: su línea ya está lista.\n${login}`,
  },

  receipt: {
    subject: 'Recibo de {{ amount }}',
    body: `${hello}

Gracias por su pago.

| | |
|-|-|
| Importe | {{ amount }} |
| Pagado el | {{ paid_on }} |
{% if payment_method %}
| Pagado con | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| Por | {{ plan_name }} |
{% endif %}
| Factura | {{ invoice_number }} |

[Ver la factura]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'Reclame su reembolso de {{ amount }}',
    body: `${hello}

Devolvemos {{ amount }}{% if invoice_number %} de la factura {{ invoice_number }}{% endif %}. Las criptomonedas no pueden volver por donde vinieron: díganos adónde enviarlas.

[Reclamar el reembolso]({{ claim_url }} "button")

El importe se paga en criptomonedas al cambio del momento en que se envía. Guarde este enlace para usted: quien lo tenga puede reclamar el reembolso.`,
  },
  refund: {
    subject: 'Hemos devuelto {{ amount }}',
    body: `${hello}

Hemos devuelto {{ amount }}{% if payment_method %} a {{ payment_method }}{% endif %}. Según su banco, puede tardar unos días en verlo.
{% if invoice_number %}

| | |
|-|-|
| Factura | {{ invoice_number }} |
{% if credit_note_number %}
| Factura rectificativa | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[Ver sus facturas]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
