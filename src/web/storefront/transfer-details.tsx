import type { TransferDetails } from '#adapters/gateways/gateway.ts'
import { type Money, toDecimal } from '#platform/money.ts'
import { CopyField } from '../ui/copy-field.tsx'
import { moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { QrCode } from '../ui/qr-code.tsx'

/** Where to transfer, field by field as banks ask for it, beside a square that fills in the form of a banking app. */
export function TransferFields({
  transfer,
  amount,
  reference,
}: {
  transfer: TransferDetails
  amount: Money
  reference: string
}) {
  const page = usePage()
  const { t } = page
  const { holder, iban, bic, bank, note, qr } = transfer
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-6 sm:flex-row sm:items-start">
        <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-4">
          <CopyField label={t('store.pay.transfer.holder')} value={holder} />
          <CopyField label={t('store.pay.transfer.iban')} value={iban} />
          {bic === null ? null : <CopyField label={t('store.pay.transfer.bic')} value={bic} />}
          {bank === null ? null : <CopyField label={t('store.pay.transfer.bank')} value={bank} />}
          <CopyField label={t('store.pay.amount')} value={moneyText(amount, page)} copied={toDecimal(amount)} />
          <CopyField label={t('store.pay.reference')} value={reference} />
        </div>
        {qr === null ? null : (
          <figure className="flex w-44 flex-col items-center gap-2 self-center sm:self-start">
            <QrCode value={qr} what={t('store.pay.transfer.qr.what')} />
            <figcaption className="text-center text-sm text-muted">{t('store.pay.transfer.qr')}</figcaption>
          </figure>
        )}
      </div>
      <p className="text-muted">{t('store.pay.transfer.reference.why')}</p>
      {note === null ? null : <p className="whitespace-pre-line">{note}</p>}
    </div>
  )
}
