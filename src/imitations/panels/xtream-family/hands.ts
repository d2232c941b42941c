/** What an administrator of the panel does by hand, and what viewers do: helpers that no real panel has, under `/__`. */
import type { Context } from 'hono'
import { z } from 'zod'
import type { Kit } from '../../kit.ts'
import { blankLine, type LineRow } from './line.ts'
import type { Panel } from './panel.ts'

const Named = z.strictObject({ username: z.string() })
const Edit = Named.extend({ fields: z.record(z.string(), z.union([z.string(), z.number(), z.null()])) })
const Add = z.strictObject({ lines: z.array(z.looseObject({ username: z.string() })).max(10_000) })
const Watch = Named.extend({ stream_id: z.number().int().default(101) })

/**
 * `GET /__lines?username=` shows rows as stored. `POST /__edit {username, fields}` changes columns, `POST /__forget
 * {username}` loses the line, and the box that it stands behind, `POST /__add {lines: [{username, …}]}` makes lines with any columns, two of one name as well, `POST /__watch {username, stream_id}` begins a session that lasts until it is killed.
 */
export function addHands(kit: Kit, panel: Panel) {
  const { app } = kit

  app.get('/__lines', (c) => {
    const username = c.req.query('username')
    const found = username === undefined ? [...panel.lines.values()] : panel.named(username)
    return c.json({ lines: found.map((line) => ({ ...line, mac: panel.devices.behind(line)?.mac ?? null })) })
  })

  app.post('/__edit', async (c) => {
    const { username, fields } = await bodyOf(c, Edit)
    return withLine(c, username, (line) => {
      const unknown = Object.keys(fields).find((name) => !(name in line) || name === 'id')
      if (unknown !== undefined) return c.json({ error: `a line has no column ${unknown} that can be changed` }, 422)
      const saved = panel.save({ ...line, ...(fields as Partial<LineRow>) })
      kit.did('edit_by_hand', { id: saved.id, username: saved.username, ...numbersOf(fields) })
      return c.json(saved)
    })
  })

  app.post('/__forget', async (c) => {
    const { username } = await bodyOf(c, Named)
    return withLine(c, username, (line) => {
      panel.devices.forget(line)
      panel.remove(line)
      kit.did('forget_by_hand', { id: line.id, username: line.username })
      return c.json({ forgotten: line.id })
    })
  })

  app.post('/__add', async (c) => {
    const { lines } = await bodyOf(c, Add)
    const ids = lines.map((fields) => {
      const saved = panel.save({
        ...blankLine(kit.now()),
        password: 'byhand',
        ...(fields as Partial<LineRow>),
        id: panel.nextLineId(),
      })
      kit.did('add_by_hand', { id: saved.id, username: saved.username })
      return saved.id
    })
    return c.json({ ids })
  })

  app.post('/__watch', async (c) => {
    const { username, stream_id } = await bodyOf(c, Watch)
    return withLine(c, username, (line) => {
      if (line.max_connections > 0 && panel.watching(line).length >= line.max_connections) {
        return c.json({ error: 'all connections of this line are in use' }, 409)
      }
      return c.json(panel.watch(line, stream_id))
    })
  })

  function withLine(c: Context, username: string, act: (line: LineRow) => Response): Response {
    const line = panel.named(username)[0]
    return line ? act(line) : c.json({ error: `no line is called ${username}` }, 404)
  }
}

/** A wrong body here is a mistake in a test, and is told as loudly as possible. */
/** What was set, of what is no text: a password is nobody's to read in a log. */
const numbersOf = (fields: Record<string, string | number | null>): Record<string, number> =>
  Object.fromEntries(Object.entries(fields).filter((field): field is [string, number] => typeof field[1] === 'number'))

async function bodyOf<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  return shape.parse(await c.req.json())
}
