/** Signing in. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
  magic_link: {
    subject: 'O seu link de acesso a {{ brand_name }}',
    body: `${hello}

Entre com este link. Funciona uma vez, durante {{ valid_for }}.

[Entrar]({{ sign_in_url }} "button")

Se não o pediu, ignore este e-mail: sem o link ninguém consegue entrar.`,
  },

  email_change: {
    subject: 'Confirme o seu novo endereço de e-mail',
    body: `${hello}

Confirme que {{ new_email }} é seu. O link funciona durante {{ valid_for }}.

[Confirmar o endereço]({{ confirm_url }} "button")

Se não pediu isto, ignore este e-mail: nada muda.`,
  },

  email_changed: {
    subject: 'O seu endereço de e-mail foi alterado',
    body: `${hello}

O endereço de e-mail da sua conta é agora {{ new_email }}. Este é o último e-mail para este endereço.

Se não foi você, responda de imediato a este e-mail.`,
  },
} as const satisfies Record<string, Texts>
