/**
 * A bank's file is read and kept entry by entry, in one transaction; whose money it is, is found afterwards by a job. The same file twice
 * changes nothing, and an entry that came in another file is kept once.
 */
import { createHash } from 'node:crypto'
import { readCamt } from '#adapters/statements/camt.ts'
import { type CsvMap, readCsv } from '#adapters/statements/csv.ts'
import {
  mostStatementBytes,
  type Statement,
  type StatementEntry,
  StatementError,
  type StatementFile,
} from '#adapters/statements/statement.ts'
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../../events/record.ts'
import { findGateway, type GatewayAccount, gatewayKind } from '../gateways.ts'
import { matchEntriesJob } from '../jobs.ts'

export type StatementUpload = {
  gatewayAccountId: string
  fileName: string
  content: string
  /** Headings of a CSV whose columns are not known by name. */
  columns?: CsvMap | undefined
}

/** The id of the import; of the earlier one when this file came before. Refuses `invalid_input` with what is wrong with the file. */
export async function importStatement(shop: Shop, upload: StatementUpload): Promise<string> {
  const now = shop.now()
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, upload.gatewayAccountId))
  if (account === null || !gatewayKind(shop.app, account.kind).capabilities.statements)
    throw new Refusal('invalid_input', 'Please choose the bank account that the statement is of.', [
      { pointer: '/gateway', code: 'unknown', detail: 'Statements are imported for a bank account of the shop.' },
    ])
  const file = readFile(upload, shop.currency)
  refuseForeign(file, account)
  const hash = createHash('sha256').update(upload.content).digest('base64url')
  return transaction(shop, 'import-statement', async (tx) => {
    // Two files at a time would not see each other's entries.
    await run(
      tx,
      sql`select from gateway_accounts where business_id = current_business() and id = ${account.id} for no key update`,
    )
    const before = await maybe(
      tx,
      sql<{
        id: string
      }>`select id from bank_imports where business_id = current_business() and gateway_account_id = ${account.id} and file_hash = ${hash}`,
    )
    if (before !== null) return before.id
    const id = newId('bim', shop.app.clock)
    const all = file.statements.flatMap((statement) => statement.entries)
    await run(
      tx,
      sql`insert into bank_imports (business_id, id, gateway_account_id, file_name, file_hash, format, entries, known, pending, missing_statements, next_match_at, by, created_at)
        values (${shop.businessId}, ${id}, ${account.id}, ${upload.fileName.slice(0, 200)}, ${hash}, ${file.format}, 0, 0,
          ${file.statements.reduce((most, { pending }) => most + pending, 0)}, ${await isMissing(tx, account.id, file.statements)}, ${now}, ${shop.actor}, ${now})`,
    )
    await keepStatements(tx, account.id, id, file.statements)
    let kept = 0
    const keyed = file.statements.flatMap(keyedEntries)
    for (let start = 0; start < keyed.length; start += 5_000)
      kept += await keepEntries(
        tx,
        shop,
        { accountId: account.id, importId: id, format: file.format },
        keyed.slice(start, start + 5_000),
        now,
      )
    await run(
      tx,
      sql`update bank_imports set entries = ${kept}, known = ${all.length - kept} where business_id = current_business() and id = ${id}`,
    )
    await record(tx, shop, now, {
      type: 'bank.imported',
      subjectType: 'bank_import',
      subjectId: id,
      data: { entries: String(kept), known: String(all.length - kept) },
    })
    await enqueue(tx, matchEntriesJob, { businessId: shop.businessId, importId: id })
    return id
  })
}

function readFile({ content, columns }: StatementUpload, currency: string): StatementFile {
  try {
    if (content.length > mostStatementBytes)
      throw new StatementError('unreadable', 'This file is too large: please export a shorter time.')
    const isXml = content
      .trimStart()
      .replace(/^\uFEFF/, '')
      .startsWith('<')
    return isXml ? readCamt(content) : readCsv(content, { map: columns, currency })
  } catch (error) {
    if (!(error instanceof StatementError)) throw error
    const named = error.columns.length === 0 ? '' : ` There are: ${error.columns.join(', ')}.`
    throw new Refusal('invalid_input', error.message, [
      {
        pointer: error.reason === 'columns' ? '/columns' : '/file',
        code: error.reason,
        detail: `${error.message}${named}`.slice(0, 1_000),
      },
    ])
  }
}

function refuseForeign(file: StatementFile, account: GatewayAccount): void {
  const own = String(account.settings.iban)
  const other = file.statements.find(({ iban }) => iban !== null && iban !== own)?.iban
  if (other === undefined) return
  throw new Refusal('invalid_input', 'This statement is of another account.', [
    { pointer: '/file', code: 'other_account', detail: `It is of ${other}; "${account.name}" is ${own}.` },
  ])
}

/** The bank counts its statements: one before the first of this file should be here, once there is any. */
async function isMissing(tx: Tx, accountId: string, statements: readonly Statement[]): Promise<boolean> {
  const counted = statements.flatMap(({ sequence }) => (sequence === null ? [] : [sequence])).sort((a, b) => a - b)
  const [first] = counted
  if (first === undefined) return false
  if (counted.some((each, index) => index > 0 && each - (counted[index - 1] ?? each) > 1)) return true
  const [known] = await rows<{ last: number | null }>(
    tx,
    sql`select max(sequence) as last from bank_statements where business_id = current_business() and gateway_account_id = ${accountId} and sequence < ${first}`,
  )
  return known?.last != null && known.last < first - 1
}

