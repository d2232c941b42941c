/** Where a card number or its code could be found: everything that the database holds, that was logged, and that was mailed. */

import type { ParsedMail } from 'mailparser'
import type { Pool } from 'pg'
import { isCardNumber } from '#platform/card-data.ts'
import { unseal } from '#platform/crypto.ts'
import { parsedMails } from './stories.ts'
import type { World } from './world.ts'

export type Haystack = { place: string; text: string }

/** How a text may be written so that it is still there. */
function spellings(text: string): [string, string][] {
  const grouped = text.length < 13 ? [] : [text.replace(/(\d{4})(?=\d)/g, '$1 '), text.replace(/(\d{4})(?=\d)/g, '$1-')]
  const bytes = Buffer.from(text)
  // Within base64 a text has one of three forms, by where it begins; its edges depend on what stands beside it.
  const inBase64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  return [
    ['plain', text],
    ...grouped.flatMap((each): [string, string][] => [
      ['in groups', each],
      ['in an address', encodeURIComponent(each)],
      ['in a form', each.replaceAll(' ', '+')],
    ]),
    ...(text.length < 13
      ? []
      : ([
          ['its last twelve', text.slice(-12)],
          ['backwards', [...text].reverse().join('')],
        ] as [string, string][])),
    ['as bytes', bytes.toString('hex')],
    ...inBase64.filter((each) => each.length >= 8).map((each): [string, string] => ['in base64', each]),
  ]
}

/** What of `secrets` stands in the heap, and any other card number; a sentence for each place. */
export function cardsIn(heap: readonly Haystack[], secrets: readonly string[]): string[] {
  const found: string[] = []
  const wanted = secrets.flatMap((each) => spellings(each).map(([how, needle]) => ({ each, how, needle })))
  for (const { place, text } of heap) {
    for (const { each, how, needle } of wanted) if (text.includes(needle)) found.push(`${place}: ${each} (${how})`)
    // Bytes are written as hexadecimal digits, among which anything may be found.
    if (text.startsWith('\\x')) continue
    for (const [run] of text.matchAll(/(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g))
      if (isCardNumber(run.replace(/[ -]/g, ''))) found.push(`${place}: ${run} (a card number)`)
  }
  return found
}

/** Every column that can hold words or bytes, of every table that is not the server's own. */
export async function databaseText(pool: Pool): Promise<{ heap: Haystack[]; columns: number; values: number }> {
  const { rows: columns } = await pool.query<{ place: string; table: string; name: string }>(
    `select n.nspname || '.' || c.relname || '.' || a.attname as place, format('%I.%I', n.nspname, c.relname) as "table", format('%I', a.attname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
     left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
     where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and a.attnum > 0 and not a.attisdropped
       and (coalesce(e.typcategory, t.typcategory) = 'S' or coalesce(e.typname, t.typname) in ('json', 'jsonb', 'bytea', 'xml', 'hstore', 'tsvector')
         or coalesce(e.typname, t.typname) in ('int8', 'numeric'))
     order by 1`,
  )
  const heap: Haystack[] = []
  for (const { place, table, name } of columns) {
    const { rows } = await pool.query<{ text: string }>(
      `select distinct ${name}::text as text from ${table} where ${name} is not null`,
    )
    for (const { text } of rows) heap.push({ place, text })
  }
  return { heap, columns: columns.length, values: heap.length }
}

/** What providers told, as it reads once it is unsealed. */
export async function noticeText(world: World): Promise<Haystack[]> {
  const { rows } = await world.db.pool.query<{ id: string; body: string }>(
    'select id, body from notices where body is not null',
  )
  return rows.map(({ id, body }) => ({
    place: `the notice ${id}`,
    text: unseal(world.shop.dataKey, `${world.businessId}/notice/${id}`, body),
  }))
}

const wordsOf = ({ subject, text, html, headerLines, attachments }: ParsedMail): string =>
  [
    subject,
    text,
    html || '',
    ...headerLines.map(({ line }) => line),
    ...attachments.map(({ content }) => content.toString('latin1')),
  ].join('\n')

/** As sent, and as read. */
export async function mailText(world: World): Promise<Haystack[]> {
  const read = await parsedMails(world.mailbox.mails)
  return world.mailbox.mails.map(({ raw }, index) => ({
    place: `mail ${index}`,
    text: `${raw.toString()}\n${read[index] === undefined ? '' : wordsOf(read[index])}`,
  }))
}
