import { parseM3U } from '@iptv/playlist'
import { Xtream } from '@iptv/xtream-api'
import { standardizedSerializer } from '@iptv/xtream-api/standardized'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Served, serveImitation } from '../../kit.ts'
import { xui, xuiDefaults } from '../xui.ts'

let served: Served
let moment = Temporal.Instant.from('2026-01-01T10:20:00Z')
const login = { username: 'viewer7k2', password: 'Vb8nQ2xZ71' }
const query = new URLSearchParams(login)

beforeEach(async () => {
  moment = Temporal.Instant.from('2026-01-01T10:20:00Z')
  served = await serveImitation(xui, { port: 0, folder: null, now: () => moment })
  await admin('create_line', [
    ['username', login.username],
    ['password', login.password],
    ['exp_date', '2026-02-01T00:00:00Z'],
    ['bouquets_selected', '[1,3]'],
    ['access_output[]', '1'],
    ['access_output[]', '2'],
  ])
})
afterEach(() => served.close())

async function admin(action: string, fields: [string, string][]) {
  const body = new URLSearchParams([['api_key', xuiDefaults.api_key], ['action', action], ...fields])
  return (await fetch(`${served.url}/${xuiDefaults.access_code}/`, { method: 'POST', body })).json()
}

const text = async (path: string) => (await fetch(served.url + path)).text()

describe('an app written by others', () => {
  test('signs in and lists what the bouquets hold', async () => {
    const xtream = new Xtream({ url: served.url, ...login, serializer: standardizedSerializer })
    expect(await xtream.getProfile()).toMatchObject({
      ...login,
      status: 'Active',
      isTrial: false,
      maxConnections: 1,
      activeConnections: 0,
      expiresAt: new Date('2026-02-01T00:00:00Z'),
    })
    expect(await xtream.getServerInfo()).toMatchObject({
      url: '127.0.0.1',
      port: String(served.port),
      serverProtocol: 'http',
      timezone: 'Europe/Paris',
      timeNow: new Date('2026-01-01T10:20:00Z'),
    })
    expect(await xtream.getChannelCategories()).toMatchObject([
      { id: '1', name: 'General' },
      { id: '3', name: 'Films' },
    ])
    const channels = await xtream.getChannels()
    expect(channels).toHaveLength(8)
    expect(channels[0]).toMatchObject({ id: '101', name: 'Channel 1 News', categoryIds: ['1'] })
    expect(await xtream.getChannels({ categoryId: '3' })).toHaveLength(2)
    const url = channels[0]?.url ?? ''
    expect(url).toBe(`${served.url}/live/${login.username}/${login.password}/101.ts`)
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
    expect([bytes.length, bytes[0], bytes[188]]).toEqual([1316, 0x47, 0x47])
  })

  test('finds films and the guide', async () => {
    const xtream = new Xtream({ url: served.url, ...login, serializer: standardizedSerializer })
    expect(await xtream.getMovieCategories()).toMatchObject([{ name: 'Film library' }])
    const movies = await xtream.getMovies()
    expect(movies.map((each) => each.name)).toContain('Two Trains North')
    expect(await xtream.getMovie({ movieId: movies[0]?.id ?? '' })).toMatchObject({ duration: 5400, genre: ['Drama'] })
    expect((await fetch(movies[0]?.url ?? '')).status).toBe(200)
    await expect(xtream.getMovie({ movieId: '1' })).rejects.toThrow('Movie Not Found')
    expect(await xtream.getShowCategories()).toEqual([])
    expect(await xtream.getShows()).toEqual([])
    await expect(xtream.getShow({ showId: '1' })).rejects.toThrow('Show Not Found')
    const epg = await xtream.getShortEPG({ channelId: '101', limit: 2 })
    expect(epg).toHaveLength(2)
    expect(epg[0]).toMatchObject({
      end: new Date('2026-01-01T11:00:00Z'),
      description: expect.stringContaining('Channel 1'),
    })
    expect((await xtream.getFullEPG({ channelId: '101' })).map((each) => each.nowPlaying)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

test('playlists are read by a parser written by others, and lead to streams', async () => {
  const plus = parseM3U(await text(`/get.php?${query}&type=m3u_plus&output=ts`))
  expect(plus.channels).toHaveLength(11)
  expect(plus.channels[0]).toMatchObject({
    name: 'Channel 1 News',
    tvgId: 'northwind.101',
    groupTitle: 'General',
    url: `${served.url}/live/${login.username}/${login.password}/101.ts`,
  })
  const plain = parseM3U(await text(`/get.php?${query}&type=m3u&output=hls`))
  expect(plain.channels[0]).toMatchObject({ name: 'Channel 1 News', url: expect.stringMatching(/101\.m3u8$/) })
  for (const { url } of [plus.channels[0], plain.channels[0]] as { url: string }[])
    expect((await fetch(url)).status).toBe(200)
  expect(await text(plain.channels[0]?.url?.slice(served.url.length) ?? '')).toMatch(/^#EXTM3U/)
  expect((await fetch(`${served.url}/${login.username}/${login.password}/101`)).status).toBe(200)
})

test('the guide is XMLTV for the channels of the line', async () => {
  const xml = await text(`/xmltv.php?${query}`)
  expect(xml).toMatch(/^<\?xml[^>]+>\n<tv /)
  expect(xml.match(/<channel /g)).toHaveLength(8)
  expect(xml).toContain('<programme start="20260101100000 +0000" stop="20260101110000 +0000" channel="northwind.101">')
})

describe('who is not let in', () => {
  const refused = async () => {
    const answer = (await (await fetch(`${served.url}/player_api.php?${query}`)).json()) as {
      user_info: { auth: number; status?: string }
    }
    const others = ['/get.php', '/xmltv.php', `/live/${login.username}/${login.password}/101.ts`]
    const codes = await Promise.all(others.map(async (path) => (await fetch(`${served.url}${path}?${query}`)).status))
    return [answer.user_info.auth, answer.user_info.status, ...codes]
  }
  const id: [string, string][] = [['id', '58213']]

  test('an active line is; disabled, banned, expired and deleted ones are not', async () => {
    expect(await refused()).toEqual([1, 'Active', 200, 200, 200])
    await admin('disable_line', id)
    expect(await refused()).toEqual([0, 'Disabled', 404, 404, 404])
    await admin('ban_line', id)
    expect(await refused()).toEqual([0, 'Banned', 404, 404, 404])
    await admin('unban_line', id)
    await admin('enable_line', id)
    moment = Temporal.Instant.from('2026-02-01T00:00:00Z') // The expiry itself is over already.
    expect(await refused()).toEqual([0, 'Expired', 404, 404, 404])
    await admin('delete_line', id)
    expect(await refused()).toEqual([0, undefined, 404, 404, 404])
  })

  test('a wrong password, another bouquet’s channel, an output that was not given', async () => {
    expect(await (await fetch(`${served.url}/player_api.php?username=${login.username}&password=x`)).json()).toEqual({
      user_info: { auth: 0 },
    })
    expect((await fetch(`${served.url}/live/${login.username}/${login.password}/201.ts`)).status).toBe(404)
    await admin('edit_line', [...id, ...query, ['bouquets_selected', '[1]'], ['access_output[]', '2']])
    expect((await fetch(`${served.url}/live/${login.username}/${login.password}/101.m3u8`)).status).toBe(404)
    expect((await fetch(`${served.url}/live/${login.username}/${login.password}/101.ts`)).status).toBe(200)
  })
})
