import { afterEach, describe, expect, test } from 'vitest'
import { type Imitation, serveImitation } from '../kit.ts'
import { xui, xuiDefaults } from './xui.ts'

const now = () => Temporal.Instant.from('2026-01-01T00:00:00Z')
const base = `http://panel.example/${xuiDefaults.access_code}/`
const complete: [string, string][] = [
  ['username', 'ac7f3k9q2m'],
  ['password', 'Vb8nQ2xZ71'],
  ['exp_date', '2026-12-31T23:59:59Z'],
  ['max_connections', '2'],
  ['bouquets_selected', '[1,2,3,4]'],
  ['access_output[]', '1'],
  ['access_output[]', '2'],
  ['member_id', '12'],
  ['reseller_notes', 'ref:7F3K9Q2M'],
]

type Answer = {
  status: string
  error?: string
  data: Record<string, unknown> & Record<string, unknown>[]
  [more: string]: unknown
}

async function open(options: Record<string, string> = {}) {
  const imitation = await xui.create({ folder: null, now, options, publicUrl: () => 'http://tv.example:8080' })
  const text = async (action: string, params: Record<string, string | number> | [string, string][] = {}) => {
    const fields = Array.isArray(params) ? params : Object.entries(params).map(([name, value]) => [name, String(value)])
    const body = new URLSearchParams([['api_key', xuiDefaults.api_key], ['action', action], ...fields] as [
      string,
      string,
    ][])
    return (await imitation.app.fetch(new Request(base, { method: 'POST', body }))).text()
  }
  const call = async (...args: Parameters<typeof text>): Promise<Answer> => JSON.parse(await text(...args))
  return { imitation, text, call, create: () => call('create_line', complete), help: helper(imitation) }
}

const helper = (imitation: Imitation) => async (path: string, body?: object) => {
  const init = body ? { method: 'POST', body: JSON.stringify(body) } : {}
  return (await imitation.app.fetch(new Request(`http://panel.example${path}`, init))).json()
}

const without = (...names: string[]) => complete.filter(([name]) => !names.includes(name))

describe('the door', () => {
  test('the key may be in the body or in the query, under both addresses', async () => {
    const { imitation, call } = await open()
    const ask = async (url: string) => (await imitation.app.fetch(new Request(url))).json()
    const query = `?api_key=${xuiDefaults.api_key}&action=user_info`
    for (const answer of [await ask(base + query), await ask(`${base}index.php${query}`), await call('user_info')]) {
      expect(answer).toMatchObject({ status: 'STATUS_SUCCESS', data: { username: 'admin', timezone: 'Europe/Paris' } })
    }
  })

  test('what is wrong is told as the original tells it', async () => {
    const { imitation, call } = await open()
    const ask = (url: string, method = 'GET') => imitation.app.fetch(new Request(url, { method }))
    expect(await (await ask(`${base}?api_key=wrong&action=user_info`)).json()).toEqual({
      status: 'STATUS_FAILURE',
      error: 'Invalid API key.',
    })
    expect(await call('make_coffee')).toEqual({ status: 'STATUS_FAILURE', error: 'Invalid action.' })
    expect(await call('constructor')).toEqual({ status: 'STATUS_FAILURE', error: 'Invalid action.' })
    const lost = await ask('http://panel.example/wrongcode/?action=user_info')
    expect([lost.status, lost.headers.get('content-type'), await lost.text()]).toEqual([
      404,
      expect.stringContaining('text/html'),
      expect.stringContaining('nginx'),
    ])
    for (const method of ['PUT', 'HEAD', 'OPTIONS', 'DELETE']) {
      const answer = await ask(base, method)
      expect([method, answer.status, await answer.text()]).toEqual([method, 200, ''])
    }
    expect((await ask(base.slice(0, -1))).status).toBe(301)
  })

  test('a build that looks for the key only in the query', async () => {
    const { call } = await open({ key_in: 'query' })
    expect(await call('user_info')).toMatchObject({ error: 'Invalid API key.' })
  })

  test('lists are bare, single rows are enveloped', async () => {
    const { text, call } = await open()
    const lists = ['get_bouquets', 'get_packages', 'get_servers']
    for (const list of lists) expect(Array.isArray(JSON.parse(await text(list)))).toBe(true)
    const listed = JSON.parse(await text('get_bouquets', { show_columns: 'id,bouquet_name,bouquet_order' }))
    expect(listed).toEqual([
      { id: 1, bouquet_name: 'Basic', bouquet_order: 1 },
      { id: 2, bouquet_name: 'Sports', bouquet_order: 3 },
      { id: 3, bouquet_name: 'Movies', bouquet_order: 4 },
      { id: 4, bouquet_name: 'Kids', bouquet_order: 2 },
    ])
    expect((await call('get_bouquet', { id: 2 })).data).toMatchObject({ bouquet_channels: '[201,202,203]' })
    expect((await call('get_package', { id: 3 })).data).toMatchObject({ official_duration: 12, bouquets: '[1,4,2,3]' })
    expect((await call('get_server_stats')).data).toMatchObject({ open_connections: 0, total_users: 0 })
  })
})

