import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type ImitationKind, openKit, openStore, readOptions, type Served, serveImitation } from './kit.ts'

/** The smallest imitation: it counts. */
const counter: ImitationKind = {
  kind: 'counter',
  title: 'A counter',
  role: 'panel',
  defaults: { start: '1' },
  async create(options) {
    const { start } = readOptions(this.defaults as { start: string }, options.options)
    const kit = await openKit(options, { faults: ['sulk'] })
    kit.app.post('/count', (c) => {
      if (kit.faults.strikes('sulk', 'POST /count')) return c.json({ sulking: true })
      const count = kit.store.next('count', Number(start))
      kit.did('count', { count })
      return c.json({ count, at: options.publicUrl() })
    })
    return kit
  },
}

const now = () => Temporal.Instant.from('2026-03-01T12:00:00Z')
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function serve(options: { folder?: string } = {}): Promise<Served> {
  const served = await serveImitation(counter, { port: 0, folder: options.folder ?? null, now })
  closing.push(() => served.close())
  return served
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'kit-'))
  closing.push(() => rm(path, { recursive: true }))
  return path
}

const count = (url: string) => fetch(`${url}/count`, { method: 'POST' })
const fault = (url: string, body: object) => fetch(`${url}/__faults`, { method: 'POST', body: JSON.stringify(body) })
const truth = async (url: string) => ((await (await fetch(`${url}/__truth`)).json()) as { facts: unknown[] }).facts
const codeOf = (failed: Promise<unknown>) =>
  failed.then(
    () => 'answered',
    (error) => (error as { cause?: { code?: string } }).cause?.code,
  )

describe('the store', () => {
  test('what was flushed is there after a kill, a torn last line is not', async () => {
    const path = await folder()
    const first = await openStore(path)
    first.shelf<{ name: string }>('lines').put(1, { name: 'one' })
    first.shelf('lines').put(2, { name: 'two' })
    first.shelf('lines').delete(1)
    first.next('id', 10)
    first.record(now(), 'made', { id: 10 })
    await first.flush()
    await appendFile(join(path, 'journal.jsonl'), '{"shelf":"lines","key":"3","row":{"na')

    for (let start = 0; start < 2; start += 1) {
      const again = await openStore(path)
      expect([...again.shelf('lines').values()]).toEqual([{ name: 'two' }])
      expect(again.facts()).toEqual([{ seq: 1, at: '2026-03-01T12:00:00Z', action: 'made', ids: { id: 10 } }])
      expect(again.next('id')).toBe(11)
    }
  })

  test('many changes at once share few appends, and a long journal is folded into the snapshot', async () => {
    const path = await folder()
    const store = await openStore(path)
    const rows = store.shelf<number>('rows')
    await Promise.all(
      Array.from({ length: 60_000 }, (_, n) => {
        rows.put(n % 100, n)
        return n % 1000 === 0 ? store.flush() : undefined
      }),
    )
    await store.flush()
    expect((await readFile(join(path, 'snapshot.jsonl'), 'utf8')).length).toBeLessThan(10_000)
    const again = (await openStore(path)).shelf<number>('rows')
    expect([...again.values()]).toEqual(Array.from({ length: 100 }, (_, n) => 59_900 + n))
  })
})

