import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataFolder, run, start, stop } from './program.test-support.ts'

const folder = dataFolder()
afterAll(() => folder.remove())

describe('the list of commands', () => {
  test('is printed for --help, and each command explains itself', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    const names = [...out.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1] as string)
    expect(names).toContain('serve')
    const helps = await Promise.all(names.map((name) => run([name, '--help'])))
    for (const [index, help] of helps.entries())
      expect({ code: help.code, begins: help.out.startsWith(`linekeeper ${names[index]}`) }).toEqual({
        code: 0,
        begins: true,
      })
  })

  test('what it does not know ends with a sentence and code 1', async () => {
    for (const args of [['frobnicate'], ['serve', '--frob'], ['admin'], ['admin', 'create'], ['imitate', 'nothing']]) {
      const { code, err, out } = await run(args, { LINEKEEPER_DATA: folder.path })
      expect({ args, code, out, lines: err.trim().split('\n').length }).toEqual({ args, code: 1, out: '', lines: 1 })
    }
  })
})

/** What cannot work is told in one sentence, before anything is made. */
describe('a start that cannot work', () => {
  const faults: [title: string, settings: Record<string, string>, said: RegExp][] = [
    ['a port that is none', { PORT: '70000' }, /PORT is "70000"/],
    ['several faults at once', { PORT: 'x', LINEKEEPER_ROLE: 'boss' }, /PORT is "x".*LINEKEEPER_ROLE is "boss"/],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      /127\.0\.0\.1:1\/none does not answer/,
    ],
    ['an address that is no database', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL is not an address/],
    [
      'a user name without password',
      { SMTP_URL: 'smtp://user@mail.example?from=a@shop.example' },
      /a user name needs its password/,
    ],
    ['a mail server without sender', { SMTP_URL: 'smtp://mail.example' }, /the sender is missing/],
    ['a list that cannot be read', { LINEKEEPER_ALLOW_PRIVATE_HOSTS: 'everything' }, /cannot be read at "everything"/],
    ['a host that is not this machine', { HOST: '192.0.2.1' }, /no address of this machine/],
    ['a short key', { LINEKEEPER_SECRET_KEY: 'c2hvcnQ=' }, /32 bytes in base64/],
  ]
  test.each(faults)('%s', async (_, settings, said) => {
    const { code, err, out } = await run(['serve'], {
      LINEKEEPER_DATA: folder.path,
      PORT: '0',
      HOST: '127.0.0.1',
      ...settings,
    })
    expect(err).toMatch(said)
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 })
  })

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => other.once('listening', done))
    const { port } = other.address() as { port: number }
    const { code, err } = await run(['serve'], { LINEKEEPER_DATA: folder.path, PORT: String(port), HOST: '127.0.0.1' })
    other.close()
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(new RegExp(`^Port ${port} is taken by another program.*\n$`)),
    })
  })

  test('a folder that cannot be written', async () => {
    const file = join(folder.path, 'a-file')
    writeFileSync(file, '')
    const { code, err } = await run(['serve', '--empty'], { LINEKEEPER_DATA: join(file, 'data'), PORT: '0' })
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 1, lines: 1 })
    expect(err).toMatch(/data folder .* cannot be written/)
  })

  test('a demo and an empty installation at once', async () => {
    const { code, err } = await run(['serve', '--demo', '--empty'], { LINEKEEPER_DATA: folder.path })
    expect({ code, err }).toEqual({ code: 1, err: 'Choose one of --demo and --empty.\n' })
  })
})

test('adapters from outside that cannot be used are told with the other settings', async () => {
  for (const command of [
    ['serve', '--empty'],
    ['doctor', '--live'],
  ]) {
    const { code, out, err } = await run(command, {
      LINEKEEPER_DATA: folder.path,
      LINEKEEPER_PLUGINS: './nowhere.js',
      PORT: 'many',
    })
    expect(code).toBe(1)
    expect(out + err).toMatch(/PORT is "many".*; LINEKEEPER_PLUGINS names \.\/nowhere\.js, which cannot be used/)
  }
})

describe('imitate', () => {
  test('lists its kinds', async () => {
    const { code, out } = await run(['imitate', '--list', '--json'])
    const { kinds } = JSON.parse(out) as { kinds: { kind: string; options: Record<string, string> }[] }
    expect(code).toBe(0)
    expect(kinds.map(({ kind }) => kind).sort()).toEqual([
      'authorizenet',
      'btcpay',
      'ecb',
      'gocardless',
      'http_panel',
      'media_server',
      'ministra',
      'mollie',
      'nowpayments',
      'nxt',
      'onestream',
      'paypal',
      'sandbox',
      'stripe',
      'xc_vm',
      'xtream_codes',
      'xui',
      'xui_reseller',
    ])
    expect(kinds.find(({ kind }) => kind === 'xui')?.options).toMatchObject({ edit: 'overwrite' })
  })

  test('runs until it is asked to stop, with the options it was given', async () => {
    const program = start(['imitate', 'xui', '--option', 'access_code=abc', '--json'], { LINEKEEPER_DATA: folder.path })
    await new Promise((done) => program.child.stdout.once('data', done))
    const { url, control_url } = JSON.parse(program.said.out) as { url: string; control_url: string }
    expect(await (await fetch(`${url}/abc/?action=user_info&api_key=wrong`)).json()).toMatchObject({
      error: 'Invalid API key.',
    })
    expect((await fetch(`${control_url}/__faults`)).status).toBe(200)
    expect(await stop(program)).toMatchObject({ code: 0 })
  })

  test('an option that it does not know is named', async () => {
    const { code, err } = await run(['imitate', 'xui', '--option', 'colour=red'], { LINEKEEPER_DATA: folder.path })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/unknown option colour/) })
  })
})