describe('creating', () => {
  test('answers the full row', async () => {
    const { create, call, help } = await open()
    const { status, data } = await create()
    expect([status, data]).toMatchObject([
      'STATUS_SUCCESS',
      {
        id: 58213,
        member_id: 12,
        username: 'ac7f3k9q2m',
        exp_date: 1798761599,
        bouquet: '[1,4,2,3]',
        allowed_outputs: '[1,2]',
        max_connections: 2,
        enabled: 1,
        is_trial: 0,
        created_at: 1767225600,
        reseller_notes: 'ref:7F3K9Q2M',
        updated: '2026-01-01 01:00:00',
      },
    ])
    expect((await call('get_line', { id: 58213 })).data).toEqual(data)
    expect(await help('/__truth')).toEqual({
      facts: [
        { seq: 1, at: '2026-01-01T00:00:00Z', action: 'create_line', ids: { id: 58213, username: 'ac7f3k9q2m' } },
      ],
    })
  })

  test('numbers are text with some database drivers', async () => {
    const { create } = await open({ numbers: 'string' })
    expect((await create()).data).toMatchObject({ id: '58213', exp_date: '1798761599', enabled: '1', package_id: null })
  })

  test('a taken name echoes what was sent, whatever the case', async () => {
    const { create, call } = await open()
    await create()
    const again = await call('create_line', [...without('username'), ['username', 'AC7F3K9Q2M']])
    expect([again.status, again.data]).toMatchObject(['STATUS_EXISTS_USERNAME', { password: 'Vb8nQ2xZ71' }])
    expect((await call('get_lines')).data).toHaveLength(1)
  })

  test('bouquets are wanted: without them PHP dies, or saves none', async () => {
    const { text } = await open()
    for (const wrong of [
      without('bouquets_selected'),
      [...without('bouquets_selected'), ['bouquets_selected', '1,2']],
    ]) {
      expect(await text('create_line', wrong as [string, string][])).toBe('')
    }
    const old = await open({ php: '7' })
    expect((await old.call('create_line', without('bouquets_selected'))).data).toMatchObject({ bouquet: '[]' })
    const listed = await open({ bouquets: 'array' })
    const repeated: [string, string][] = [
      ...without('bouquets_selected'),
      ['bouquets_selected[]', '2'],
      ['bouquets_selected[]', '1'],
    ]
    expect((await listed.call('create_line', repeated)).data).toMatchObject({ bouquet: '[1,2]' })
    expect(await listed.text('create_line', complete)).toBe('')
  })

  test('what is left out: random credentials, no expiry, one connection, no output', async () => {
    const { call } = await open()
    const { data } = await call('create_line', { bouquets_selected: '[]' })
    expect(data).toMatchObject({ exp_date: null, max_connections: 1, allowed_outputs: '[]', enabled: 1, member_id: 1 })
    expect([data.username, data.password]).toEqual([
      expect.stringMatching(/^\w{10}$/),
      expect.stringMatching(/^\w{10}$/),
    ])
  })

  test('a flag sent as 0 is on, and a bare unix number is no date', async () => {
    const { call } = await open()
    expect((await call('create_line', [...complete, ['is_trial', '0']])).data).toMatchObject({ is_trial: 1 })
    const dated = await call('create_line', [...without('exp_date', 'username'), ['exp_date', '1798761599']])
    expect(dated.status).toBe('STATUS_INVALID_DATE')
    const merging = await open({ edit: 'merge' })
    expect((await merging.call('create_line', [...complete, ['is_trial', '0']])).data).toMatchObject({ is_trial: 0 })
  })
})

