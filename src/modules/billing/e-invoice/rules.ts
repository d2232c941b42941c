/**
 * An invoice or credit note as EN 16931 wants it: one neutral document, of which the library makes UBL, CII, XRechnung and Factur-X. Values
 * only. Names of rules (BR-…) and terms (BT-…) are the standard's.
 */
import type { Invoice as EnInvoice } from '@e-invoice-eu/core'
import { type Money, money, negate, toDecimal } from '#platform/money.ts'
import type { Place, Snapshot } from '../queries.ts'
import type { TaxDecision } from '../rules/tax.ts'

export type { EnInvoice }

export type Paper = {
  number: string
  kind: 'invoice' | 'credit_note'
  issuedOn: string
  dueOn: string | null
  /** The invoice that a credit note corrects. */
  corrects: { number: string; issuedOn: string } | null
  currency: string
  seller: Snapshot['seller'] & { country: string; place: Place; phone: string; contact: string }
  buyer: Snapshot['buyer'] & { country: string }
  /** What the buyer is told apart by: BT-10. */
  buyerReference: string
  /** The buyer's own number of his purchase: BT-13. */
  purchaseOrder: string | null
  tax: TaxDecision
  rows: readonly { description: string; quantity: number; netMinor: bigint }[]
  netMinor: bigint
  taxMinor: bigint
  /** The tax in the seller's own money (BT-6, BT-111), where the document is in another. */
  taxIn: { currency: string; taxMinor: bigint } | null
  paidMinor: bigint
}

/** UNCL 5305. What is outside of VAT names no VAT numbers at all (BR-O-02 to BR-O-04). */
const categories = {
  standard: 'S',
  reverse_charge: 'AE',
  exempt: 'E',
  outside: 'O',
  not_registered: 'O',
} as const satisfies Record<TaxDecision['treatment'], string>

const vat = { 'cac:TaxScheme': { 'cbc:ID': 'VAT' } } as const

export function toEn16931(paper: Paper): EnInvoice {
  const { tax, netMinor, taxMinor, taxIn, paidMinor, currency } = paper
  const amount = (minor: bigint) => toDecimal(money(minor, currency))
  const id = categories[tax.treatment]
  // BR-O-05: no rate at all where there is no VAT.
  const percent = id === 'O' ? {} : { 'cbc:Percent': tax.rate }
  const total = netMinor + taxMinor
  const unit = { currencyID: currency } as const
  const at = <Name extends string>(name: Name, minor: bigint) =>
    ({ [name]: amount(minor), [`${name}@currencyID`]: unit.currencyID }) as Record<Name | `${Name}@currencyID`, string>
  return {
    'ubl:Invoice': {
      'cbc:ID': paper.number,
      'cbc:IssueDate': paper.issuedOn,
      ...(paper.dueOn === null ? {} : { 'cbc:DueDate': paper.dueOn }),
      'cbc:InvoiceTypeCode': paper.kind === 'invoice' ? '380' : '381',
      ...(tax.note === null ? {} : { 'cbc:Note': [tax.note] }),
      'cbc:DocumentCurrencyCode': currency,
      ...(taxIn === null ? {} : { 'cbc:TaxCurrencyCode': taxIn.currency }),
      'cbc:BuyerReference': paper.buyerReference,
      ...(paper.purchaseOrder === null ? {} : { 'cac:OrderReference': { 'cbc:ID': paper.purchaseOrder } }),
      ...(paper.corrects === null
        ? {}
        : {
            'cac:BillingReference': [
              {
                'cac:InvoiceDocumentReference': {
                  'cbc:ID': paper.corrects.number,
                  'cbc:IssueDate': paper.corrects.issuedOn,
                },
              },
            ],
          }),
      'cac:AccountingSupplierParty': { 'cac:Party': sellerOf(paper, id) },
      'cac:AccountingCustomerParty': { 'cac:Party': buyerOf(paper, id) },
      'cac:Delivery': { 'cbc:ActualDeliveryDate': tax.point },
      // 1: the way is agreed elsewhere, on a payment page. BR-CO-25: what is open names its day.
      'cac:PaymentMeans': [{ 'cbc:PaymentMeansCode': '1' }],
      ...(paper.dueOn === null ? { 'cac:PaymentTerms': { 'cbc:Note': 'Paid, or due at once.' } } : {}),
      'cac:TaxTotal': [
        {
          ...at('cbc:TaxAmount', taxMinor),
          'cac:TaxSubtotal': [
            {
              ...at('cbc:TaxableAmount', netMinor),
              ...at('cbc:TaxAmount', taxMinor),
              'cac:TaxCategory': { 'cbc:ID': id, ...percent, ...reasonOf(tax), ...vat },
            },
          ],
        },
        // BT-111: only the sum; what it is made of stands in the document's own currency.
        ...(taxIn === null
          ? []
          : [
              {
                'cbc:TaxAmount': toDecimal(money(taxIn.taxMinor, taxIn.currency)),
                'cbc:TaxAmount@currencyID': taxIn.currency,
              },
            ]),
      ],
      'cac:LegalMonetaryTotal': {
        ...at('cbc:LineExtensionAmount', netMinor),
        ...at('cbc:TaxExclusiveAmount', netMinor),
        ...at('cbc:TaxInclusiveAmount', total),
        ...(paidMinor === 0n ? {} : at('cbc:PrepaidAmount', paidMinor)),
        ...at('cbc:PayableAmount', total - paidMinor),
      },
      'cac:InvoiceLine': paper.rows.map((row, index) => {
        const { name, quantity, price } = pieces(row, currency)
        return {
          'cbc:ID': String(index + 1),
          'cbc:InvoicedQuantity': String(quantity),
          'cbc:InvoicedQuantity@unitCode': 'C62',
          ...at('cbc:LineExtensionAmount', row.netMinor),
          'cac:Item': { 'cbc:Name': name, 'cac:ClassifiedTaxCategory': { 'cbc:ID': id, ...percent, ...vat } },
          'cac:Price': at('cbc:PriceAmount', price.minor),
        }
      }),
    },
  } as EnInvoice
}

