/** Signing in. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

export const account = {
  magic_link: {
    subject: 'رابط دخولك إلى {{ brand_name }}',
    body: `${hello}

استخدم هذا الرابط لتسجيل الدخول. يعمل مرة واحدة، خلال {{ valid_for }}.

[تسجيل الدخول]({{ sign_in_url }} "button")

إذا لم تطلبه فتجاهل هذه الرسالة: لا يمكن لأحد تسجيل الدخول من دونه.`,
  },

  email_change: {
    subject: 'أكّد عنوان بريدك الجديد',
    body: `${hello}

يرجى تأكيد أن {{ new_email }} لك. يعمل الرابط خلال {{ valid_for }}.

[تأكيد العنوان]({{ confirm_url }} "button")

إذا لم تطلب ذلك فتجاهل هذه الرسالة: لن يتغير شيء.`,
  },

  email_changed: {
    subject: 'تغيّر عنوان بريدك',
    body: `${hello}

عنوان بريد حسابك الآن {{ new_email }}. هذه آخر رسالة إلى هذا العنوان.

إذا لم تفعل ذلك أنت فأجب على هذه الرسالة فورًا.`,
  },
} as const satisfies Record<string, Texts>
