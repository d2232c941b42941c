/** From the order to the TV login, and what was paid. */
import type { Texts } from '#platform/templates/types.ts'
import { loginBlock } from '../login-block.ts'
import { hello } from './greeting.ts'

const login = loginBlock({
  taken: 'اسم المستخدم «{{ requested_username }}» محجوز، فاسمك هو `{{ username }}`.',
  portal: 'عنوان البوابة',
  mac: 'عنوان MAC',
  server: 'الخادم',
  port: 'المنفذ',
  username: 'اسم المستخدم',
  password: 'كلمة مرور التلفزيون',
  m3u: 'رابط M3U',
  epg: 'رابط EPG',
  plan: 'الباقة',
  until: 'مدفوع حتى',
  screens: 'شاشات في وقت واحد',
  setUp: 'إعداد جهازك',
  inAccount: 'تجدها أيضًا [في حسابك]({{ account_url }}).',
  hidden: 'حفاظًا على أمانك ليست بيانات دخول التلفزيون في هذه الرسالة. تجدها في حسابك.',
  see: 'عرض بيانات دخول التلفزيون',
  afterwards: 'ثم [أعِدّ جهازك]({{ guide_url }}). باقتك {{ plan_name }} مدفوعة حتى {{ ends_on }}.',
})

export const orders = {
  order_received: {
    subject: 'طلبك {{ order_number }}',
    body: `${hello}

وصلنا طلبك لباقة **{{ plan_name }}** بمبلغ {{ amount }}. ما إن تصل دفعتك حتى نجهّز خطك ونرسل بيانات دخول التلفزيون إلى هذا العنوان.

[عرض طلبك]({{ order_url }} "button")`,
  },

  payment_pending: {
    subject: 'ننتظر دفعتك',
    body: `${hello}

طلبك لباقة **{{ plan_name }}** محفوظ. نجهّزه ما إن تصل الدفعة؛ ولا يلزمك فعل شيء آخر لدينا.

| | |
|-|-|
| المبلغ | {{ amount }} |
| الطلب | {{ order_number }} |
{% if payment_reference %}
| المرجع | \`{{ payment_reference }}\` |
{% endif %}
{% if payment_instructions %}
| ادفع إلى | {{ payment_instructions }} |
{% endif %}
{% if pay_by %}
| ادفع قبل | {{ pay_by }} |
{% endif %}

[عرض طلبك]({{ order_url }} "button")`,
  },

  payment_expired: {
    subject: 'لم يُدفع الطلب {{ order_number }} في الوقت المحدد',
    body: `${hello}

لم تصلنا دفعة لطلبك لباقة **{{ plan_name }}**، لذلك أُغلق. لم يُخصم شيء.

إذا كنت قد دفعت فأجب على هذه الرسالة. المال الذي يصل لاحقًا لا يضيع: نجده ونتواصل معك.

[الطلب من جديد]({{ shop_url }} "button")`,
  },

  credentials: { subject: 'بيانات دخول التلفزيون', body: `${hello}\n\nخطك جاهز.\n${login}` },

  login_changed: {
    subject: 'تغيّرت بيانات دخول التلفزيون',
    body: `${hello}\n\nتغيّرت بيانات دخول التلفزيون. يجب أن تسجّل أجهزتك الدخول من جديد بالبيانات الجديدة. إذا لم تطلب ذلك فأجب على هذه الرسالة.\n${login}`,
  },

  line_moved: {
    subject: 'لتلفزيونك عنوان جديد',
    body: `${hello}\n\nانتقل خطك إلى خادم آخر. يبقى اسم المستخدم وكلمة المرور كما هما، ولا يضيع يوم مدفوع؛ العنوان وحده جديد. يرجى كتابته على جهازك كما يبيّن الدليل؛ وحتى ذلك الحين قد لا يعمل.\n${login}`,
  },

  setup_delayed: {
    subject: 'طلبك {{ order_number }} يستغرق وقتًا أطول قليلًا',
    body: `${hello}

وصلت دفعتك. خادم التلفزيون لا يستجيب حاليًا، لذلك خطك لباقة **{{ plan_name }}** ليس جاهزًا بعد. نواصل المحاولة ونرسل بيانات دخول التلفزيون حالما تجهز. يستغرق هذا عادةً أقل من 15 دقيقة.

لا يلزمك فعل شيء.

[عرض طلبك]({{ order_url }} "button")`,
  },

  setup_ready: {
    subject: 'بيانات دخول التلفزيون جاهزة الآن',
    body: `${hello}\n\nشكرًا لانتظارك: خطك جاهز الآن.\n${login}`,
  },

  receipt: {
    subject: 'إيصال بمبلغ {{ amount }}',
    body: `${hello}

شكرًا على دفعتك.

| | |
|-|-|
| المبلغ | {{ amount }} |
| تاريخ الدفع | {{ paid_on }} |
{% if payment_method %}
| طريقة الدفع | {{ payment_method }} |
{% endif %}
{% if plan_name %}
| مقابل | {{ plan_name }} |
{% endif %}
| الفاتورة | {{ invoice_number }} |

[عرض الفاتورة]({{ invoice_url }} "button")`,
  },

  refund_claim: {
    subject: 'اطلب استرداد {{ amount }}',
    body: `${hello}

نعيد {{ amount }}{% if invoice_number %} من الفاتورة {{ invoice_number }}{% endif %}. لا يمكن للعملات الرقمية أن تعود من حيث أتت: أخبرنا إلى أين نرسلها.

[طلب الاسترداد]({{ claim_url }} "button")

يُدفع المبلغ بالعملة الرقمية بسعر لحظة الإرسال. احتفظ بهذا الرابط لنفسك: من يملكه يستطيع طلب الاسترداد.`,
  },
  refund: {
    subject: 'أعدنا {{ amount }}',
    body: `${hello}

أعدنا {{ amount }}{% if payment_method %} إلى {{ payment_method }}{% endif %}. قد يستغرق ظهوره بضعة أيام بحسب مصرفك.
{% if invoice_number %}

| | |
|-|-|
| الفاتورة | {{ invoice_number }} |
{% if credit_note_number %}
| إشعار دائن | {{ credit_note_number }} |
{% endif %}
{% endif %}
{% if invoice_url %}

[عرض فواتيرك]({{ invoice_url }} "button")
{% endif %}`,
  },
} as const satisfies Record<string, Texts>
