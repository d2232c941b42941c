/** The viewer's side of each panel of the family, met by an app that others wrote, with a login that its own API made. */
import { Xtream } from '@iptv/xtream-api'
import { standardizedSerializer } from '@iptv/xtream-api/standardized'
import { expect, onTestFinished, test } from 'vitest'
import { type ImitationKind, serveImitation } from '../kit.ts'
import { nxt, nxtDefaults } from './nxt.ts'
import { oneStream, oneStreamDefaults } from './onestream.ts'
import { xcVm, xcVmDefaults } from './xc-vm.ts'
import { xtreamCodes } from './xtream-codes.ts'
import { xuiReseller, xuiResellerDefaults } from './xui-reseller.ts'

const now = () => Temporal.Instant.from('2026-01-01T10:20:00Z')
const login = { username: 'viewer7k2', password: 'Vb8nQ2xZ71' }
const until = Temporal.Instant.from('2026-02-01T10:20:00Z')
const unix = String(until.epochMilliseconds / 1000)

/** With headers it is sent as JSON. */
type Call = [path: string, fields: [string, string | number][], headers?: Record<string, string>]

const nxtHeaders = {
  authorization: `Bearer ${nxtDefaults.token}`,
  username: nxtDefaults.username,
  password: nxtDefaults.password,
}
const oneStreamHeaders = { 'x-api-key': oneStreamDefaults.api_key, 'x-auth-user': oneStreamDefaults.auth_user }

/** How a line is made, and switched off again, in each panel's own words. */
const kinds: [ImitationKind, make: Call, off: Call, connections: number][] = [
  [
    xcVm,
    [
      `/${xcVmDefaults.access_code}/`,
      [
        ['api_key', xcVmDefaults.api_key],
        ['action', 'create_line'],
        ...Object.entries(login),
        ['exp_date', until.toString()],
        ['bouquets_selected', '[1,3]'],
        ['access_output[]', '1'],
        ['access_output[]', '2'],
      ],
    ],
    [
      `/${xcVmDefaults.access_code}/`,
      [
        ['api_key', xcVmDefaults.api_key],
        ['action', 'disable_line'],
        ['id', '58213'],
      ],
    ],
    1,
  ],
  [
    xuiReseller,
    [
      `/${xuiResellerDefaults.access_code}/`,
      [['api_key', xuiResellerDefaults.api_key], ['action', 'create_line'], ['package', '2'], ...Object.entries(login)],
    ],
    [
      `/${xuiResellerDefaults.access_code}/`,
      [
        ['api_key', xuiResellerDefaults.api_key],
        ['action', 'disable_line'],
        ['id', '58213'],
      ],
    ],
    2,
  ],
  [
    xtreamCodes,
    [
      '/api.php?action=user&sub=create',
      [
        ...Object.entries(login).map(([name, value]): [string, string] => [`user_data[${name}]`, value]),
        ['user_data[exp_date]', unix],
        ['user_data[max_connections]', '3'],
        ['user_data[bouquet]', '[1,3]'],
      ],
    ],
    ['/api.php?action=user&sub=edit', [...Object.entries(login), ['user_data[enabled]', '0']]],
    3,
  ],
  [
    nxt,
    ['/api/wclient/v1/create-line', [['package', 2], ...Object.entries(login)], nxtHeaders],
    ['/api/wclient/v1/enable/58213', [['enable', 0]], nxtHeaders],
    2,
  ],
  [
    oneStream,
    ['/ext/line/create', [['package', 2], ...Object.entries(login)], oneStreamHeaders],
    ['/ext/line/7b1d9c20-4e1f-4a57-9d3c-00000000e365/disable', [], oneStreamHeaders],
    2,
  ],
]

test.each(kinds.map((each) => [each[0].kind, ...each] as const))('%s', async (_, kind, make, off, connections) => {
  const served = await serveImitation(kind, { port: 0, folder: null, now })
  onTestFinished(() => served.close())
  const ask = ([path, fields, headers]: Call) =>
    fetch(served.url + path, {
      method: 'POST',
      ...(headers
        ? {
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(Object.fromEntries(fields)),
          }
        : { body: new URLSearchParams(fields.map(([name, value]) => [name, String(value)])) }),
    })
  await ask(make)
  const xtream = new Xtream({ url: served.url, ...login, serializer: standardizedSerializer })
  expect(await xtream.getProfile()).toMatchObject({
    ...login,
    status: 'Active',
    maxConnections: connections,
    expiresAt: new Date((kind === oneStream ? until.subtract({ hours: 24 }) : until).epochMilliseconds), // 720 hours.
  })
  const [channel] = await xtream.getChannels()
  expect(channel).toMatchObject({ name: 'Channel 1 News' })
  expect((await fetch(channel?.url ?? '')).status).toBe(200)
  const query = new URLSearchParams(login)
  expect(await (await fetch(`${served.url}/get.php?${query}&type=m3u_plus`)).text()).toMatch(/^#EXTM3U/)
  await ask(off)
  expect(await (await fetch(`${served.url}/player_api.php?${query}`)).json()).toMatchObject({
    user_info: { auth: 0, status: 'Disabled' },
  })
  expect((await fetch(channel?.url ?? '')).status).toBe(404)
})
