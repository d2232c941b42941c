/** Our own table of access: the lines of panels that are no machine, but a media server that asks us (answer-ask.ts). */
import type { AccessEntry, AccessTable, Session } from '#adapters/panels/panel.ts'
import { type Shop, single } from '#app.ts'
import { seal, unseal } from '#platform/crypto.ts'
import { isDuplicate, type Query, sql } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'

const pageRows = 1_000

type Row = Omit<AccessEntry, 'password' | 'streams'> & { password: string; streams: number[] }

const columns = sql`id as ref, username, password, token_hash as "tokenHash", marker, enabled, expires_at as "expiresAt", connections, streams`

/** Of one panel of the owner's. */
export function accessTable(owner: Shop, panelId: string): AccessTable {
  const place = `${owner.businessId}/access/${panelId}`
  const opened = ({ password, ...row }: Row): AccessEntry => ({
    ...row,
    password: unseal(owner.dataKey, place, password),
  })
  const ofPanel = sql`business_id = current_business() and panel_id = ${panelId}`
  const one = async (query: Query<Row>): Promise<AccessEntry | null> => {
    const [row] = await single(owner, 'read-access', query)
    return row === undefined ? null : opened(row)
  }

  /** Null when another row has the name. */
  async function written(work: () => Promise<Row[]>): Promise<Row[] | null> {
    try {
      return await work()
    } catch (error) {
      if (isDuplicate(error)) return null
      throw error
    }
  }

  return {
    find: (username) =>
      one(sql<Row>`select ${columns} from access_entries where ${ofPanel} and username = ${username}`),
    read: (ref) => one(sql<Row>`select ${columns} from access_entries where ${ofPanel} and id = ${ref}`),
    askedAt: async () => {
      const query = sql<{ askedAt: Temporal.Instant }>`select asked_at as "askedAt" from access_doors where ${ofPanel}`
      return (await single(owner, 'read-access', query))[0]?.askedAt ?? null
    },
    async *watching(seconds) {
      const since = owner.app.clock.now().subtract({ seconds })
      for (let after = ''; ; ) {
        const rows = await single(
          owner,
          'read-access',
          sql<
            Session & { viewer: string }
          >`select viewer, username, began_at as "startedAt", agent, null::text as country from access_viewers
            where ${ofPanel} and asked_at > ${since} and viewer > ${after} order by viewer limit ${pageRows}`,
        )
        if (rows.length > 0) yield rows.map(({ viewer: _, ...session }) => session)
        if (rows.length < pageRows) return
        after = rows.at(-1)?.viewer ?? ''
      }
    },
    async add(entry) {
      const sealed = seal(owner.dataKey, place, entry.password)
      const made = await written(() =>
        single(
          owner,
          'write-access',
          sql<Row>`insert into access_entries (business_id, id, panel_id, username, password, token_hash, marker, enabled, expires_at, connections, streams, changed_at)
            values (current_business(), ${newId('acs', owner.app.clock)}, ${panelId}, ${entry.username}, ${sealed}, ${entry.tokenHash}, ${entry.marker}, ${entry.enabled},
              ${entry.expiresAt}, ${entry.connections}, ${entry.streams}::int[], ${owner.now()}) returning ${columns}`,
        ),
      )
      return made === null || made[0] === undefined ? 'taken' : opened(made[0])
    },
    async change(entry) {
      const sealed = seal(owner.dataKey, place, entry.password)
      const changed = await written(() =>
        single(
          owner,
          'write-access',
          sql<Row>`update access_entries set username = ${entry.username}, password = ${sealed}, token_hash = ${entry.tokenHash}, marker = ${entry.marker}, enabled = ${entry.enabled},
              expires_at = ${entry.expiresAt}, connections = ${entry.connections}, streams = ${entry.streams}::int[], changed_at = ${owner.now()}
            where ${ofPanel} and id = ${entry.ref} returning ${columns}`,
        ),
      )
      if (changed === null) return 'taken'
      return changed[0] === undefined ? 'gone' : opened(changed[0])
    },
    remove: async (ref) =>
      void (await single(owner, 'write-access', sql`delete from access_entries where ${ofPanel} and id = ${ref}`)),
    async *list() {
      for (let after = ''; ; ) {
        const rows = await single(
          owner,
          'read-access',
          sql<Row>`select ${columns} from access_entries where ${ofPanel} and id > ${after} order by id limit ${pageRows}`,
        )
        if (rows.length > 0) yield rows.map(opened)
        if (rows.length < pageRows) return
        after = rows.at(-1)?.ref ?? ''
      }
    },
  }
}
