/** Statements as banks write them, for tests. */
export type TestPart = {
  amount: string
  ref?: string
  text?: string
  name?: string
  iban?: string
  acctRef?: string
  endToEnd?: string
}
export type TestEntry = {
  amount?: string
  currency?: string
  kind?: 'CRDT' | 'DBIT'
  status?: string
  reversal?: boolean
  day?: string
  acctRef?: string
  parts: readonly TestPart[]
}
export type TestStatement = {
  version?: '02' | '08'
  notice?: boolean
  id?: string
  sequence?: number
  iban?: string
  opening?: string
  closing?: string
  entries: readonly TestEntry[]
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const tag = (name: string, text: string | undefined) =>
  text === undefined ? '' : `<${name}>${escaped(text)}</${name}>`

const partOf = (
  { amount, ref, text, name, iban, acctRef, endToEnd }: TestPart,
  entry: TestEntry,
  newer: boolean,
): string => {
  const [side, account] = entry.kind === 'DBIT' ? ['Cdtr', 'CdtrAcct'] : ['Dbtr', 'DbtrAcct']
  const named = newer ? `<Pty>${tag('Nm', name)}</Pty>` : tag('Nm', name)
  return `<TxDtls><Refs>${tag('AcctSvcrRef', acctRef)}${tag('EndToEndId', endToEnd ?? 'NOTPROVIDED')}</Refs>
    <Amt Ccy="${entry.currency ?? 'EUR'}">${amount}</Amt><CdtDbtInd>${entry.kind ?? 'CRDT'}</CdtDbtInd>
    <RltdPties>${name === undefined ? '' : `<${side}>${named}</${side}>`}${iban === undefined ? '' : `<${account}><Id><IBAN>${iban}</IBAN></Id></${account}>`}</RltdPties>
    <RmtInf>${tag('Ustrd', text)}${ref === undefined ? '' : `<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>${ref}</Ref></CdtrRefInf></Strd>`}</RmtInf></TxDtls>`
}

const entryOf = (entry: TestEntry, newer: boolean): string => {
  const {
    parts,
    amount = parts[0]?.amount ?? '0',
    currency = 'EUR',
    kind = 'CRDT',
    status = 'BOOK',
    reversal,
    day = '2026-02-02',
    acctRef,
  } = entry
  return `<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${kind}</CdtDbtInd>${reversal ? '<RvslInd>true</RvslInd>' : ''}
    <Sts>${newer ? `<Cd>${status}</Cd>` : status}</Sts><BookgDt><Dt>${day}</Dt></BookgDt><ValDt><Dt>${day}</Dt></ValDt>${tag('AcctSvcrRef', acctRef)}
    <BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><NtryDtls>${parts.map((part) => partOf(part, entry, newer)).join('')}</NtryDtls></Ntry>`
}

const balance = (code: string, text: string | undefined) =>
  text === undefined
    ? ''
    : `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${text.replace('-', '')}</Amt><CdtDbtInd>${text.startsWith('-') ? 'DBIT' : 'CRDT'}</CdtDbtInd><Dt><Dt>2026-02-02</Dt></Dt></Bal>`

export function camtText(statement: TestStatement): string {
  const {
    version = '08',
    notice = false,
    id = 'STMT-1',
    sequence,
    iban = 'DE89370400440532013000',
    opening,
    closing,
    entries,
  } = statement
  const [name, root, item] = notice
    ? ['camt.054', 'BkToCstmrDbtCdtNtfctn', 'Ntfctn']
    : ['camt.053', 'BkToCstmrStmt', 'Stmt']
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${name}.001.${version}"><${root}><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-02-02T20:00:00</CreDtTm></GrpHdr>
<${item}><Id>${id}</Id>${sequence === undefined ? '' : `<ElctrncSeqNb>${sequence}</ElctrncSeqNb>`}<CreDtTm>2026-02-02T20:00:00</CreDtTm>
<Acct><Id><IBAN>${iban}</IBAN></Id></Acct>${balance('OPBD', opening)}${balance('CLBD', closing)}
${entries.map((entry) => entryOf(entry, version === '08')).join('\n')}</${item}></${root}></Document>`
}