const keepStatements = (tx: Tx, accountId: string, importId: string, statements: readonly Statement[]) => {
  const named = statements.filter(({ id }) => id !== null)
  return named.length === 0
    ? undefined
    : run(
        tx,
        sql`insert into bank_statements (business_id, gateway_account_id, statement_id, import_id, sequence)
          select current_business(), ${accountId}, s.id, ${importId}, s.sequence from ${table('s', named, [
            ['id', 'text', ({ id }) => id],
            ['sequence', 'int', ({ sequence }) => sequence],
          ])} on conflict do nothing`,
      )
}

type Keyed = { entry: StatementEntry; key: string; fingerprint: string }

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27)

/**
 * The bank's own name of an entry is the same in every file. Without one, it is what the entry says within its statement; of several that say
 * the same, each has its place. What it says alone is the fingerprint, by which files of different kinds are compared.
 */
function keyedEntries(statement: Statement): Keyed[] {
  const seen = new Map<string, number>()
  const nth = (text: string): string => {
    const count = (seen.get(text) ?? 0) + 1
    seen.set(text, count)
    return `${text}/${count}`
  }
  return statement.entries.map((entry) => {
    const { direction, amount, iban, bankRef } = entry
    const words = `${entry.reference ?? ''}${entry.text}`.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
    const facts = [direction, amount.currency, String(amount.minor), entry.valueOn ?? entry.bookedOn, iban, words]
    const fingerprint = nth(digest(facts))
    // Banks name a whole batch once, and a fee like the payment that it is for.
    const named =
      bankRef === null ? null : nth(digest(['ref', bankRef, direction, amount.currency, String(amount.minor)]))
    return { entry, fingerprint, key: named ?? `${digest([statement.id])}.${fingerprint}` }
  })
}

type Where = { accountId: string; importId: string; format: StatementFile['format'] }

async function keepEntries(
  tx: Tx,
  shop: Shop,
  where: Where,
  keyed: readonly Keyed[],
  now: Temporal.Instant,
): Promise<number> {
  const alike = await twinsOf(tx, where, keyed)
  const { accountId, importId, format } = where
  const judged = keyed.map((each) => ({ ...each, status: statusOf(each, format, alike.get(each.fingerprint)) }))
  const kept = await rows(
    tx,
    sql`insert into bank_entries (business_id, id, gateway_account_id, import_id, entry_key, fingerprint, direction, reversal, currency, amount_minor, booked_on, value_on,
        name, iban, reference, remittance, end_to_end_id, bank_ref, status, why, decided_at, decided_by, created_at)
      select current_business(), e.id, ${accountId}, ${importId}, e.key, e.fingerprint, e.direction, e.reversal, e.currency, e.amount, e.booked_on, e.value_on,
        e.name, e.iban, e.reference, e.remittance, e.end_to_end_id, e.bank_ref, e.status, case when e.status <> 'new' then 'twin' end,
        case when e.status = 'aside' then ${now}::timestamptz end, case when e.status = 'aside' then ${shop.actor} end, ${now}::timestamptz
      from ${table('e', judged, [
        ['status', 'text', ({ status }) => status],
        ['id', 'text', () => newId('ben', shop.app.clock)],
        ['key', 'text', ({ key }) => key],
        ['fingerprint', 'text', ({ fingerprint }) => fingerprint],
        ['direction', 'text', ({ entry }) => entry.direction],
        ['reversal', 'boolean', ({ entry }) => entry.reversal],
        ['currency', 'text', ({ entry }) => entry.amount.currency],
        ['amount', 'bigint', ({ entry }) => entry.amount.minor],
        ['booked_on', 'date', ({ entry }) => entry.bookedOn],
        ['value_on', 'date', ({ entry }) => entry.valueOn],
        ['name', 'text', ({ entry }) => entry.name],
        ['iban', 'text', ({ entry }) => entry.iban],
        ['reference', 'text', ({ entry }) => entry.reference],
        ['remittance', 'text', ({ entry }) => entry.text],
        ['end_to_end_id', 'text', ({ entry }) => entry.endToEndId],
        ['bank_ref', 'text', ({ entry }) => entry.bankRef],
      ])} on conflict (business_id, gateway_account_id, entry_key) do nothing returning id`,
  )
  return kept.length
}

type Twin = { fingerprint: string; key: string; named: boolean; format: string }

const twinsOf = async (tx: Tx, { accountId, importId }: Where, keyed: readonly Keyed[]): Promise<Map<string, Twin[]>> =>
  Map.groupBy(
    await rows(
      tx,
      sql<Twin>`select o.fingerprint, o.entry_key as key, o.bank_ref is not null as named, i.format
        from bank_entries o join bank_imports i on i.business_id = o.business_id and i.id = o.import_id
        where o.business_id = current_business() and o.gateway_account_id = ${accountId} and o.import_id <> ${importId}
          and o.fingerprint = any(${keyed.map(({ fingerprint }) => fingerprint)}::text[])`,
    ),
    ({ fingerprint }) => fingerprint,
  )

/**
 * The same payment in another kind of file, one of which does not tell the bank's name of it: kept, and not booked again. In the same kind of
 * file it may be a second payment that says the same, so a person looks.
 */
function statusOf({ entry, key }: Keyed, format: string, alike: readonly Twin[] = []): 'new' | 'waiting' | 'aside' {
  const twins = alike.filter((each) => each.key !== key && !(each.named && entry.bankRef !== null))
  if (twins.length === 0) return 'new'
  if (twins.every((each) => each.format !== format)) return 'aside'
  return entry.direction === 'credit' ? 'waiting' : 'new'
}
