import type { UsernameAnswer } from '#modules/lines/check-username.ts'
import type { Translate } from '#web/i18n/translate.ts'

/** "ana84 is free", "ana84 is taken; we would use ana841", or what a user name looks like. */
export const usernameText = (t: Translate, { verdict, asked, username, rule }: UsernameAnswer): string =>
  t(verdict === 'taken' ? `store.username.taken.${rule}` : `store.username.${verdict}`, { asked, username })
