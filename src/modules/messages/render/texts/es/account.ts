/** Signing in. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
  magic_link: {
    subject: 'Su enlace de acceso a {{ brand_name }}',
    body: `${hello}

Entre con este enlace. Funciona una vez, durante {{ valid_for }}.

[Entrar]({{ sign_in_url }} "button")

Si no lo pidió, ignore este correo: sin el enlace nadie puede entrar.`,
  },

  email_change: {
    subject: 'Confirme su nueva dirección de correo',
    body: `${hello}

Confirme que {{ new_email }} es suya. El enlace funciona durante {{ valid_for }}.

[Confirmar la dirección]({{ confirm_url }} "button")

Si no lo pidió, ignore este correo: no cambia nada.`,
  },

  email_changed: {
    subject: 'Su dirección de correo ha cambiado',
    body: `${hello}

La dirección de correo de su cuenta es ahora {{ new_email }}. Este es el último correo a esta dirección.

Si no fue usted, responda enseguida a este correo.`,
  },
} as const satisfies Record<string, Texts>
