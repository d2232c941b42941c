/**
 * Reads the lines of an adoption on the panel and says of each what it would become. A list is a hint: each line is read by itself, gently.
 * Each commit says how far it got, so that a killed look goes on behind it; nothing is changed on the panel.
 */
import type { Device, FoundLine } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { rows, run, sql, type Tx, table } from '#platform/db.ts'
import { assert, ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { paceOf } from '../lines/check-panel.ts'
import { differenceSetting } from '../lines/difference-settings.ts'
import { strangersOf } from '../lines/list-panel.ts'
import { type OpenPanel, openedBehind, openPanel } from '../lines/panels.ts'
import { passwordOf, sealPassword } from '../lines/passwords.ts'
import { stored } from '../lines/reconcile-line.ts'
import { isWorkedOn } from '../lines/rules/route.ts'
import { isOpen } from '../lines/rules.ts'
import { readSetting } from '../people/settings.ts'
import { type Adoption, type AdoptionLine, keepAdoption, nextLines, plansOn } from './queries.ts'
import { emailIn, type PlanThere, type ReadLine, weigh } from './rules.ts'

const readAtOnce = 20
/** A look that broke off more often is given up, and told on its page. */
const mostBreaks = 5

export async function lookAtLines(shop: Shop, adoption: Adoption): Promise<void> {
  const now = shop.now()
  const opened = openedBehind(await openPanel(shop.app, shop.businessId, adoption.panelId))
  const { row } = opened
  const waits = isWorkedOn(row, now) ? row.workEnds : isOpen(row, now) ? row.openUntil : null
  if (waits !== null) return again(shop, adoption, waits)
  const settings = await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, differenceSetting))
  const pace = paceOf(settings.requests_per_second, () =>
    transaction(shop, 'keep-adoption', (tx) => keepAdoption(tx, adoption.id, shop.now())),
  )
  try {
    if (!adoption.listed) await listLines(shop, adoption, opened, pace)
    while (await readSome(shop, adoption, opened, pace));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await breakOff(shop, adoption, error)
  }
}

type Pace = () => Promise<void>

async function listLines(shop: Shop, adoption: Adoption, { panel, row }: OpenPanel, pace: Pace): Promise<void> {
  assert(panel.listLines !== undefined, `${row.kind} lists its lines`)
  await pace()
  crashPoint('panel-listLines:before')
  for await (const page of panel.listLines()) {
    crashPoint('panel-listLines:after')
    await transaction(shop, 'note-lines', async (tx) => {
      const now = shop.now()
      const found = await strangersOf(tx, row.id, page)
      await run(
        tx,
        sql`insert into adoption_lines (business_id, id, adoption_id, state, username, remote_id, line_id, mac, created_at)
          select ${shop.businessId}, f.id, ${adoption.id}, 'unread', f.username, f.remote_id, f.line_id, f.mac, ${now} from ${table(
            'f',
            found,
            [
              ['id', 'text', () => newId('adl', shop.app.clock)],
              ['username', 'text', ({ username }) => username],
              ['remote_id', 'text', ({ ref }) => ref],
              ['line_id', 'text', () => newId('line', shop.app.clock)],
              ['mac', 'text', ({ mac }) => mac ?? null],
            ],
          )} on conflict do nothing`,
      )
      await keepAdoption(tx, adoption.id, now)
    })
    await pace()
  }
  await transaction(shop, 'end-noting', (tx) =>
    run(tx, sql`update adoptions set listed = true where business_id = current_business() and id = ${adoption.id}`),
  )
}

/** False: there was nothing left to read, and a person may look. */
async function readSome(shop: Shop, adoption: Adoption, opened: OpenPanel, pace: Pace): Promise<boolean> {
  const lines = await transaction(shop, 'read-unread', (tx) => nextLines(tx, adoption.id, 'unread', readAtOnce))
  const found: { line: AdoptionLine; found: FoundLine | null }[] = []
  for (const line of lines) {
    await pace()
    found.push({ line, found: await readOne(shop, opened, line) })
  }
  return transaction(shop, 'weigh-lines', async (tx) => {
    const now = shop.now()
    if (lines.length === 0) {
      await run(
        tx,
        sql`update adoptions set state = case when exists (${linesOf(adoption, 'adopted')}) and not exists (${linesOf(adoption, 'fits')}) then 'adopted' else 'ready' end, next_look_at = null, looked_at = ${now}, tries = 0, last_error = null, version = version + 1
          where business_id = current_business() and id = ${adoption.id} and state = 'looking'`,
      )
      return false
    }
    await weighAll(tx, shop, adoption, opened, found, now)
    await keepAdoption(tx, adoption.id, now)
    return true
  })
}

