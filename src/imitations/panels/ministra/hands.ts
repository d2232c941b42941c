/** What an administrator of the portal does by hand: helpers that no real portal has, under `/__`. */
import type { Context } from 'hono'
import { z } from 'zod'
import type { Kit } from '../../kit.ts'
import { type Account, never, type Portal } from './portal.ts'

const Edit = z.strictObject({
  username: z.string(),
  fields: z.strictObject({
    username: z.string().optional(),
    password: z.string().optional(),
    enabled: z.number().optional(),
    /** Unix seconds. */
    exp_date: z.number().nullable().optional(),
    mac: z.string().optional(),
    account_number: z.string().optional(),
    comment: z.string().optional(),
    tariff_plan: z.string().optional(),
  }),
})

/**
 * `GET /__lines?username=` shows accounts in the words of all panels' hands, their passwords too. `POST /__edit {username, fields}` changes
 * one, `POST /__forget {username}` loses it, `POST /__watch {username}` switches its box or app on.
 */
export function addHands(kit: Kit, portal: Portal) {
  const { app } = kit

  app.get('/__lines', (c) => {
    const username = c.req.query('username')
    const found = portal.all().filter(({ login }) => username === undefined || login === username)
    return c.json({ lines: found.map(inCommonWords) })
  })

  app.post('/__edit', async (c) => {
    const { username, fields } = Edit.parse(await c.req.json())
    return withAccount(c, username, (account) => {
      const { username: login, enabled, exp_date, mac, ...same } = fields
      const saved = portal.save({
        ...account,
        ...(JSON.parse(JSON.stringify(same)) as Partial<Account>),
        ...(login === undefined ? {} : { login }),
        ...(enabled === undefined ? {} : { status: enabled }),
        ...(mac === undefined ? {} : { stb_mac: mac }),
        ...(exp_date === undefined ? {} : { end_date: exp_date === null ? never : dateOf(exp_date) }),
      })
      kit.did('edit_by_hand', { id: saved.id, username: saved.login })
      return c.json(inCommonWords(saved))
    })
  })

  app.post('/__watch', async (c) => {
    const { username } = z.strictObject({ username: z.string() }).parse(await c.req.json())
    return withAccount(c, username, (account) => {
      portal.save({ ...account, online: 1 })
      kit.did('watch', { id: account.id, username: account.login })
      return c.json({ watching: account.id })
    })
  })

  app.post('/__forget', async (c) => {
    const { username } = z.strictObject({ username: z.string() }).parse(await c.req.json())
    return withAccount(c, username, (account) => {
      portal.remove(account)
      kit.did('forget_by_hand', { id: account.id, username: account.login })
      return c.json({ forgotten: account.id })
    })
  })

  const dateOf = (unix: number) => portal.wallClock(Temporal.Instant.fromEpochMilliseconds(unix * 1000))

  function withAccount(c: Context, login: string, act: (account: Account) => Response): Response {
    const account = portal.named(login)
    return account ? act(account) : c.json({ error: `no account is called ${login}` }, 404)
  }
}

const inCommonWords = ({ login, status, stb_mac, ...rest }: Account) => ({
  ...rest,
  username: login,
  enabled: status,
  admin_enabled: 1,
  mac: stb_mac,
})
