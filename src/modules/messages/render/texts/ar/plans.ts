/** Renewing, and what happens without it. */
import type { Texts } from '#platform/templates/types.ts'
import { hello } from './greeting.ts'

const together = `{% if together %}
ينطبق هذا على {{ together }}.
{% endif %}`

export const plans = {
  renewal_invoice: {
    subject: 'الفاتورة {{ invoice_number }}: تنتهي باقة التلفزيون في {{ ends_on }}',
    body: `${hello}

باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}. فاتورة الفترة القادمة بمبلغ {{ amount }}.

${together}

{% if auto_charge_on %}
لا يلزمك فعل شيء: نخصم من {% if payment_method %}{{ payment_method }}{% else %}طريقة الدفع المحفوظة{% endif %} في {{ auto_charge_on }}.

[عرض الفاتورة]({{ pay_url }} "button")
{% else %}
ادفع متى ناسبك. تبدأ الفترة الجديدة حين تنتهي الحالية، فلا يضيع يوم. تبقى بيانات دخول التلفزيون كما هي.

[ادفع {{ amount }}]({{ pay_url }} "button")
{% endif %}`,
  },

  renewal_reminder: {
    subject:
      '{% if has_ended %}انتهت باقة التلفزيون في {{ ends_on }}{% elsif ends_today %}تنتهي باقة التلفزيون اليوم{% else %}تنتهي باقة التلفزيون في {{ ends_on }}{% endif %}',
    body: `${hello}

{% if has_ended %}
كانت باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}.
{% elsif ends_today %}
تنتهي باقتك **{{ plan_name }}** اليوم، {{ ends_on }}.
{% else %}
تنتهي باقتك **{{ plan_name }}** في {{ ends_on }}.
{% endif %}

${together}

{% if auto_charge_on %}
لا يلزمك فعل شيء: نخصم {{ amount }} من {% if payment_method %}{{ payment_method }}{% else %}طريقة الدفع المحفوظة{% endif %} في {{ auto_charge_on }}.

[عرض تجديدك]({{ renew_url }} "button")
{% else %}
لمواصلة المشاهدة جدّد بمبلغ {{ amount }}. تبقى بيانات دخول التلفزيون كما هي{% unless has_ended %}، ويُحفظ ما بقي من وقتك{% endunless %}.{% if suspends_on %} من دون دفع يتوقف التلفزيون في {{ suspends_on }}.{% endif %}

[تجديد]({{ renew_url }} "button")
{% endif %}`,
  },

  renewal_offer: {
    subject: 'نودّ أن تبقى معنا',
    body: `${hello}

باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}. يسعدنا أن تبقى: جدّد بمبلغ {{ amount }} ويبقى كل شيء كما هو، بنفس بيانات الدخول.

[تجديد]({{ renew_url }} "button"){% if shop_url %}

هل تناسبك باقة أخرى أكثر؟ [عرض كل الباقات]({{ shop_url }}){% endif %}`,
  },

  renewed: {
    subject: 'تم التجديد حتى {{ ends_on }}',
    body: `${hello}

شكرًا لك. باقتك **{{ plan_name }}** مدفوعة الآن حتى {{ ends_on }}. تبقى بيانات دخول التلفزيون كما هي؛ لا شيء لإعداده.

${together}
{% if amount %}

| | |
|-|-|
| المدفوع | {{ amount }} |
{% if invoice_number %}
| الفاتورة | {{ invoice_number }} |
{% endif %}
{% endif %}

[عرض حسابك]({{ account_url }} "button")`,
  },

  plan_changed: {
    subject: 'باقتك الآن {{ plan_name }}',
    body: `${hello}

باقتك الآن **{{ plan_name }}**. مدفوعة حتى {{ ends_on }}؛ وكل تجديد بمبلغ {{ amount }}.

تبقى بيانات دخول التلفزيون كما هي. إذا نقصت قناة فأغلق التطبيق وافتحه من جديد.

[عرض حسابك]({{ account_url }} "button")`,
  },

  personal_message: {
    subject: '{{ message_subject }}',
    body: `${hello}

{{ message_text }}

باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}.

[تجديد]({{ renew_url }} "button")`,
  },

  price_change: {
    subject:
      '{% if asks_consent %}يرجى الرد: سعر جديد لباقة التلفزيون{% else %}سعر جديد لباقة التلفزيون ابتداءً من {{ new_price_on }}{% endif %}',
    body: `${hello}

يتغير سعر باقتك **{{ plan_name }}**: {{ new_amount }} بدلًا من {{ old_amount }}. أول تجديد بالسعر الجديد في {{ new_price_on }}. ما دفعته يبقى كما هو، وكذلك التجديدات قبل ذلك اليوم.

{% if price_note %}
{{ price_note }}

{% endif %}
{% if asks_consent %}
نحتاج إلى موافقتك. {% if ends_without_consent %}من دونها تنتهي باقتك في {{ new_price_on }} ولا يُخصم شيء آخر.{% else %}من دونها يبقى سعرك كما هو.{% endif %}

[الرد]({{ price_url }} "button")
{% else %}
إذا ناسبك ذلك فلا يلزمك فعل شيء. وإلا فيمكنك الإلغاء في أي وقت قبل ذلك.

[عرض خياراتك]({{ price_url }} "button")
{% endif %}`,
  },

  price_kept: {
    subject: 'سعرك يبقى كما هو',
    body: `${hello}

كتبنا إليك عن سعر جديد لباقتك **{{ plan_name }}**. لن يأتي: تواصل دفع {{ amount }}.

لا يلزمك فعل شيء.`,
  },

  add_ons_changed: {
    subject: 'لخطك الآن {{ connections }} {% if connections == "1" %}اتصال{% else %}اتصالات{% endif %}',
    body: `${hello}

تعمل باقتك **{{ plan_name }}** الآن على {{ connections }} {% if connections == "1" %}شاشة{% else %}شاشات{% endif %} في وقت واحد. مدفوعة حتى {{ ends_on }}؛ وكل تجديد بمبلغ {{ amount }}.

تبقى بيانات دخول التلفزيون كما هي: استخدمها على كل شاشة.

[عرض حسابك]({{ account_url }} "button")`,
  },

  paused: {
    subject: 'باقة التلفزيون متوقفة حتى {{ resumes_on }}',
    body: `${hello}

باقتك **{{ plan_name }}** متوقفة مؤقتًا. لا يضيع منها يوم: يستمر الوقت المدفوع حين تنتهي الوقفة، في {{ resumes_on }} على الأكثر.

يمكنك المتابعة قبل ذلك في أي وقت. تبقى بيانات دخول التلفزيون كما هي.

[عرض حسابك]({{ account_url }} "button")`,
  },

  compensated: {
    subject: 'نمنحك {{ given_time }} من التلفزيون',
    body: `${hello}

{{ what_happened }} نأسف لذلك.

{% if plan_count > 1 %}
نعيد إليك الوقت على كل واحدة من باقاتك، وعددها {{ plan_count }}: {{ given_time }} على **{{ plan_name }}**. مدفوعة الآن حتى {{ ends_on }}.
{% else %}
نمنحك {{ given_time }} على **{{ plan_name }}**. مدفوعة الآن حتى {{ ends_on }}.
{% endif %}

لا يلزمك فعل شيء.

[عرض حسابك]({{ account_url }} "button")`,
  },

  card_expiring: {
    subject: 'تنتهي صلاحية {{ payment_method }} في {{ expires_on }}',
    body: `${hello}

تنتهي صلاحية {{ payment_method }}، التي سمحت لنا بحفظها، في {{ expires_on }}. التجديد القادم لباقتك **{{ plan_name }}** بعد ذلك، في {{ ends_on }}، ولن نتمكن من الخصم منها.

ادفع المبلغ القادم {{ amount }} الآن ببطاقتك الجديدة واختر «حفظها للتجديدات». لا يضيع يوم: تبدأ الفترة الجديدة حين تنتهي الحالية.

[التجديد ببطاقة أخرى]({{ renew_url }} "button")`,
  },

  payment_failed: {
    subject: 'لم تتم دفعتك بمبلغ {{ amount }}',
    body: `${hello}

لم نتمكن من خصم {{ amount }} مقابل {% if together %}{{ together }}{% else %}**{{ plan_name }}**{% endif %}{% if payment_method %} من {{ payment_method }}{% endif %}.{% if failure_reason %} {{ failure_reason }}{% endif %}

{% if next_try_on %}
نحاول مرة أخرى في {{ next_try_on }}. يمكنك أيضًا الدفع الآن أو اختيار طريقة دفع أخرى.
{% else %}
يرجى الدفع الآن أو اختيار طريقة دفع أخرى.
{% endif %}
{% if suspends_on %}
يبقى التلفزيون حتى {{ suspends_on }}.
{% endif %}

[ادفع {{ amount }}]({{ pay_url }} "button")`,
  },

  grace: {
    subject: 'انتهت باقة التلفزيون، ويبقى التلفزيون حتى {{ suspends_on }}',
    body: `${hello}

كانت باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}. نُبقي لك التلفزيون حتى {{ suspends_on }}.

${together}

ادفع حتى ذلك الحين ولن يتغير شيء. إذا كنت قد دفعت للتو فشكرًا لك: يمكنك تجاهل هذه الرسالة.

[ادفع {{ amount }}]({{ pay_url }} "button")`,
  },

  restricted: {
    subject: 'يعمل تلفزيونك على شاشات أقل حتى تدفع',
    body: `${hello}

كانت باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}. يعمل التلفزيون حاليًا على {{ connections }} {% if connections == "1" %}شاشة{% else %}شاشات{% endif %} في وقت واحد؛ وفي {{ suspends_on }} يتوقف.

${together}

ادفع {{ amount }} ويعود كل شيء خلال دقيقة، بنفس بيانات الدخول.

[ادفع {{ amount }}]({{ pay_url }} "button")`,
  },

  suspended: {
    subject: 'تلفزيونك متوقف',
    body: `${hello}

كانت باقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}، لذلك التلفزيون متوقف الآن.

${together}

ادفع {{ amount }} ويعود خلال دقيقة، بنفس بيانات الدخول. تبدأ الفترة الجديدة يوم تدفع.{% if terminates_on %} نحتفظ بخطك حتى {{ terminates_on }}.{% endif %}

[ادفع {{ amount }}]({{ pay_url }} "button")`,
  },

  resumed: {
    subject: 'عاد تلفزيونك',
    body: `${hello}

شكرًا لك. عاد التلفزيون، وباقتك **{{ plan_name }}** مدفوعة حتى {{ ends_on }}. تبقى بيانات دخول التلفزيون كما هي. إذا لم يُظهر جهاز صورة فأغلق التطبيق وافتحه من جديد.

${together}

[عرض حسابك]({{ account_url }} "button")`,
  },

  service_stopped: {
    subject: '{% if tv_rests %}التلفزيون متوقف مؤقتًا{% else %}لا يبيع {{ brand_name }} شيئًا جديدًا حاليًا{% endif %}',
    body: `${hello}

{% if tv_rests %}
لا يعمل التلفزيون لديك في الوقت الحالي: خدمتنا متوقفة مؤقتًا، وليس ذلك بسبب أي شيء فعلته. تبقى بيانات دخول التلفزيون كما هي، ويعود التلفزيون من تلقاء نفسه فور استئناف الخدمة. سنكتب إليك عندئذ.
{% else %}
لا يقبل متجرنا طلبات جديدة في الوقت الحالي. يستمر التلفزيون لديك ببيانات الدخول نفسها، ويمكنك التجديد كما في السابق. سنكتب إليك عندما يُفتح المتجر من جديد.
{% endif %}

ليس عليك فعل أي شيء.

[عرض حسابك]({{ account_url }} "button")`,
  },

  service_back: {
    subject: '{% if tv_rests %}التلفزيون لديك يعود{% else %}{{ brand_name }} مفتوح من جديد{% endif %}',
    body: `${hello}

{% if tv_rests %}
تُستأنف خدمتنا، ويعود التلفزيون لديك من تلقاء نفسه خلال دقائق ببيانات الدخول نفسها. إن لم يُظهر جهاز صورة فأغلق التطبيق وافتحه من جديد.
{% else %}
يقبل متجرنا الطلبات من جديد. لا يتغير شيء في التلفزيون لديك.
{% endif %}

[عرض حسابك]({{ account_url }} "button")`,
  },
  shop_closing: {
    subject: '{% if stays %}{{ brand_name }} يبقى مفتوحًا{% else %}{{ brand_name }} يغلق في {{ closes_on }}{% endif %}',
    body: `${hello}

{% if stays %}
يبقى متجرنا مفتوحًا. لا يتغير شيء في التلفزيون لديك، ويُجدَّد كما كان.
{% else %}
يغلق متجرنا في {{ closes_on }} ولا يقبل طلبات جديدة. يستمر التلفزيون لديك ببيانات الدخول نفسها حتى نهاية ما دفعته. لا يُجدَّد شيء بعد ذلك اليوم، ولا يُطلب منك مال لذلك.
{% endif %}

[عرض حسابك]({{ account_url }} "button")`,
  },
  terminated: {
    subject: 'أُغلقت باقة التلفزيون',
    body: `${hello}

باقتك **{{ plan_name }}**{% if ends_on %}، المدفوعة حتى {{ ends_on }}،{% endif %} أُغلقت، ولم تعد بيانات دخولها تعمل. لن يُخصم شيء آخر.

${together}

يمكنك العودة في أي وقت.

[عرض باقاتنا]({{ shop_url }} "button")`,
  },
} as const satisfies Record<string, Texts>
