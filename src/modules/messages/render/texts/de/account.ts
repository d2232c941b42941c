/** Signing in. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
  magic_link: {
    subject: 'Ihr Anmeldelink für {{ brand_name }}',
    body: `${hello}

Melden Sie sich mit diesem Link an. Er gilt einmal, {{ valid_for }} lang.

[Anmelden]({{ sign_in_url }} "button")

Wenn Sie ihn nicht angefordert haben, beachten Sie diese E-Mail nicht: Ohne den Link kann sich niemand anmelden.`,
  },

  email_change: {
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    body: `${hello}

Bitte bestätigen Sie, dass {{ new_email }} Ihnen gehört. Der Link gilt {{ valid_for }}.

[Adresse bestätigen]({{ confirm_url }} "button")

Wenn Sie das nicht veranlasst haben, beachten Sie diese E-Mail nicht: Es ändert sich nichts.`,
  },

  email_changed: {
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    body: `${hello}

Die E-Mail-Adresse Ihres Kontos ist jetzt {{ new_email }}. Dies ist die letzte E-Mail an diese Adresse.

Wenn Sie das nicht waren, antworten Sie bitte sofort auf diese E-Mail.`,
  },
} as const satisfies Record<string, Texts>
