import { expect, it } from 'vitest'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { ecb } from '../../imitations/rates/ecb.ts'
import { fetchEcbRates, parseEcbRates } from './ecb.ts'

const now = () => Temporal.Instant.from('2026-11-22T12:00:00Z')
const path = '/stats/eurofxref/eurofxref-daily.xml'

async function bank() {
  const machine = await ecb.create({ folder: null, now, publicUrl: () => 'http://ecb.test' })
  const http = inProcessHttpOut(
    { 'http://ecb.test': async (request) => machine.app.fetch(request) },
    { log: silentLog },
  )
  return { machine, fetch: () => fetchEcbRates(http, `http://ecb.test${path}`) }
}

it('reads the day and the rates of it, each as it was written', async () => {
  const { fetch } = await bank()
  const told = await fetch()
  expect(told).toMatchObject({ base: 'EUR', day: '2026-11-20' })
  expect(told.rates).toMatchObject({ USD: '1.0871', JPY: '163.52', SEK: '11.5920' })
})

it.each(['http_503', 'html', 'empty', 'truncated', 'timeout_after'])(
  'knows nothing new when the answer is %s',
  async (fault) => {
    const { machine, fetch } = await bank()
    machine.faults.add({ fault })
    await expect(fetch()).rejects.toMatchObject({ kind: 'unavailable' })
  },
)

it.each([
  ['a doctype', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ['no rates', `<Envelope><Cube><Cube time='2026-11-20'></Cube></Cube></Envelope>`],
  [
    'a rate that is none',
    `<Envelope><Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1,08'/></Cube></Cube></Envelope>`,
  ],
  ['no day', `<Envelope><Cube><Cube time='today'><Cube currency='USD' rate='1.08'/></Cube></Cube></Envelope>`],
])('does not take %s', (_, text) => {
  expect(parseEcbRates(text)).toBeNull()
})

it('leaves out what is no currency, and a rate of nothing', () => {
  const text = `<Envelope><Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1.08'/><Cube currency='QQQ' rate='2'/><Cube currency='GBP' rate='0.000'/></Cube></Cube></Envelope>`
  expect(parseEcbRates(text)?.rates).toEqual({ USD: '1.08' })
})
