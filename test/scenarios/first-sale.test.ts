import { expect } from 'vitest'
import { scenario } from '../support/scenario.ts'
import { parsedMails } from '../support/stories.ts'

scenario(
  'paid at the gateway: one line, one login by mail, the panel expires a day after the planned cut-off',
  async (world) => {
    const ana = await world.customer('ana').buys({ username: 'Ana84' })
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    expect(await ana.subscription()).toMatchObject({ status: 'active', anchorDay: 31 })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-02-28T12:00:00Z')

    const line = await ana.line()
    expect(await line.stored()).toMatchObject({ username: 'ana84', wanted: 'active', differs: [] })
    expect(await line.onPanel()).toMatchObject({ username: 'ana84', enabled: true, until: '2026-03-04T12:00:00Z' })
    expect(await world.linesOnPanel('ana84')).toHaveLength(1)
    const password = await line.password()
    const logins = (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(password))
    expect(logins).toHaveLength(1)
    expect(logins[0]?.text).toContain('ana84')
  },
)