describe('faults over TCP', () => {
  test('timeout_after executes and never answers; timeout_before does neither', async () => {
    const { url } = await serve()
    await fault(url, { fault: 'timeout_after', times: 1 })
    expect(await codeOf(count(url))).not.toBe('answered')
    await fault(url, { fault: 'timeout_before', times: 1, executes: true }) // Which contradicts itself.
    expect(await codeOf(count(url))).not.toBe('answered')
    expect(await (await count(url)).json()).toEqual({ count: 2, at: url })
    expect(await truth(url)).toMatchObject([{ action: 'count', ids: { count: 1 } }, { ids: { count: 2 } }])
  })

  test('down refuses the connection itself, and is switched off through the control address', async () => {
    const { url, controlUrl } = await serve()
    expect((await fault(url, { fault: 'down' })).status).toBe(200)
    expect(await codeOf(count(url))).toBe('ECONNREFUSED')
    expect((await fetch(`${controlUrl}/count`, { method: 'POST' })).status).toBe(404)
    await fetch(`${controlUrl}/__faults`, { method: 'DELETE' })
    await expect.poll(() => codeOf(count(url))).toBe('answered')
    expect(await truth(url)).toHaveLength(1)
  })

  test('bad answers, with and without having executed', async () => {
    const { url } = await serve()
    const answers: Record<string, string> = { null: 'null', empty: '', html: '<!DOCTYPE' }
    for (const [name, body] of Object.entries(answers)) {
      await fault(url, { fault: name, times: 1 })
      const answer = await count(url)
      expect([name, answer.status, (await answer.text()).slice(0, 9)]).toEqual([name, 200, body])
    }
    expect(await truth(url)).toHaveLength(0)
    await fault(url, { fault: 'http_502', times: 1, executes: true })
    expect((await count(url)).status).toBe(502)
    await fault(url, { fault: 'truncated', times: 1 })
    expect(await (await count(url)).text()).toMatch(/^\{"count":2[^}]*$/)
    await fault(url, { fault: 'notice', times: 1 })
    expect(await (await count(url)).text()).toMatch(/^<br \/>[\s\S]+\{"count":3/)
    await fault(url, { fault: 'http_503', times: 1 })
    expect((await count(url)).headers.get('retry-after')).toBe('1')
    expect(await truth(url)).toHaveLength(3)
  })

  test('slow answers late, and only for the action that was named', async () => {
    const { url } = await serve()
    await fault(url, { fault: 'slow', ms: 150, action: 'POST /c*' })
    const before = performance.now()
    expect(await (await count(url)).json()).toMatchObject({ count: 1 })
    expect(performance.now() - before).toBeGreaterThan(140)
    await fetch(`${url}/__faults?fault=slow`, { method: 'DELETE' })
    await fault(url, { fault: 'html', action: 'GET /elsewhere' })
    expect((await count(url)).headers.get('content-type')).toMatch('application/json')
  })

  test('a held connection ends with the caller’s patience, or with the imitation', async () => {
    const { url, close } = await serve()
    await fault(url, { fault: 'timeout_before', times: 1, ms: 60_000 })
    await expect(fetch(`${url}/count`, { method: 'POST', signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout')
    await fault(url, { fault: 'timeout_after', times: 1, ms: 60_000 })
    const held = codeOf(count(url))
    await expect.poll(() => truth(url)).toHaveLength(1)
    await close()
    expect(await held).not.toBe('answered')
  })

  test('a kind’s own faults are told by the kind; unknown ones are refused', async () => {
    const { url } = await serve()
    await fault(url, { fault: 'sulk', times: 1 })
    expect(await (await count(url)).json()).toEqual({ sulking: true })
    expect(await (await count(url)).json()).toMatchObject({ count: 1 })
    const refused = await fault(url, { fault: 'sulks' })
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      422,
      expect.stringContaining('unknown fault sulks; known: timeout_before'),
    ])
    expect((await fault(url, { fault: 'html', times: 'often' })).status).toBe(422)
  })
})

describe('faults in process', () => {
  test('a broken connection rejects as fetch does', async () => {
    const imitation = await counter.create({ folder: null, now, publicUrl: () => 'http://panel.example' })
    const ask = async (signal: AbortSignal | null = null) =>
      imitation.app.fetch(new Request('http://panel.example/count', { method: 'POST', signal }))
    imitation.faults.add({ fault: 'timeout_after', times: 1 })
    expect(await codeOf(ask())).toBe('ECONNRESET')
    imitation.faults.add({ fault: 'timeout_before', times: 1, ms: 60_000 })
    await expect(ask(AbortSignal.timeout(20))).rejects.toThrow('timeout')
    imitation.faults.add({ fault: 'down' })
    expect(await codeOf(ask())).toBe('ECONNREFUSED')
    imitation.faults.clear()
    expect(await (await ask()).json()).toMatchObject({ count: 2 })
  })
})

test('state outlives a restart; options are checked', async () => {
  const path = await folder()
  const first = await serve({ folder: path })
  await count(first.url)
  const second = await serve({ folder: path }) // The first was not closed: as after a kill.
  expect(await (await count(second.url)).json()).toMatchObject({ count: 2 })
  const wrong = serveImitation(counter, { port: 0, folder: null, now, options: { strat: '5' } })
  await expect(wrong).rejects.toThrow('unknown option strat; known: start')
})