describe('editing', () => {
  test('the older generation loses what is left out, a ban among it', async () => {
    const { create, call, text } = await open()
    await create()
    await call('ban_line', { id: 58213 })
    const { data } = await call('edit_line', { id: 58213, bouquets_selected: '[1]' })
    expect(data).toMatchObject({
      exp_date: null,
      max_connections: 1,
      admin_enabled: 1,
      allowed_outputs: '[]',
      member_id: 12,
      reseller_notes: 'ref:7F3K9Q2M',
    })
    expect(data.username).not.toBe('ac7f3k9q2m')
    expect(data.password).not.toBe('Vb8nQ2xZ71')
    expect(await text('edit_line', { id: 58213, username: 'other' })).toBe('')
    expect((await call('get_line', { id: 58213 })).data).toEqual(data)
    expect(await call('edit_line', { id: 1, bouquets_selected: '[1]' })).toEqual({ status: 'STATUS_FAILURE' })
  })

  test('the newer generation keeps it', async () => {
    const { create, call } = await open({ edit: 'merge' })
    const { data } = await create()
    const edited = await call('edit_line', { id: 58213, max_connections: 3 })
    expect(edited.data).toEqual({ ...data, max_connections: 3 })
    expect((await call('edit_line', { id: 58213, exp_date: '' })).data).toMatchObject({ exp_date: null })
    expect((await call('edit_line', { id: 58213, username: 'a/b' })).status).toBe('STATUS_INVALID_USERNAME')
  })

  test('an empty date neither sets nor clears; no_expire clears', async () => {
    const { create, call } = await open()
    await create()
    const edit = (more: [string, string]) => call('edit_line', [['id', '58213'], ...without('exp_date'), more])
    expect((await edit(['exp_date', ''])).data).toMatchObject({ exp_date: 1798761599, username: 'ac7f3k9q2m' })
    expect((await edit(['no_expire', '0'])).data).toMatchObject({ exp_date: null })
  })

  test('enable, disable, ban, unban, delete', async () => {
    const { create, call } = await open()
    await create()
    const turned = async (action: string) => {
      const { status } = await call(action, { id: 58213 })
      const { enabled, admin_enabled } = (await call('get_line', { id: 58213 })).data
      return [status, enabled, admin_enabled]
    }
    expect(await turned('disable_line')).toEqual(['STATUS_SUCCESS', 0, 1])
    expect(await turned('disable_line')).toEqual(['STATUS_SUCCESS', 0, 1])
    expect(await turned('ban_line')).toEqual(['STATUS_SUCCESS', 0, 0])
    expect(await turned('enable_line')).toEqual(['STATUS_SUCCESS', 1, 0])
    expect(await turned('unban_line')).toEqual(['STATUS_SUCCESS', 1, 1])
    expect(await call('delete_line', { id: 58213 })).toEqual({ status: 'STATUS_SUCCESS' })
    for (const action of ['delete_line', 'get_line', 'enable_line', 'ban_line']) {
      expect(await call(action, { id: 58213 })).toEqual({ status: 'STATUS_FAILURE' })
    }
    expect((await call('create_line', complete)).data).toMatchObject({ id: 58214 }) // The name is free again.
  })
})

