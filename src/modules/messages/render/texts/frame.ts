/** The words around every message, per language. */
export type FrameTexts = {
  readonly direction: 'ltr' | 'rtl'
  readonly why: Readonly<Record<'order' | 'plan' | 'account' | 'staff' | 'marketing', (brand: string) => string>>
  readonly support: string
  readonly rights: (legalName: string) => string
  readonly abuse: string
  readonly unsubscribe: string
}

const english: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `You get this mail because you ordered at ${brand}.`,
    plan: (brand) => `You get this mail because you have a TV plan at ${brand}.`,
    account: (brand) => `You get this mail because this address was given at ${brand}.`,
    staff: (brand) => `You get this mail because you work on ${brand}.`,
    marketing: (brand) => `You get this mail because you agreed to news from ${brand}.`,
  },
  support: 'Questions? Answer this mail or write to',
  rights: (legalName) => `${legalName} is responsible for the rights to what it distributes.`,
  abuse: 'Report abuse:',
  unsubscribe: 'Unsubscribe',
}

const german: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `Sie bekommen diese E-Mail, weil Sie bei ${brand} bestellt haben.`,
    plan: (brand) => `Sie bekommen diese E-Mail, weil Sie einen TV-Tarif bei ${brand} haben.`,
    account: (brand) => `Sie bekommen diese E-Mail, weil diese Adresse bei ${brand} angegeben wurde.`,
    staff: (brand) => `Sie bekommen diese E-Mail, weil Sie für ${brand} arbeiten.`,
    marketing: (brand) => `Sie bekommen diese E-Mail, weil Sie Neuigkeiten von ${brand} zugestimmt haben.`,
  },
  support: 'Fragen? Antworten Sie auf diese E-Mail oder schreiben Sie an',
  rights: (legalName) => `${legalName} ist für die Rechte an dem verantwortlich, was dort verbreitet wird.`,
  abuse: 'Missbrauch melden:',
  unsubscribe: 'Abmelden',
}

const french: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `Vous recevez cet e-mail parce que vous avez commandé chez ${brand}.`,
    plan: (brand) => `Vous recevez cet e-mail parce que vous avez une formule TV chez ${brand}.`,
    account: (brand) => `Vous recevez cet e-mail parce que cette adresse a été indiquée chez ${brand}.`,
    staff: (brand) => `Vous recevez cet e-mail parce que vous travaillez pour ${brand}.`,
    marketing: (brand) => `Vous recevez cet e-mail parce que vous avez accepté les nouvelles de ${brand}.`,
  },
  support: 'Des questions ? Répondez à cet e-mail ou écrivez à',
  rights: (legalName) => `${legalName} est responsable des droits sur ce qui est diffusé.`,
  abuse: 'Signaler un abus :',
  unsubscribe: 'Se désabonner',
}

const spanish: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `Recibe este correo porque hizo un pedido en ${brand}.`,
    plan: (brand) => `Recibe este correo porque tiene un plan de TV en ${brand}.`,
    account: (brand) => `Recibe este correo porque esta dirección se indicó en ${brand}.`,
    staff: (brand) => `Recibe este correo porque trabaja para ${brand}.`,
    marketing: (brand) => `Recibe este correo porque aceptó novedades de ${brand}.`,
  },
  support: '¿Preguntas? Responda a este correo o escriba a',
  rights: (legalName) => `${legalName} es responsable de los derechos de lo que distribuye.`,
  abuse: 'Denunciar un abuso:',
  unsubscribe: 'Darse de baja',
}

const portuguese: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `Recebe este e-mail porque fez um pedido em ${brand}.`,
    plan: (brand) => `Recebe este e-mail porque tem um plano de TV em ${brand}.`,
    account: (brand) => `Recebe este e-mail porque este endereço foi indicado em ${brand}.`,
    staff: (brand) => `Recebe este e-mail porque trabalha para ${brand}.`,
    marketing: (brand) => `Recebe este e-mail porque aceitou novidades de ${brand}.`,
  },
  support: 'Dúvidas? Responda a este e-mail ou escreva para',
  rights: (legalName) => `${legalName} é responsável pelos direitos do que distribui.`,
  abuse: 'Denunciar abuso:',
  unsubscribe: 'Cancelar o envio de ofertas',
}

/** Names stand by themselves: a brand in Latin letters must not reorder the sentence. */
const arabic: FrameTexts = {
  direction: 'rtl',
  why: {
    order: (brand) => `تصلك هذه الرسالة لأنك طلبت من \u2068${brand}\u2069.`,
    plan: (brand) => `تصلك هذه الرسالة لأن لديك باقة تلفزيون لدى \u2068${brand}\u2069.`,
    account: (brand) => `تصلك هذه الرسالة لأن هذا العنوان سُجّل لدى \u2068${brand}\u2069.`,
    staff: (brand) => `تصلك هذه الرسالة لأنك تعمل لدى \u2068${brand}\u2069.`,
    marketing: (brand) => `تصلك هذه الرسالة لأنك وافقت على أخبار \u2068${brand}\u2069.`,
  },
  support: 'أسئلة؟ أجب على هذه الرسالة أو اكتب إلى',
  rights: (legalName) => `\u2068${legalName}\u2069 مسؤول عن حقوق كل ما يوزّعه.`,
  abuse: 'للإبلاغ عن إساءة:',
  unsubscribe: 'إلغاء الاشتراك في العروض',
}

const frameTexts: Readonly<Record<string, FrameTexts>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ar: arabic,
}

/** `pt-BR` falls back to `pt`, and that to English. */
export const frameTextsFor = (language: string): FrameTexts =>
  frameTexts[language] ?? frameTexts[language.split('-')[0] ?? ''] ?? english