/** BR-27: a price is never negative, so what is taken off is a negative quantity; a price that does not divide is that of all pieces. */
function pieces(
  { description, quantity, netMinor }: Paper['rows'][number],
  currency: string,
): { name: string; quantity: number; price: Money } {
  const whole = money(netMinor, currency)
  const price = netMinor < 0n ? negate(whole) : whole
  const sign = netMinor < 0n ? -1 : 1
  const many = BigInt(quantity)
  return price.minor % many === 0n
    ? { name: description, quantity: sign * quantity, price: money(price.minor / many, currency) }
    : { name: `${quantity} × ${description}`, quantity: sign, price }
}

/** BR-AE-10, BR-E-10, BR-O-10: why nothing is taken. */
function reasonOf({ treatment, note }: TaxDecision) {
  if (treatment === 'standard') return {}
  const code = treatment === 'reverse_charge' ? 'VATEX-EU-AE' : treatment === 'outside' ? 'VATEX-EU-O' : null
  return {
    ...(code === null ? {} : { 'cbc:TaxExemptionReasonCode': code }),
    'cbc:TaxExemptionReason': note ?? 'No tax is taken.',
  }
}

const addressOf = (place: Place | undefined, lines: readonly string[], country: string) => {
  const [street, more] = place === undefined || place.lines.length === 0 ? lines : place.lines
  return {
    ...(street ? { 'cbc:StreetName': street } : {}),
    ...(more ? { 'cbc:AdditionalStreetName': more } : {}),
    ...(place?.city ? { 'cbc:CityName': place.city } : {}),
    ...(place?.postalCode ? { 'cbc:PostalZone': place.postalCode } : {}),
    ...(place?.region ? { 'cbc:CountrySubentity': place.region } : {}),
    'cac:Country': { 'cbc:IdentificationCode': country },
  }
}

const mailbox = (email: string | null) =>
  email === null ? {} : { 'cbc:EndpointID': email, 'cbc:EndpointID@schemeID': 'EM' }

function sellerOf({ seller, tax }: Paper, category: string) {
  const number = tax.sellerNumber ?? seller.vatId
  return {
    ...mailbox(seller.email),
    // BR-CO-26: whoever sells is told apart by some number; outside of VAT by one that is none of VAT.
    ...(category === 'O' && number ? { 'cac:PartyIdentification': [{ 'cbc:ID': number }] } : {}),
    'cac:PartyName': { 'cbc:Name': seller.name },
    'cac:PostalAddress': addressOf(seller.place, seller.address, seller.country),
    ...(category !== 'O' && number ? { 'cac:PartyTaxScheme': [{ 'cbc:CompanyID': number, ...vat }] } : {}),
    'cac:PartyLegalEntity': { 'cbc:RegistrationName': seller.name },
    'cac:Contact': {
      'cbc:Name': seller.contact || seller.name,
      ...(seller.phone ? { 'cbc:Telephone': seller.phone } : {}),
      ...(seller.email === null ? {} : { 'cbc:ElectronicMail': seller.email }),
    },
  }
}

const buyerOf = ({ buyer, tax }: Paper, category: string) => ({
  ...mailbox(buyer.email),
  'cac:PostalAddress': addressOf(buyer.place, [], buyer.country),
  ...(category !== 'O' && tax.buyerVatId !== null
    ? { 'cac:PartyTaxScheme': { 'cbc:CompanyID': tax.buyerVatId, ...vat } }
    : {}),
  'cac:PartyLegalEntity': { 'cbc:RegistrationName': buyer.name },
})

type Tree = { [name: string]: Tree & string & Tree[] }

/**
 * What the standard's own checks would refuse: identifiers of the broken rules, none for a sound document. A document with a fault is given
 * to nobody: a tax office that finds it asks the buyer.
 */