describe('tables', () => {
  const names = (answer: Answer) => answer.data.map((row) => row.username)

  async function filled(options: Record<string, string> = {}) {
    const panel = await open(options)
    for (const username of ['anna', 'annabel', 'bob_1', 'bobx1', 'carl']) {
      await panel.call('create_line', [
        ...without('username', 'reseller_notes'),
        ['username', username],
        ['reseller_notes', `ref:${username}`],
      ])
    }
    return panel
  }

  test('the search is LIKE: parts, either case, wildcards, and hits in notes', async () => {
    const { call } = await filled()
    const search = async (text: string) => names(await call('get_lines', { 'search[value]': text }))
    expect(await search('ANNA')).toEqual(['anna', 'annabel'])
    expect(await search('bob_1')).toEqual(['bob_1', 'bobx1'])
    expect(await search('a%l')).toEqual(['annabel', 'carl'])
    expect(await search('ref:carl')).toEqual(['carl'])
    expect(await search('a.n')).toEqual([])
    expect(await search('2027-01-01 00:59')).toHaveLength(5) // The expiry as the panel prints it.
  })

  test('pages by start and limit, counts that cannot be trusted, rows without bouquets', async () => {
    const { call } = await filled()
    const page = await call('get_lines', { start: 2, limit: 2 })
    expect([names(page), page.recordsTotal, page.recordsFiltered]).toEqual([['bob_1', 'bobx1'], 5, 2])
    expect(Object.keys(page.data[0] ?? {})).not.toContain('bouquet')
    expect(names(await call('get_lines', { offset: 2, limit: 2 }))).toEqual(['anna', 'annabel']) // `offset` is passed over.
    expect(names(await call('get_lines', { limit: 0 }))).toHaveLength(5)
    expect(names(await call('get_lines', { 'order[0][column]': 0, 'order[0][dir]': 'desc', limit: 1 }))).toEqual([
      'carl',
    ])
    const capped = await filled({ page_cap: '3' })
    expect(names(await capped.call('get_lines', { limit: 1000 }))).toHaveLength(3)
  })

  test('filters', async () => {
    const { call, help } = await filled()
    await help('/__edit', { username: 'anna', fields: { enabled: 0 } })
    await help('/__edit', { username: 'annabel', fields: { admin_enabled: 0 } })
    await help('/__edit', { username: 'bob_1', fields: { exp_date: 1767225599 } })
    await help('/__edit', { username: 'carl', fields: { exp_date: 1767300000, is_trial: 1, member_id: 7 } })
    const filter = async (params: Record<string, number>) => names(await call('get_lines', params))
    expect(await filter({ filter: 1 })).toEqual(['bobx1', 'carl'])
    expect(await filter({ filter: 2 })).toEqual(['anna'])
    expect(await filter({ filter: 3 })).toEqual(['annabel'])
    expect(await filter({ filter: 4 })).toEqual(['bob_1'])
    expect(await filter({ filter: 5 })).toEqual(['carl'])
    expect(await filter({ filter: 8 })).toEqual(['carl'])
    expect(await filter({ reseller: 7 })).toEqual(['carl'])
  })

  test('who is watching, until the connection is killed', async () => {
    const { call, help } = await filled()
    await help('/__watch', { username: 'anna', stream_id: 102 })
    await help('/__watch', { username: 'anna' })
    expect(await help('/__watch', { username: 'anna' })).toMatchObject({ error: expect.stringContaining('in use') })
    const live = await call('live_connections', { user_id: 58213 })
    expect(live.data).toMatchObject([
      { activity_id: 1, stream_display_name: 'Channel 2 Weather', username: 'anna', date_start: 1767225600 },
      { activity_id: 2 },
    ])
    expect((await call('live_connections', { user_id: 58214 })).data).toEqual([])
    expect(await call('kill_connection', { activity_id: 1, server_id: 1 })).toEqual({ status: 'STATUS_SUCCESS' })
    expect(await call('kill_connection', { activity_id: 1, server_id: 1 })).toEqual({ status: 'STATUS_FAILURE' })
    expect((await call('get_lines', { 'search[value]': 'anna', limit: 1 })).data).toMatchObject([
      { active_connections: 1 },
    ])
    await call('disable_line', { id: 58213 })
    expect((await call('live_connections')).data).toHaveLength(1) // The older generation lets it run.
  })
})

