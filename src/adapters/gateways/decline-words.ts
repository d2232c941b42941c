/** Why a payment failed, in the languages of those who read it. English is kept with the payment; see `declines.ts`. */
import type { DeclineClass, Failure } from './gateway.ts'

type Words = Readonly<Record<DeclineClass, string>>

/** The sentence of a failure for its buyer. In a language that we do not speak it is the one that was kept. */
export const declineText = (
  { class: kind, message }: Pick<Failure, 'message'> & { class: string },
  language: string,
): string => (words[language.split('-')[0] ?? ''] as Readonly<Record<string, string>> | undefined)?.[kind] ?? message

const de: Words = {
  soft_funds:
    'Die Bank hat die Zahlung abgelehnt: Guthaben oder Limit reichte nicht aus. Versuchen Sie es später oder mit einer anderen Zahlungsart.',
  soft_issuer:
    'Die Bank hat die Zahlung abgelehnt. Versuchen Sie es noch einmal, wählen Sie eine andere Zahlungsart oder fragen Sie Ihre Bank.',
  soft_technical: 'Die Zahlung konnte gerade nicht verarbeitet werden. Versuchen Sie es in einer Weile noch einmal.',
  needs_authentication: 'Die Bank bittet Sie, diese Zahlung zu bestätigen.',
  method_invalid: 'Diese Zahlungsart kann nicht verwendet werden. Prüfen Sie die Angaben oder wählen Sie eine andere.',
  hard_blocked: 'Die Bank hat die Zahlung abgelehnt. Wählen Sie eine andere Zahlungsart.',
  fraud: 'Die Zahlung wurde abgelehnt. Wählen Sie eine andere Zahlungsart oder schreiben Sie uns.',
  mandate_gone: 'Die Erlaubnis, dieses Konto zu belasten, wurde zurückgezogen. Wählen Sie erneut eine Zahlungsart.',
  configuration: 'Diese Zahlungsart ist zurzeit nicht verfügbar. Wählen Sie eine andere oder schreiben Sie uns.',
  unknown: 'Die Zahlung wurde abgelehnt. Versuchen Sie es noch einmal oder mit einer anderen Zahlungsart.',
}

const fr: Words = {
  soft_funds:
    'La banque a refusé le paiement : le solde ou le plafond était insuffisant. Réessayez plus tard ou avec un autre moyen de paiement.',
  soft_issuer:
    'La banque a refusé le paiement. Réessayez, choisissez un autre moyen de paiement ou demandez à votre banque.',
  soft_technical: 'Le paiement n’a pas pu être traité pour le moment. Réessayez un peu plus tard.',
  needs_authentication: 'La banque vous demande de confirmer ce paiement.',
  method_invalid: 'Ce moyen de paiement ne peut pas être utilisé. Vérifiez ses données ou choisissez-en un autre.',
  hard_blocked: 'La banque a refusé le paiement. Choisissez un autre moyen de paiement.',
  fraud: 'Le paiement a été refusé. Choisissez un autre moyen de paiement ou écrivez-nous.',
  mandate_gone: 'L’autorisation de débiter ce compte a été retirée. Choisissez à nouveau un moyen de paiement.',
  configuration: 'Ce moyen de paiement n’est pas disponible pour le moment. Choisissez-en un autre ou écrivez-nous.',
  unknown: 'Le paiement a été refusé. Réessayez ou choisissez un autre moyen de paiement.',
}

const es: Words = {
  soft_funds:
    'El banco rechazó el pago: el saldo o el límite no era suficiente. Inténtelo más tarde o con otra forma de pago.',
  soft_issuer: 'El banco rechazó el pago. Inténtelo de nuevo, elija otra forma de pago o consulte a su banco.',
  soft_technical: 'El pago no se pudo procesar en este momento. Inténtelo de nuevo dentro de un rato.',
  needs_authentication: 'El banco le pide que confirme este pago.',
  method_invalid: 'Esta forma de pago no se puede usar. Revise sus datos o elija otra.',
  hard_blocked: 'El banco rechazó el pago. Elija otra forma de pago.',
  fraud: 'El pago fue rechazado. Elija otra forma de pago o escríbanos.',
  mandate_gone: 'La autorización para cargar esta cuenta fue retirada. Elija de nuevo una forma de pago.',
  configuration: 'Esta forma de pago no está disponible en este momento. Elija otra o escríbanos.',
  unknown: 'El pago fue rechazado. Inténtelo de nuevo o con otra forma de pago.',
}

const pt: Words = {
  soft_funds:
    'O banco recusou o pagamento: o saldo ou o limite não era suficiente. Tente mais tarde ou com outra forma de pagamento.',
  soft_issuer: 'O banco recusou o pagamento. Tente de novo, escolha outra forma de pagamento ou pergunte ao seu banco.',
  soft_technical: 'O pagamento não pôde ser processado agora. Tente de novo daqui a pouco.',
  needs_authentication: 'O banco pede que confirme este pagamento.',
  method_invalid: 'Esta forma de pagamento não pode ser usada. Verifique os dados ou escolha outra.',
  hard_blocked: 'O banco recusou o pagamento. Escolha outra forma de pagamento.',
  fraud: 'O pagamento foi recusado. Escolha outra forma de pagamento ou escreva-nos.',
  mandate_gone: 'A autorização para debitar esta conta foi retirada. Escolha de novo uma forma de pagamento.',
  configuration: 'Esta forma de pagamento não está disponível neste momento. Escolha outra ou escreva-nos.',
  unknown: 'O pagamento foi recusado. Tente de novo ou com outra forma de pagamento.',
}

const ar: Words = {
  soft_funds: 'رفض البنك الدفعة: لم يكن الرصيد أو الحد كافيًا. حاول لاحقًا أو استخدم طريقة دفع أخرى.',
  soft_issuer: 'رفض البنك الدفعة. حاول مرة أخرى أو استخدم طريقة دفع أخرى أو اسأل البنك.',
  soft_technical: 'تعذّرت معالجة الدفعة الآن. حاول مرة أخرى بعد قليل.',
  needs_authentication: 'يطلب البنك منك تأكيد هذه الدفعة.',
  method_invalid: 'لا يمكن استخدام طريقة الدفع هذه. تحقق من بياناتها أو استخدم طريقة أخرى.',
  hard_blocked: 'رفض البنك الدفعة. استخدم طريقة دفع أخرى.',
  fraud: 'رُفضت الدفعة. استخدم طريقة دفع أخرى أو راسلنا.',
  mandate_gone: 'سُحب الإذن بالخصم من هذا الحساب. اختر طريقة دفع من جديد.',
  configuration: 'طريقة الدفع هذه غير متاحة حاليًا. اختر طريقة أخرى أو راسلنا.',
  unknown: 'رُفضت الدفعة. حاول مرة أخرى أو استخدم طريقة دفع أخرى.',
}

const words: Readonly<Record<string, Words>> = { de, fr, es, pt, ar }
