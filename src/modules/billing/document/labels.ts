/** The fixed words of an invoice, per language. */
export type InvoiceLabels = Readonly<Record<LabelName, string>>

type LabelName =
  | 'invoice'
  | 'pro_forma'
  | 'credit_note'
  | 'number'
  | 'issuedOn'
  | 'dueOn'
  | 'corrects'
  | 'purchaseOrder'
  | 'seller'
  | 'buyer'
  | 'vatId'
  | 'description'
  | 'quantity'
  | 'unitNet'
  | 'taxRate'
  | 'net'
  | 'gross'
  | 'tax'
  | 'taxOn'
  | 'total'
  | 'paid'
  | 'open'
  | 'reference'
  | 'paidOn'
  | 'paidWith'
  | 'page'
  | 'of'
  | 'proFormaNote'
  | 'stateOpen'
  | 'statePaid'
  | 'stateVoid'
  | 'stateRefunded'
  | 'convertedFrom'
  | 'atRate'
  | 'plusMargin'
  | 'rateEcb'
  | 'rateOwn'

const en: InvoiceLabels = {
  invoice: 'Invoice',
  pro_forma: 'Pro forma',
  credit_note: 'Credit note',
  number: 'Number',
  issuedOn: 'Date',
  dueOn: 'Due',
  corrects: 'Corrects invoice',
  purchaseOrder: 'Purchase order',
  seller: 'From',
  buyer: 'To',
  vatId: 'VAT ID',
  description: 'Description',
  quantity: 'Qty',
  unitNet: 'Unit price',
  taxRate: 'Tax',
  net: 'Net',
  gross: 'Gross',
  tax: 'Tax',
  taxOn: 'on',
  total: 'Total',
  paid: 'Paid',
  open: 'To pay',
  reference: 'Payment reference',
  paidOn: 'Paid on',
  paidWith: 'Paid with',
  page: 'Page',
  of: 'of',
  proFormaNote: 'This is a request for payment and not an invoice. The invoice follows with the payment.',
  stateOpen: 'Open',
  statePaid: 'Paid',
  stateVoid: 'Void',
  stateRefunded: 'Refunded',
  convertedFrom: 'converted from',
  atRate: 'at',
  plusMargin: 'plus',
  rateEcb: 'European Central Bank',
  rateOwn: 'rate set by the seller',
}

const labels: Readonly<Record<string, InvoiceLabels>> = { en }

/** `pt-BR` falls back to `pt`, and that to English. */
export const labelsFor = (language: string): InvoiceLabels =>
  labels[language] ?? labels[language.split('-')[0] ?? ''] ?? en
