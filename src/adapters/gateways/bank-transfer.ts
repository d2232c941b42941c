/**
 * Transfer to the operator's own bank account. The buyer gets the account, the sum and a reference with check digits, and a square for his
 * banking app; the money shows on a statement, which staff or a program import. There is nobody to ask, so what is known travels in
 * `remoteRef`.
 */
import { electronicFormatIBAN, friendlyFormatIBAN, isValidBIC, isValidIBAN } from 'ibantools'
import { z } from 'zod'
import { format, type Money } from '#platform/money.ts'
import { groupedReference, referenceOfPayment } from './bank/creditor-reference.ts'
import { epcPayload } from './bank/epc-qr.ts'
import type { Gateway, GatewayKind } from './gateway.ts'
import { remoteRefOf, staffConfirmed } from './staff-confirmed.ts'

const oneLine = z
  .string()
  .trim()
  .regex(/^[^\r\n]*$/, 'Please write it on one line.')

const BankTransferSettings = z.object({
  account_holder: oneLine.min(1).max(70).meta({ title: 'Account holder', help: 'As the bank knows it.' }),
  iban: z
    .string()
    .transform((text) => electronicFormatIBAN(text) ?? '')
    .refine((text) => isValidIBAN(text), 'This IBAN is not right: please look for a slip of the finger.')
    .meta({ title: 'IBAN', help: 'With or without spaces.' }),
  bic: z
    .string()
    .transform((text) => text.replace(/\s/g, '').toUpperCase())
    .refine((text) => text === '' || isValidBIC(text), 'This BIC is not right: it has 8 or 11 characters.')
    .default('')
    .meta({ title: 'BIC', help: 'Only buyers outside of the SEPA area need it.' }),
  bank: oneLine.max(70).default('').meta({ title: 'Bank' }),
  note: z
    .string()
    .trim()
    .max(1_000)
    .default('')
    .meta({ title: 'Note', help: 'Shown beside the account: when you look, what to expect.', long: true }),
})
type BankTransferSettings = z.infer<typeof BankTransferSettings>

export const bankTransfer: GatewayKind<BankTransferSettings> = {
  kind: 'bank_transfer',
  title: 'Bank transfer',
  settings: BankTransferSettings,
  capabilities: {
    checkout: 'instructions',
    notices: false,
    refund: false,
    delayed: true,
    staffConfirms: true,
    statements: true,
    savesMethods: false,
    savesWithoutPayment: false,
    findsUnpaid: true,
    testOnly: false,
  },
  currencies: null,
  open(settings, context): Gateway {
    const { account_holder: holder, iban, bic, bank, note } = settings
    return {
      checkConnection: async () => ({
        detail: `IBAN ${friendlyFormatIBAN(iban)} has the right check digits. Money is found by importing statements.`,
        livemode: null,
      }),
      async createCheckout({ ourRef, amount }) {
        const reference = referenceOfPayment(ourRef)
        const transfer = {
          holder,
          iban: friendlyFormatIBAN(iban) ?? iban,
          bic: bic || null,
          bank: bank || null,
          note: note || null,
          qr: epcPayload({ bic: bic || null, name: holder, iban, amount, reference }),
        }
        return {
          kind: 'instructions',
          remoteRef: remoteRefOf(ourRef, amount),
          text: inWords(transfer, amount, groupedReference(reference)),
          reference: groupedReference(reference),
          transfer,
        }
      },
      ...staffConfirmed('bank_transfer', 'transfer', context),
    }
  },
}

type Account = { holder: string; iban: string; bic: string | null; bank: string | null; note: string | null }

/** For a mail, where nothing is drawn. */
const inWords = ({ holder, iban, bic, bank, note }: Account, amount: Money, reference: string): string =>
  [
    `Please transfer ${format(amount)}.`,
    '',
    `Account holder: ${holder}`,
    `IBAN: ${iban}`,
    ...(bic === null ? [] : [`BIC: ${bic}`]),
    ...(bank === null ? [] : [`Bank: ${bank}`]),
    `Reference: ${reference}`,
    ...(note === null ? [] : ['', note]),
  ].join('\n')
