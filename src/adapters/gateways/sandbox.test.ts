import { expect, test } from 'vitest'
import { sandbox as imitation } from '#imitations/gateways/sandbox.ts'
import { serveImitation } from '#imitations/kit.ts'
import { stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { gatewayContract, listenForNotices } from './contract.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { sandbox } from './sandbox.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const actions = {
  create: 'POST /v1/payments',
  read: 'GET /v1/payments*',
  refund: 'POST */refunds',
  charge: 'POST /v1/charges',
  setup: 'POST /v1/setups',
}

const outcomes = {
  pays: 'pay',
  no_funds: 'insufficient_funds',
  lost: 'stolen_card',
  asks_the_buyer: 'authentication_required',
  fraud: 'fraudulent',
} as const

gatewayContract(sandbox, async () => {
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const listener = await listenForNotices(clock.now)
  const options = {
    api_key: 'sandbox_key',
    notice_url: listener.url,
    notice_secret: 'notice_secret',
    settle_after_ms: '',
  }
  const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })

  const settings = { api_base: `${served.url}/`, api_key: options.api_key, notice_secret: options.notice_secret }
  const context = { http, log: silentLog, now: clock.now, livemode: false }
  const program = programOf(served)
  const how = { pays: 'pay', declined_for_funds: 'decline', pays_later: 'later' } as const

  return {
    gateway: sandbox.open(settings, context),
    withKey: (api_key) => sandbox.open({ ...settings, api_key }, context),
    forLive: () => sandbox.open(settings, { ...context, livemode: true }),
    withNoticeSecrets: (notice_secret) => sandbox.open({ ...settings, notice_secret }, context),
    noticeSecret: options.notice_secret,
    ...imitated(served, listener, clock, actions),
    buyer: async (id, does) => void (await program('/__pay', { id, how: how[does] })),
    settle: async (id) => void (await program('/__settle', { id })),
    script: async ({ methodRef: id }, does) => void (await program('/__method', { id, outcomes: [outcomes[does]] })),
  }
})

test('the settings mark what is secret, and the sandbox is for test businesses', () => {
  const schema = sandbox.settings
  expect(sandbox.capabilities.testOnly).toBe(true)
  expect(schema.safeParse({ api_base: 'ftp://x', api_key: '' }).error?.issues.map((each) => each.path[0])).toEqual([
    'api_base',
    'api_key',
  ])
})