/** Looked at once more and nothing new fits: then what was adopted of it is all that there is to wake, or to give back. */
const linesOf = ({ id }: Adoption, state: AdoptionLine['state']) =>
  sql`select from adoption_lines r where r.business_id = current_business() and r.adoption_id = ${id} and r.state = ${state}`

const deviceOf = ({ mac }: Pick<AdoptionLine, 'mac'>, { kind }: OpenPanel): Device | undefined => {
  const [first] = kind.capabilities.devices ?? []
  return mac === null || first === undefined ? undefined : { kind: first, mac }
}

async function readOne(shop: Shop, opened: OpenPanel, line: AdoptionLine): Promise<FoundLine | null> {
  const { panel } = opened
  const password = line.password === null ? undefined : passwordOf(shop, { id: line.lineId, password: line.password })
  const owner = { username: line.username, marker: markerOf(line), password, device: deviceOf(line, opened) }
  crashPoint('read-to-adopt:before')
  try {
    if (line.remoteId !== null) return await panel.readLine(line.remoteId, owner)
    return await panel.findLine(owner.username, owner.marker, password, [], owner.device)
  } catch (error) {
    // Several of one name, or a row that is somebody else's now.
    if (error instanceof ProviderError && error.kind === 'rejected') return null
    throw error
  }
}

export const markerOf = ({ lineId }: Pick<AdoptionLine, 'lineId'>): string => `ref:${lineId}`

async function weighAll(
  tx: Tx,
  shop: Shop,
  adoption: Adoption,
  opened: OpenPanel,
  read: readonly { line: AdoptionLine; found: FoundLine | null }[],
  now: Instant,
): Promise<void> {
  const plans = await plansOn(tx, adoption.panelId, shop.currency)
  const emails = read.map(({ line, found }) => line.email ?? emailIn(found?.notes) ?? emailIn(found?.username))
  const facts = await knownOf(tx, adoption.panelId, read, emails)
  const weighed = read.map((each, index) =>
    weighOne(shop, adoption, opened, each, { email: emails[index] ?? null, plans, ...facts }, now),
  )
  await run(
    tx,
    sql`update adoption_lines r set state = w.state, because = w.because, username = w.username, remote_id = w.remote_id, password = w.password, email = w.email, notes = w.notes, kind = w.kind, mac = w.mac,
        expires_at = w.expires_at, package = w.package, found = w.found, read_at = ${now}, plan_id = w.plan_id, customer_id = w.customer_id
      from ${table('w', weighed, [
        ['id', 'text', ({ id }) => id],
        ['state', 'text', ({ because }) => (because === null ? 'fits' : 'waits')],
        ['because', 'text', ({ because }) => because],
        ['username', 'text', ({ username }) => username],
        ['remote_id', 'text', ({ remoteId }) => remoteId],
        ['password', 'text', ({ password }) => password],
        ['email', 'text', ({ email }) => email],
        ['notes', 'text', ({ notes }) => notes],
        ['kind', 'text', ({ kind }) => kind],
        ['mac', 'text', ({ mac }) => mac],
        ['expires_at', 'timestamptz', ({ expiresAt }) => expiresAt],
        ['package', 'jsonb', ({ pack }) => pack],
        ['found', 'jsonb', ({ found }) => found],
        ['plan_id', 'text', ({ planId }) => planId],
        ['customer_id', 'text', ({ customerId }) => customerId],
      ])} where r.business_id = current_business() and r.id = w.id and r.state = 'unread'`,
  )
}

type Known = {
  email: string | null
  plans: readonly PlanThere[]
  byEmail: ReadonlyMap<string, string>
  byName: ReadonlyMap<string, string>
  taken: ReadonlySet<string>
}

