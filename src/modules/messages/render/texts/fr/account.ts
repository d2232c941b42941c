/** Signing in. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
  magic_link: {
    subject: 'Votre lien de connexion pour {{ brand_name }}',
    body: `${hello}

Connectez-vous avec ce lien. Il fonctionne une fois, pendant {{ valid_for }}.

[Se connecter]({{ sign_in_url }} "button")

Si vous ne l’avez pas demandé, ignorez cet e-mail : sans ce lien, personne ne peut se connecter.`,
  },

  email_change: {
    subject: 'Confirmez votre nouvelle adresse e-mail',
    body: `${hello}

Veuillez confirmer que {{ new_email }} est bien à vous. Le lien fonctionne pendant {{ valid_for }}.

[Confirmer l’adresse]({{ confirm_url }} "button")

Si vous n’avez rien demandé, ignorez cet e-mail : rien ne change.`,
  },

  email_changed: {
    subject: 'Votre adresse e-mail a été changée',
    body: `${hello}

L’adresse e-mail de votre compte est maintenant {{ new_email }}. Ceci est le dernier e-mail à cette adresse.

Si ce n’était pas vous, répondez aussitôt à cet e-mail.`,
  },
} as const satisfies Record<string, Texts>
