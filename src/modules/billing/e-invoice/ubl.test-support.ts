/**
 * Invoice and CreditNote of UBL 2.1, as far as EN 16931 binds them (CEN/TS 16931-3-2), in our own words: for each element that holds others, those
 * that we may give out, in UBL's order, how often each may come, and what it holds. What is not named is unknown, also where UBL knows it.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'

type Times = '1' | '?' | '*' | '+'
/** What an element without children holds. `address`: an identifier that names its scheme. */
const contents = {
  id: { of: /^\S(.*\S)?$/s },
  text: { of: /\S/ },
  code: { of: /^[\w.:#-]+$/ },
  date: { of: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/ },
  percent: { of: /^\d{1,3}(\.\d{1,4})?$/ },
  address: { of: /^\S+$/, attributes: { schemeID: /^[A-Z0-9]{2,4}$/ } },
  // BR-DEC: sums have two decimals at most; prices are no sums.
  amount: { of: /^-?\d+(\.\d{1,2})?$/, attributes: { currencyID: /^[A-Z]{3}$/ } },
  price: { of: /^\d+(\.\d+)?$/, attributes: { currencyID: /^[A-Z]{3}$/ } },
  quantity: { of: /^-?\d+(\.\d+)?$/, attributes: { unitCode: /^[A-Z0-9]{2,3}$/ } },
} as const satisfies Record<string, { of: RegExp; attributes?: Record<string, RegExp> }>
type Content = keyof typeof contents

/** `name times holds`, where the name alone does not say what it holds; the name of a group says it by itself. */
type Row = `cbc:${string} ${Times} ${Content}` | `cac:${string} ${Times}` | `cac:${string} ${Times} ${string}`

const before = ['cbc:CustomizationID 1 id', 'cbc:ProfileID ? id', 'cbc:ID 1 id', 'cbc:IssueDate 1 date'] as const
const parties = [
  'cac:AccountingSupplierParty 1',
  'cac:AccountingCustomerParty 1',
  'cac:Delivery ?',
  'cac:PaymentMeans *',
] as const
const line = [
  'cbc:LineExtensionAmount 1 amount',
  'cac:InvoicePeriod ? Period',
  'cac:Item 1',
  'cac:Price 1',
] as const satisfies Row[]
const category = ['cbc:ID 1 code', 'cbc:Percent ? percent'] as const

const groups: Readonly<Record<string, readonly Row[]>> = {
  Invoice: [
    ...before,
    'cbc:DueDate ? date',
    'cbc:InvoiceTypeCode 1 code',
    'cbc:Note * text',
    'cbc:DocumentCurrencyCode 1 code',
    'cbc:TaxCurrencyCode ? code',
    'cbc:BuyerReference ? text',
    'cac:InvoicePeriod ? Period',
    'cac:OrderReference ?',
    'cac:BillingReference *',
    ...parties,
    'cac:PaymentTerms ?',
    'cac:TaxTotal +',
    'cac:LegalMonetaryTotal 1',
    'cac:InvoiceLine +',
  ],
  // Not the order of an invoice: its type comes before its notes, and it has no day on which it is due.
  CreditNote: [
    ...before,
    'cbc:CreditNoteTypeCode 1 code',
    'cbc:Note * text',
    'cbc:DocumentCurrencyCode 1 code',
    'cbc:TaxCurrencyCode ? code',
    'cbc:BuyerReference ? text',
    'cac:InvoicePeriod ? Period',
    'cac:OrderReference ?',
    'cac:BillingReference *',
    ...parties,
    'cac:PaymentTerms ?',
    'cac:TaxTotal +',
    'cac:LegalMonetaryTotal 1',
    'cac:CreditNoteLine +',
  ],
  Period: ['cbc:StartDate ? date', 'cbc:EndDate ? date'],
  OrderReference: ['cbc:ID 1 id'],
  BillingReference: ['cac:InvoiceDocumentReference 1'],
  InvoiceDocumentReference: ['cbc:ID 1 id', 'cbc:IssueDate ? date'],
  AccountingSupplierParty: ['cac:Party 1 Seller'],
  AccountingCustomerParty: ['cac:Party 1 Buyer'],
  Seller: [
    'cbc:EndpointID ? address',
    'cac:PartyIdentification *',
    'cac:PartyName ?',
    'cac:PostalAddress 1',
    'cac:PartyTaxScheme *',
    'cac:PartyLegalEntity 1',
    'cac:Contact ?',
  ],
  Buyer: [
    'cbc:EndpointID ? address',
    'cac:PartyIdentification ?',
    'cac:PartyName ?',
    'cac:PostalAddress 1',
    'cac:PartyTaxScheme ?',
    'cac:PartyLegalEntity 1',
    'cac:Contact ?',
  ],
  PartyIdentification: ['cbc:ID 1 id'],
  PartyName: ['cbc:Name 1 text'],
  PostalAddress: [
    'cbc:StreetName ? text',
    'cbc:AdditionalStreetName ? text',
    'cbc:CityName ? text',
    'cbc:PostalZone ? text',
    'cbc:CountrySubentity ? text',
    'cac:Country 1',
  ],
  Country: ['cbc:IdentificationCode 1 code'],
  PartyTaxScheme: ['cbc:CompanyID 1 id', 'cac:TaxScheme 1'],
  TaxScheme: ['cbc:ID 1 code'],
  PartyLegalEntity: ['cbc:RegistrationName 1 text', 'cbc:CompanyID ? id'],
  Contact: ['cbc:Name ? text', 'cbc:Telephone ? text', 'cbc:ElectronicMail ? text'],
  Delivery: ['cbc:ActualDeliveryDate ? date'],
  PaymentMeans: ['cbc:PaymentMeansCode 1 code', 'cbc:PaymentID ? id', 'cac:PayeeFinancialAccount ?'],
  PayeeFinancialAccount: ['cbc:ID 1 id', 'cbc:Name ? text'],
  PaymentTerms: ['cbc:Note ? text'],
  TaxTotal: ['cbc:TaxAmount 1 amount', 'cac:TaxSubtotal *'],
  TaxSubtotal: ['cbc:TaxableAmount 1 amount', 'cbc:TaxAmount 1 amount', 'cac:TaxCategory 1'],
  TaxCategory: [...category, 'cbc:TaxExemptionReasonCode ? code', 'cbc:TaxExemptionReason ? text', 'cac:TaxScheme 1'],
  LegalMonetaryTotal: [
    'cbc:LineExtensionAmount 1 amount',
    'cbc:TaxExclusiveAmount 1 amount',
    'cbc:TaxInclusiveAmount 1 amount',
    'cbc:PrepaidAmount ? amount',
    'cbc:PayableAmount 1 amount',
  ],
  InvoiceLine: ['cbc:ID 1 id', 'cbc:InvoicedQuantity 1 quantity', ...line],
  CreditNoteLine: ['cbc:ID 1 id', 'cbc:CreditedQuantity 1 quantity', ...line],
  Item: ['cbc:Description ? text', 'cbc:Name 1 text', 'cac:ClassifiedTaxCategory 1'],
  ClassifiedTaxCategory: [...category, 'cac:TaxScheme 1'],
  Price: ['cbc:PriceAmount 1 price'],
}

const ubl = 'urn:oasis:names:specification:ubl:schema:xsd:'

/** As the parser gives it: one key beside `:@`, the name; below it the children in their order. */
type Node = { ':@'?: Record<string, string> } & { [name: string]: Node[] }
const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? ''
const childrenOf = (node: Node): Node[] => node[nameOf(node)] ?? []

/** What of a document is not as it should be, each with its place; none for a sound one. */
export function faultsOfUbl(xml: string): string[] {
  const told = XMLValidator.validate(xml)
  if (told !== true) return [`not well-formed: ${told.err.msg}`]
  const parser = new XMLParser({
    ...{ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '' },
    ...{ parseTagValue: false, parseAttributeValue: false, trimValues: true, ignoreDeclaration: true },
  })
  const [root, ...more] = parser.parse(xml) as Node[]
  const name = root === undefined ? '' : nameOf(root)
  if (root === undefined || more.length > 0 || (name !== 'Invoice' && name !== 'CreditNote'))
    return [`${name}: no root`]
  const spaces = {
    xmlns: `${ubl}${name}-2`,
    'xmlns:cac': `${ubl}CommonAggregateComponents-2`,
    'xmlns:cbc': `${ubl}CommonBasicComponents-2`,
  }
  const wrong = Object.entries(spaces).flatMap(([key, space]) =>
    root[':@']?.[key] === space ? [] : [`${name}: ${key} is not ${space}`],
  )
  return [...wrong, ...faultsOfGroup(childrenOf(root), name, name)]
}

function faultsOfGroup(children: readonly Node[], group: string, path: string): string[] {
  const rows = (groups[group] ?? []).map((row) => row.split(' ') as [name: string, times: Times, holds?: string])
  const faults: string[] = []
  let last = 0
  for (const child of children) {
    const name = nameOf(child)
    const place = rows.findIndex(([each]) => each === name)
    const [, , holds = name.slice(4)] = rows[place] ?? []
    if (place < 0) faults.push(`${path}/${name}: unknown here`)
    else if (place < last) faults.push(`${path}/${name}: comes too late, after ${rows[last]?.[0]}`)
    else last = place
    if (place >= 0) faults.push(...faultsIn(child, holds, `${path}/${name}`))
  }
  for (const [name, times] of rows) {
    const count = children.filter((child) => nameOf(child) === name).length
    if (count === 0 && (times === '1' || times === '+')) faults.push(`${path}/${name}: missing`)
    if (count > 1 && (times === '1' || times === '?')) faults.push(`${path}/${name}: ${count} times`)
  }
  return faults
}

function faultsIn(node: Node, holds: string, path: string): string[] {
  const given: Record<string, string> = node[':@'] ?? {}
  const children = childrenOf(node)
  const content = (contents as Record<string, { of: RegExp; attributes?: Record<string, RegExp> }>)[holds]
  const wanted = content?.attributes ?? {}
  const faults = Object.keys(given).flatMap((key) => (key in wanted ? [] : [`${path}/@${key}: unknown here`]))
  for (const [key, pattern] of Object.entries(wanted))
    if (!pattern.test(given[key] ?? '')) faults.push(`${path}/@${key}: ${given[key] ?? 'missing'}`)
  if (content === undefined) return [...faults, ...faultsOfGroup(children, holds, path)]
  const text = children.map((child) => (child as Record<string, unknown>)['#text'] ?? `<${nameOf(child)}>`).join('')
  return content.of.test(text) ? faults : [...faults, `${path}: "${text}" is no ${holds}`]
}

/** Every group that the table names is there: a slip of ours would let everything pass, or nothing. */
export const undescribed = (): string[] =>
  Object.values(groups)
    .flat()
    .flatMap((row) => {
      const [name = '', , holds = name.slice(4)] = row.split(' ')
      return holds in groups || holds in contents ? [] : [row]
    })
