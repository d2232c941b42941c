/** The toy panel itself: JSON over HTTP, with the faults and controls that every imitation has. */
import type { Context } from 'hono'
import { type ImitationKind, openKit, readOptions } from '../../src/imitations/kit.ts'

export const toyDefaults = { key: 'toy-key-0123456789' }

/** Columns as the shared test's hands name them; the API has words of its own. */
type Row = {
  id: number
  username: string
  password: string
  note: string
  enabled: number
  admin_enabled: number
  exp_date: number
  max_connections: number
  bouquets: number[]
}

const shown = ({ enabled, admin_enabled, exp_date, max_connections, ...row }: Row) => ({
  ...row,
  enabled: enabled === 1,
  banned: admin_enabled === 0,
  expires: exp_date,
  connections: max_connections,
})

export const toyImitation: ImitationKind = {
  kind: 'toy',
  title: 'Toy panel',
  role: 'panel',
  defaults: toyDefaults,
  async create(options) {
    const { key } = readOptions(toyDefaults, options.options)
    const kit = await openKit(options, { faults: ['credits_out', 'no_permission'] })
    const { app, store, did } = kit
    const lines = store.shelf<Row>('lines')
    const named = (username: string) => [...lines.values()].find((each) => each.username === username)

    const save = (row: Row, action: string) => {
      lines.put(row.id, row)
      did(action, { id: row.id, username: row.username })
      return shown(row)
    }
    const columns = (body: Record<string, unknown>) => ({
      username: String(body.username),
      password: String(body.password),
      note: String(body.note),
      enabled: body.enabled === true ? 1 : 0,
      exp_date: Number(body.expires),
      max_connections: Number(body.connections),
      bouquets: body.bouquets as number[],
    })
    const nothing = (c: Context) => c.json({ error: 'nothing' }, 404)

    app.get('/__lines', (c) => c.json({ lines: [...lines.values()] }))
    app.post('/__edit', async (c) => {
      const { username, fields } = (await c.req.json()) as { username: string; fields: Partial<Row> }
      const row = named(username)
      return row ? c.json(save({ ...row, ...fields }, 'edit_by_hand')) : nothing(c)
    })
    app.post('/__forget', async (c) => {
      const row = named(((await c.req.json()) as { username: string }).username)
      return row && lines.delete(row.id) ? c.json({}) : nothing(c)
    })

    app.use(async (c, next) => {
      if (c.req.path.startsWith('/__') || c.req.header('authorization') === `Bearer ${key}`) return next()
      return c.json({ error: 'key' }, 401)
    })
    app.get('/me', (c) => c.json({ name: 'toy' }))
    app.get('/bouquets', (c) =>
      c.json({
        bouquets: [
          { id: 1, name: 'Red' },
          { id: 2, name: 'Blue' },
        ],
      }),
    )
    app.get('/lines', (c) => {
      const username = c.req.query('username')
      const found = [...lines.values()].filter((each) => username === undefined || each.username === username)
      return c.json({ lines: found.map(shown) })
    })
    app.get('/lines/:id', (c) => {
      const row = lines.get(c.req.param('id'))
      return row ? c.json(shown(row)) : nothing(c)
    })
    app.post('/lines', async (c) => {
      if (kit.faults.strikes('credits_out', 'POST /lines')) return c.json({ error: 'no_credits' }, 422)
      if (kit.faults.strikes('no_permission', 'POST /lines')) return c.json({ error: 'no_right' }, 422)
      const row = columns(await c.req.json())
      if (named(row.username)) return c.json({ error: 'taken' }, 422)
      return c.json(save({ ...row, id: store.next('line'), admin_enabled: 1 }, 'create'), 201)
    })
    app.patch('/lines/:id', async (c) => {
      const row = lines.get(c.req.param('id'))
      return row ? c.json(save({ ...row, ...columns(await c.req.json()) }, 'edit')) : nothing(c)
    })
    app.delete('/lines/:id', (c) => {
      const row = lines.get(c.req.param('id'))
      if (!row || !lines.delete(row.id)) return nothing(c)
      did('delete', { id: row.id, username: row.username })
      return c.json({})
    })
    return kit
  },
}