function weighOne(
  shop: Shop,
  adoption: Adoption,
  opened: OpenPanel,
  { line, found }: { line: AdoptionLine; found: FoundLine | null },
  known: Known,
  now: Instant,
) {
  const mac = found?.mac ?? null
  const device = deviceOf({ mac }, opened)
  const name = (found?.username ?? line.username).toLowerCase()
  const customerId =
    (known.email === null ? undefined : known.byEmail.get(known.email.toLowerCase())) ??
    (known.email === null ? known.byName.get(name) : undefined) ??
    null
  const shown = found === null || found.password === '' ? null : found.password
  const filed = line.password === null ? null : passwordOf(shop, { id: line.lineId, password: line.password })
  const password = shown ?? filed
  const read: ReadLine = {
    found,
    kind: device?.kind ?? 'line',
    password,
    email: known.email,
    planId: line.byHand ? line.planId : null,
    expiresAt: line.expiresAt,
    customerId,
    isKnown: known.taken.has(name) || (mac !== null && known.taken.has(mac)),
  }
  const { planId, because, expiresAt, connections } = weigh(read, known.plans, adoption.planId, now)
  const { bouquets = [], outputs = [], packageId } = found ?? {}
  return {
    id: line.id,
    because,
    username: found?.username ?? line.username,
    remoteId: found?.ref ?? line.remoteId,
    // Behind a box nobody types it; one is made up where the panel shows none.
    password:
      password === null
        ? device === undefined
          ? null
          : sealPassword(shop, line.lineId, newId('key', shop.app.clock).slice(-12))
        : sealPassword(shop, line.lineId, password),
    email: known.email,
    notes: found?.notes?.slice(0, 1_000) ?? null,
    kind: read.kind,
    mac,
    expiresAt,
    pack: { packageId: packageId ?? undefined, bouquets, outputs },
    found: found === null ? null : { ...stored(found), wantedConnections: connections },
    planId: planId ?? (line.byHand ? line.planId : null),
    customerId,
  }
}

/** Customers by address, or by a user name that a line of theirs had; and names and boxes that are lines of ours on this panel. */
async function knownOf(
  tx: Tx,
  panelId: string,
  read: readonly { line: AdoptionLine; found: FoundLine | null }[],
  emails: readonly (string | null)[],
): Promise<Pick<Known, 'byEmail' | 'byName' | 'taken'>> {
  const keys = emails.flatMap((email) => (email === null ? [] : [email.toLowerCase()]))
  const names = read.map(({ line, found }) => (found?.username ?? line.username).toLowerCase())
  const macs = read.flatMap(({ found }) => found?.mac ?? [])
  const customers = await rows(
    tx,
    sql<{
      key: string
      id: string
    }>`select email_key as key, id from customers where business_id = current_business() and email_key = any (${keys}::text[]) and erased_at is null`,
  )
  const lines = await rows(
    tx,
    sql<{
      key: string
      id: string
    }>`select distinct on (l.username_key) l.username_key as key, l.customer_id as id from lines l
      join customers c on c.business_id = l.business_id and c.id = l.customer_id and c.erased_at is null
      where l.business_id = current_business() and l.username_key = any (${names}::text[]) and l.kind = 'line' and l.wanted <> 'none' order by l.username_key, l.created_at desc`,
  )
  const taken = await rows(
    tx,
    sql<{ key: string }>`select case when kind = 'line' then username_key else mac end as key from lines
      where panel_business_id = current_business() and panel_id = ${panelId} and wanted in ('active', 'suspended')
        and (username_key = any (${names}::text[]) or mac = any (${macs}::text[]))`,
  )
  const mapped = (found: readonly { key: string; id: string }[]) => new Map(found.map(({ key, id }) => [key, id]))
  return { byEmail: mapped(customers), byName: mapped(lines), taken: new Set(taken.map(({ key }) => key)) }
}

const again = (shop: Shop, { id }: Adoption, at: Instant): Promise<void> =>
  transaction(shop, 'look-later', async (tx) => {
    await run(
      tx,
      sql`update adoptions set next_look_at = ${at} where business_id = current_business() and id = ${id} and state = 'looking'`,
    )
  })

/** A panel that failed half-way is asked for the rest a little later; too often, and it says so on its page. */
async function breakOff(shop: Shop, { id, tries }: Adoption, error: ProviderError): Promise<void> {
  const now = shop.now()
  const over = tries + 1 >= mostBreaks || error.kind === 'auth_failed'
  await transaction(shop, 'break-look-off', (tx) =>
    run(
      tx,
      sql`update adoptions set tries = tries + 1, last_error = ${error.message}, state = ${over ? 'failed' : 'looking'}, next_look_at = ${over ? null : plusSeconds(now, 60 * 2 ** (tries + 1))}
        where business_id = current_business() and id = ${id} and state = 'looking'`,
    ),
  )
}