describe('trouble', () => {
  test('credits out, no permission, wrong key, whitelist, flood: nothing was done', async () => {
    const { imitation, call, create, help } = await open()
    imitation.faults.add({ fault: 'credits_out', times: 1 })
    expect((await create()).status).toBe('STATUS_INSUFFICIENT_CREDITS')
    imitation.faults.add({ fault: 'no_permission', times: 1, action: 'create_line' })
    expect(await create()).toEqual({ status: 'STATUS_NO_PERMISSIONS' })
    imitation.faults.add({ fault: 'wrong_key', times: 1 })
    expect(await call('user_info')).toMatchObject({ error: 'Invalid API key.' })
    const ask = (path: string) => imitation.app.fetch(new Request(`http://panel.example${path}`))
    imitation.faults.add({ fault: 'whitelist', times: 1 })
    expect((await ask('/player_api.php')).status).toBe(200)
    const forbidden = await ask(`/${xuiDefaults.access_code}/`)
    expect([forbidden.status, await forbidden.text()]).toEqual([403, expect.stringContaining('403 Forbidden')])
    imitation.faults.add({ fault: 'flood', times: 1 })
    const flooded = await ask('/player_api.php')
    expect([flooded.status, await flooded.text()]).toEqual([403, ''])
    expect(await help('/__truth')).toEqual({ facts: [] })
  })

  test('a create that was executed but never answered is found by its name', async () => {
    const { imitation, create, call } = await open()
    imitation.faults.add({ fault: 'timeout_after', times: 1, action: 'create_line' })
    await expect(create()).rejects.toThrow('fetch failed')
    expect((await call('get_lines', { 'search[value]': 'ac7f3k9q2m' })).data).toMatchObject([{ id: 58213 }])
  })

  test('a line that was promised and forgotten, or lost later', async () => {
    const { imitation, create, call, help } = await open()
    imitation.faults.add({ fault: 'forget_line', times: 1 })
    expect(await create()).toMatchObject({ status: 'STATUS_SUCCESS', data: { id: 58213 } })
    expect(await call('get_line', { id: 58213 })).toEqual({ status: 'STATUS_FAILURE' })
    await create()
    imitation.faults.add({ fault: 'forget_line', times: 1, action: 'disable_line' })
    expect(await call('disable_line', { id: 58214 })).toEqual({ status: 'STATUS_SUCCESS' })
    expect((await call('get_line', { id: 58214 })).data).toMatchObject({ enabled: 1 })
    await help('/__forget', { username: 'ac7f3k9q2m' })
    expect(await help('/__lines')).toEqual({ lines: [] })
  })

  test('two rows of one name, and a listing that repeats itself', async () => {
    const { imitation, create, call } = await open()
    imitation.faults.add({ fault: 'duplicate_rows', times: 1, action: 'create_line' })
    await create()
    const ids = async () => (await call('get_lines')).data.map((row) => row.id)
    expect(await ids()).toEqual([58213, 58214])
    imitation.faults.add({ fault: 'duplicate_rows', times: 1, action: 'get_lines' })
    expect(await ids()).toEqual([58213, 58213, 58214, 58214])
  })

  test('a hand on the panel changes columns, but only those there are', async () => {
    const { create, call, help } = await open()
    await create()
    await help('/__edit', { username: 'ac7f3k9q2m', fields: { max_connections: 9 } })
    expect((await call('get_line', { id: 58213 })).data).toMatchObject({ max_connections: 9 })
    expect(await help('/__edit', { username: 'ac7f3k9q2m', fields: { maxConnections: 9 } })).toMatchObject({
      error: expect.stringContaining('maxConnections'),
    })
    expect(await help('/__edit', { username: 'nobody', fields: {} })).toMatchObject({
      error: 'no line is called nobody',
    })
  })
})

describe('over TCP', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  test('answers, and takes its faults, under the printed defaults', async () => {
    const served = await serveImitation(xui, { port: 0, folder: null, now })
    closing.push(served.close)
    const body = () => new URLSearchParams({ api_key: xuiDefaults.api_key, action: 'user_info' })
    const ask = () => fetch(`${served.url}/${xuiDefaults.access_code}/`, { method: 'POST', body: body() })
    expect(await (await ask()).json()).toMatchObject({ status: 'STATUS_SUCCESS' })
    await fetch(`${served.url}/__faults`, { method: 'POST', body: '{"fault":"html","times":1,"action":"user_info"}' })
    expect(await (await ask()).text()).toMatch(/^<!DOCTYPE/)
    expect((await ask()).ok).toBe(true)
  })

  test('options that cannot be are refused', async () => {
    for (const options of [{ edit: 'replace' }, { access_code: 'a/b' }, { page_cap: 'many' }, { acces_code: 'x' }]) {
      await expect(serveImitation(xui, { port: 0, folder: null, now, options })).rejects.toThrow(/option/)
    }
  })
})
