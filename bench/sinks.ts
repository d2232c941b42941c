/**
 * The outside in a process of its own: a panel, a gateway and an SMTP server that count. Forked by a figure; told by messages what to
 * do; ends with its parent. It is the same for our path and for the reference path.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { systemClock } from '#platform/clock.ts'
import { sandboxWith } from '../src/imitations/gateways/sandbox.ts'
import { openStore, serveImitation } from '../src/imitations/kit.ts'
import type { LineRow } from '../src/imitations/panels/xtream-family/line.ts'
import { xui } from '../src/imitations/panels/xui.ts'

/** Numbers of the lines that were there before: far from those that the panel gives. */
const firstId = 10_000_000

let mails = 0
let credentials = 0
let awaited = -1
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onData(stream, _session, done) {
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    stream.on('end', () => {
      mails += 1
      // Only the mail with the login carries a link with the user name in it.
      if (/get\.php\?=?\r?\n?user/.test(text) || text.includes('X-Bench: login')) credentials += 1
      done()
      if (credentials !== awaited) return
      awaited = -1 // Told once.
      process.send?.({ mails, credentials })
    })
  },
})
await new Promise<void>((ready) => smtp.listen(0, '127.0.0.1', ready))
const now = () => systemClock.now()
const panel = await serveImitation(xui, { port: 0, folder: await withLines(Number(process.argv[2])), now })
// The buyer has paid; the harness itself sends the notice, so the gateway sends none.
const gateway = await serveImitation(
  sandboxWith(async () => 200),
  { port: 0, folder: null, now, options: { settle_after_ms: '' } },
)
const address = smtp.server.address()

process.on('message', (message: { ask: 'count' | 'reset' | 'reached'; credentials?: number }) => {
  if (message.ask === 'reset') mails = credentials = 0
  // Answered when it is so: who asks again and again takes the time from what he measures.
  awaited = message.ask === 'reached' ? (message.credentials ?? 0) : -1
  if (message.ask !== 'reached' || credentials >= awaited) process.send?.({ mails, credentials })
})
process.on('disconnect', () => process.exit(0))
process.send?.({
  panel: panel.url,
  gateway: gateway.url,
  smtpPort: typeof address === 'object' && address !== null ? address.port : 0,
})

/** A panel that has had so many lines for years: `line_000000000001` and so on, in step with what `reconcile` keeps. Null: an empty one. */
async function withLines(count: number): Promise<string | null> {
  if (count === 0) return null
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-bench-panel-'))
  const store = await openStore(folder)
  const lines = store.shelf<LineRow>('lines')
  for (let number = 1; number <= count; number++) lines.put(firstId + number, lineRow(number))
  await store.flush()
  return folder
}

function lineRow(number: number): LineRow {
  return {
    id: firstId + number,
    member_id: 1,
    username: `viewer${String(number).padStart(12, '0')}`,
    password: `p${number}`,
    last_ip: null,
    exp_date: Math.floor(Date.parse(process.argv[3] ?? '') / 1000),
    admin_enabled: 1,
    enabled: 1,
    admin_notes: '',
    reseller_notes: `ref:line_${String(number).padStart(12, '0')}`,
    bouquet: '[1,2,3]',
    allowed_outputs: '[1,2]',
    max_connections: 1,
    is_restreamer: 0,
    is_trial: 0,
    is_mag: 0,
    is_e2: 0,
    is_stalker: 0,
    is_isplock: 0,
    allowed_ips: '[]',
    allowed_ua: '[]',
    created_at: 1_700_000_000,
    pair_id: null,
    force_server_id: 0,
    as_number: null,
    isp_desc: '',
    forced_country: 'ALL',
    bypass_ua: 0,
    play_token: null,
    last_expiration_video: null,
    package_id: null,
    access_token: null,
    contact: null,
    last_activity: null,
    last_activity_array: null,
    updated: '2026-01-01 00:00:00',
  }
}