export function brokenRules(document: EnInvoice): string[] {
  const invoice = document['ubl:Invoice'] as unknown as Tree
  const lines = (invoice['cac:InvoiceLine'] ?? []) as Tree[]
  const totals = invoice['cac:LegalMonetaryTotal'] as Tree
  const [tax = {}, ...stated] = invoice['cac:TaxTotal'] as Tree[]
  const own = invoice['cbc:TaxCurrencyCode'] as string | undefined
  const sign = (value: bigint) => (value > 0n ? 1 : value < 0n ? -1 : 0)
  const groups = (tax['cac:TaxSubtotal'] ?? []) as Tree[]
  const read = (tree: Tree | undefined, name: string) => decimal(tree?.[name] as string | undefined)
  const sum = (trees: readonly Tree[], name: string) => trees.reduce((all, each) => all + read(each, name), 0n)
  const party = (role: string) => (invoice[role] as Tree)['cac:Party'] as Tree
  const numberOf = (role: string) => {
    const scheme = party(role)['cac:PartyTaxScheme'] as Tree | Tree[] | undefined
    return (Array.isArray(scheme) ? scheme[0] : scheme)?.['cbc:CompanyID']
  }
  const categoryOf = (line: Tree) => (line['cac:Item'] as Tree)['cac:ClassifiedTaxCategory'] as Tree
  const keyOf = (category: Tree) => `${category['cbc:ID']} ${category['cbc:Percent'] ?? ''}`
  const reverse = lines.some((line) => String(categoryOf(line)['cbc:ID']) === 'AE')
  const of = (group: Tree) => group['cac:TaxCategory'] as Tree
  const rules: [string, boolean][] = [
    ['BR-16', lines.length > 0],
    ['BR-CO-10', sum(lines, 'cbc:LineExtensionAmount') === read(totals, 'cbc:LineExtensionAmount')],
    ['BR-CO-13', read(totals, 'cbc:LineExtensionAmount') === read(totals, 'cbc:TaxExclusiveAmount')],
    ['BR-CO-14', sum(groups, 'cbc:TaxAmount') === read(tax, 'cbc:TaxAmount')],
    [
      'BR-CO-15',
      read(totals, 'cbc:TaxExclusiveAmount') + read(tax, 'cbc:TaxAmount') === read(totals, 'cbc:TaxInclusiveAmount'),
    ],
    [
      'BR-CO-16',
      read(totals, 'cbc:TaxInclusiveAmount') - read(totals, 'cbc:PrepaidAmount') === read(totals, 'cbc:PayableAmount'),
    ],
    // BT-6 asks for BT-111, once, in its currency and without parts; a second sum without BT-6 says nothing.
    ['BR-53', own === undefined || stated.some((each) => (each['cbc:TaxAmount@currencyID'] as string) === own)],
    ['PEPPOL-EN16931-R005', own === undefined || own !== (invoice['cbc:DocumentCurrencyCode'] as string)],
    [
      'PEPPOL-EN16931-R054',
      stated.length === (own === undefined ? 0 : 1) && stated.every((each) => each['cac:TaxSubtotal'] === undefined),
    ],
    // One rate is behind both, so that neither can be owed while the other is given back.
    [
      'PEPPOL-EN16931-R055',
      stated.every((each) => sign(read(each, 'cbc:TaxAmount')) * sign(read(tax, 'cbc:TaxAmount')) >= 0),
    ],
    [
      'BR-S-08',
      groups.every(
        (group) =>
          sum(
            lines.filter((line) => keyOf(categoryOf(line)) === keyOf(of(group))),
            'cbc:LineExtensionAmount',
          ) === read(group, 'cbc:TaxableAmount'),
      ),
    ],
    ['BR-27', lines.every((line) => read(line['cac:Price'], 'cbc:PriceAmount') >= 0n)],
    [
      'BR-S-02',
      !lines.some((line) => String(categoryOf(line)['cbc:ID']) === 'S') ||
        Boolean(numberOf('cac:AccountingSupplierParty')),
    ],
    [
      'BR-AE-02',
      !reverse ||
        (Boolean(numberOf('cac:AccountingSupplierParty')) && Boolean(numberOf('cac:AccountingCustomerParty'))),
    ],
    ['BR-AE-09', groups.every((group) => String(of(group)['cbc:ID']) !== 'AE' || read(group, 'cbc:TaxAmount') === 0n)],
    [
      'BR-AE-10',
      groups.every(
        (group) =>
          String(of(group)['cbc:ID']) !== 'AE' ||
          Boolean(of(group)['cbc:TaxExemptionReasonCode'] ?? of(group)['cbc:TaxExemptionReason']),
      ),
    ],
  ]
  return rules.flatMap(([name, holds]) => (holds ? [] : [name]))
}

/** Thousandths, which no currency has more of than we count. */
function decimal(text: string | undefined): bigint {
  if (text === undefined) return 0n
  const [, sign = '', whole = '0', parts = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const minor = BigInt(whole) * 1_000n + BigInt(parts.padEnd(3, '0').slice(0, 3))
  return sign === '-' ? -minor : minor
}
