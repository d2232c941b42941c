/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

const together = `{% if together %}
Esto vale para {{ together }}.
{% endif %}`

export const plans = {
  renewal_invoice: {
    subject: 'Factura {{ invoice_number }}: su plan de TV termina el {{ ends_on }}',
    body: `${hello}

Su plan **{{ plan_name }}** está pagado hasta el {{ ends_on }}. La factura del próximo período es de {{ amount }}.

${together}

{% if auto_charge_on %}
No tiene que hacer nada: cargamos a {% if payment_method %}{{ payment_method }}{% else %}su forma de pago guardada{% endif %} el {{ auto_charge_on }}.

[Ver la factura]({{ pay_url }} "button")
{% else %}
Pague cuando le convenga. El nuevo período empieza cuando termina el actual, así que no se pierde ningún día. Su acceso de TV sigue igual.

[Pagar {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}Su plan de TV terminó el {{ ends_on }}{% elsif ends_today %}Su plan de TV termina hoy{% else %}Su plan de TV termina el {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
Su plan **{{ plan_name }}** estaba pagado hasta el {{ ends_on }}.
{% elsif ends_today %}
Su plan **{{ plan_name }}** termina hoy, {{ ends_on }}.
{% else %}
Su plan **{{ plan_name }}** termina el {{ ends_on }}.
{% endif %}

${together}

{% if auto_charge_on %}
No tiene que hacer nada: cargamos {{ amount }} a {% if payment_method %}{{ payment_method }}{% else %}su forma de pago guardada{% endif %} el {{ auto_charge_on }}.

[Ver su renovación]({{ renew_url }} "button")
{% else %}
Para seguir viendo, renueve por {{ amount }}. Su acceso de TV sigue igual{% unless has_ended %}, y se conserva el tiempo que le queda{% endunless %}.{% if suspends_on %} Sin un pago, la TV se detiene el {{ suspends_on }}.{% endif %}

[Renovar]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'Nos gustaría que se quedara',
    body: `${hello}

Su plan **{{ plan_name }}** está pagado hasta el {{ ends_on }}. Nos gustaría que se quedara: renueve por {{ amount }} y todo sigue como está, con el mismo acceso de TV.

[Renovar]({{ renew_url }} "button"){% if shop_url %}

¿Le iría mejor otro plan? [Ver todos los planes]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'Renovado hasta el {{ ends_on }}',
    body: `${hello}

Gracias. Su plan **{{ plan_name }}** está pagado ahora hasta el {{ ends_on }}. Su acceso de TV sigue igual; no hay nada que configurar.

${together}
{% if amount %}

| | |
|-|-|
| Pagado | {{ amount }} |
{% if invoice_number %}
| Factura | {{ invoice_number }} |
{% endif %}
{% endif %}

[Ver su cuenta]({{ account_url }} "button")`,
  },

  plan_changed: {
    subject: 'Ahora tiene {{ plan_name }}',
    body: `${hello}

Su plan es ahora **{{ plan_name }}**. Está pagado hasta el {{ ends_on }}; cada renovación cuesta {{ amount }}.

Su acceso de TV sigue igual. Si falta un canal, cierre la aplicación y ábrala de nuevo.

[Ver su cuenta]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

Su plan **{{ plan_name }}** está pagado hasta el {{ ends_on }}.

[Renovar]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}Responda, por favor: un nuevo precio para su plan de TV{% else %}Un nuevo precio para su plan de TV desde el {{ new_price_on }}{% endif %}',
    body: `${hello}

El precio de su plan **{{ plan_name }}** cambia: {{ new_amount }} en lugar de {{ old_amount }}. La primera renovación al nuevo precio es el {{ new_price_on }}. Lo que ha pagado sigue como está, igual que las renovaciones anteriores a ese día.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
Necesitamos su acuerdo. {% if ends_without_consent %}Sin él, su plan termina el {{ new_price_on }} y no se cobra nada más.{% else %}Sin él, su precio sigue como está.{% endif %}

[Responder]({{ price_url }} "button")
{% else %}
Si le parece bien, no tiene que hacer nada. Si no, puede cancelar en cualquier momento antes.

[Ver sus opciones]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'Su precio sigue como está',
    body: `${hello}

Le anunciamos un nuevo precio para su plan **{{ plan_name }}**. No llega: sigue pagando {{ amount }}.

No tiene que hacer nada.`,
  },

  add_ons_changed: {
    subject:
      'Su línea tiene ahora {{ connections }} {% if connections == "1" %}conexión{% else %}conexiones{% endif %}',
    body: `${hello}

Su plan **{{ plan_name }}** funciona ahora en {{ connections }} {% if connections == "1" %}pantalla{% else %}pantallas{% endif %} a la vez. Está pagado hasta el {{ ends_on }}; cada renovación cuesta {{ amount }}.

Su acceso de TV sigue igual: úselo en cada pantalla.

[Ver su cuenta]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'Su plan de TV descansa hasta el {{ resumes_on }}',
    body: `${hello}

Su plan **{{ plan_name }}** está en pausa. No se pierde ningún día: el tiempo pagado sigue cuando termina la pausa, a más tardar el {{ resumes_on }}.

Puede continuar antes en cualquier momento. Su acceso de TV sigue igual.

[Ver su cuenta]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'Le damos {{ given_time }} de TV',
    body: `${hello}

{{ what_happened }} Lo sentimos.

{% if plan_count > 1 %}
Le devolvemos el tiempo en cada uno de sus {{ plan_count }} planes, para **{{ plan_name }}** {{ given_time }}. Está pagado ahora hasta el {{ ends_on }}.
{% else %}
Le damos {{ given_time }} en **{{ plan_name }}**. Está pagado ahora hasta el {{ ends_on }}.
{% endif %}

No tiene que hacer nada.

[Ver su cuenta]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: '{{ payment_method }} caduca el {{ expires_on }}',
    body: `${hello}

{{ payment_method }}, que nos permitió guardar, caduca el {{ expires_on }}. La próxima renovación de su plan **{{ plan_name }}** es después, el {{ ends_on }}, y no podríamos cargarla.

Pague ahora los próximos {{ amount }} con su nueva tarjeta y marque «Guardarla para las renovaciones». No se pierde ningún día: el nuevo período empieza cuando termina el actual.

[Renovar con otra tarjeta]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'Su pago de {{ amount }} no se realizó',
    body: `${hello}

No pudimos cobrar {{ amount }} por {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %}{% if payment_method %} de {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
Lo intentamos de nuevo el {{ next_try_on }}. También puede pagar ahora o elegir otra forma de pago.
{% else %}
Pague ahora, por favor, o elija otra forma de pago.
{% endif %}
{% if suspends_on %}
La TV sigue hasta el {{ suspends_on }}.
{% endif %}

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'Su plan de TV terminó, la TV sigue hasta el {{ suspends_on }}',
    body: `${hello}

Su plan **{{ plan_name }}** estaba pagado hasta el {{ ends_on }}. Le mantenemos la TV hasta el {{ suspends_on }}.

${together}

Pague hasta entonces y no cambia nada. Si acaba de pagar, gracias: puede ignorar este correo.

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'Su TV funciona en menos pantallas hasta que pague',
    body: `${hello}

Su plan **{{ plan_name }}** estaba pagado hasta el {{ ends_on }}. Por ahora la TV funciona en {{ connections }} {% if connections == "1" %}pantalla{% else %}pantallas{% endif %} a la vez; el {{ suspends_on }} se detiene.

${together}

Pague {{ amount }} y todo vuelve en menos de un minuto, con el mismo acceso de TV.

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'Su TV está detenida',
    body: `${hello}

Su plan **{{ plan_name }}** estaba pagado hasta el {{ ends_on }}, así que la TV está detenida.

${together}

Pague {{ amount }} y vuelve en menos de un minuto, con el mismo acceso de TV. El nuevo período empieza el día en que paga.{% if terminates_on %} Guardamos su línea hasta el {{ terminates_on }}.{% endif %}

[Pagar {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'Su TV ha vuelto',
    body: `${hello}

Gracias. La TV ha vuelto y su plan **{{ plan_name }}** está pagado hasta el {{ ends_on }}. Su acceso de TV sigue igual. Si un dispositivo no muestra imagen, cierre la aplicación y ábrala de nuevo.

${together}

[Ver su cuenta]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject:
      '{% if tv_rests %}Su TV está en pausa por ahora{% else %}{{ brand_name }} no vende nada nuevo por ahora{% endif %}',
    body: `${hello}

{% if tv_rests %}
Su TV no funciona en este momento: nuestro servicio está en pausa, y no se debe a nada que usted haya hecho. Su acceso de TV sigue siendo el mismo, y la TV vuelve por sí sola en cuanto el servicio continúe. Le escribiremos entonces.
{% else %}
Nuestra tienda no acepta pedidos nuevos en este momento. Su TV sigue, con el mismo acceso de TV, y puede renovar como antes. Le escribiremos cuando la tienda vuelva a abrir.
{% endif %}

No tiene que hacer nada.

[Ver su cuenta]({{ account_url }} "button")`,
  },

  service_back: {
    subject: '{% if tv_rests %}Su TV vuelve{% else %}{{ brand_name }} está abierto de nuevo{% endif %}',
    body: `${hello}

{% if tv_rests %}
Nuestro servicio continúa, y su TV vuelve por sí sola en unos minutos, con el mismo acceso de TV. Si un dispositivo no muestra imagen, cierre la aplicación y vuelva a abrirla.
{% else %}
Nuestra tienda acepta pedidos de nuevo. Nada cambia para su TV.
{% endif %}

[Ver su cuenta]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject:
      '{% if stays %}{{ brand_name }} sigue abierto{% else %}{{ brand_name }} cierra el {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
Nuestra tienda sigue abierta. Nada cambia para su TV, y se renueva como antes.
{% else %}
Nuestra tienda cierra el {{ closes_on }} y no acepta pedidos nuevos. Su TV continúa, con el mismo acceso de TV, hasta el final de lo que ha pagado. Nada se renueva después de ese día, y no se le pide dinero por ello.
{% endif %}

[Ver su cuenta]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'Su plan de TV está cerrado',
    body: `${hello}

Su plan **{{ plan_name }}**{% if ends_on %}, pagado hasta el {{ ends_on }},{% endif %} está cerrado, y su acceso de TV ya no funciona. No se cobrará nada más.

${together}

Puede volver en cualquier momento.

[Ver nuestros planes]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
