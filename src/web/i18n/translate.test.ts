import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stateTones } from '../ui/states.ts'
import { consoleAdoption } from './en/console-adoption.ts'
import { consoleAffiliates } from './en/console-affiliates.ts'
import { consoleAhead } from './en/console-ahead.ts'
import { consoleBank } from './en/console-bank.ts'
import { consoleCollecting } from './en/console-collecting.ts'
import { consoleHost } from './en/console-host.ts'
import { consoleLogins } from './en/console-logins.ts'
import { consoleOrphans } from './en/console-orphans.ts'
import { consolePayouts } from './en/console-payouts.ts'
import { consolePolicy } from './en/console-policy.ts'
import { consolePriceCampaigns } from './en/console-price-campaigns.ts'
import { consoleResellers } from './en/console-resellers.ts'
import { consoleSetup } from './en/console-setup.ts'
import { consoleTax } from './en/console-tax.ts'
import { consoleTwin } from './en/console-twin.ts'
import { states } from './en/states.ts'
import { askedLocale } from './locale.ts'
import { textOr, translator } from './translate.ts'

test('texts take values and are not escaped twice', () => {
  expect(translator('en')('ui.table.noMatchFor', { query: '<ana>' })).toBe('Nothing matches “<ana>”')
})

test('the pseudo-language disguises and lengthens every text', () => {
  const text = translator('en-XA')('ui.skip')
  expect(text).toMatch(/^\[Skíp tó thé çóñtéñt~+\]$/)
})

test('a key made at run time falls back instead of showing itself', () => {
  const t = translator('en')
  expect(textOr(t, 'state.order.ready', 'ready')).toBe('Ready')
  expect(textOr(t, 'state.order.half_ready', 'half ready')).toBe('half ready')
  const counted: typeof t = (key) => t(key, { count: 1 })
  expect(textOr(counted, 'console.renewals.bulk.done', 'none')).toBe('Done for 1 subscription.')
})

test('every state that has a tone has a word, and the other way round', () => {
  const toned = Object.entries(stateTones).flatMap(([of, each]) =>
    Object.keys(each).map((state) => `state.${of}.${state}`),
  )
  expect(toned.sort()).toEqual(Object.keys(states).sort())
})

test('whatever happens is told in words', () => {
  const modules = join(import.meta.dirname, '..', '..', 'modules')
  const types = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test)(?<!support)\.ts$/.test(name))
    .flatMap((name) => [...readFileSync(join(modules, name), 'utf8').matchAll(/\btype: '([a-z_]+\.[a-z_]+)'/g)])
    .map(([, type]) => type ?? '')
  expect(new Set(types).size).toBeGreaterThan(100)
  const folder = join(import.meta.dirname, 'en')
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  const untold = types.filter((type) => !texts.some((text) => text.includes(`'console.event.${type}`)))
  expect([...new Set(untold)]).toEqual([])
})

test('no key is written down twice: of two texts the one that is loaded later would speak for both', () => {
  const folder = join(import.meta.dirname, 'en')
  const keys = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key),
  )
  expect(keys.length).toBeGreaterThan(3_000)
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
})

test('a chosen language wins over the browser’s; the pseudo-language is only ever chosen', () => {
  expect(askedLocale({ chosen: ['en-XA', null] })).toBe('en-XA')
  expect(askedLocale({ chosen: [null, 'klingon', 'pt-BR', 'de'], accepted: 'fr' })).toBe('pt')
  expect(askedLocale({ chosen: [null], accepted: 'nl,de-DE;q=0.5,fr;q=0.8' })).toBe('fr')
  expect(askedLocale({ chosen: [null], accepted: 'de;q=0,en-XA' })).toBe('en')
  expect(askedLocale({ chosen: [null, 'klingon'], accepted: 'nl' })).toBeNull()
})

test('a page brings the texts that are loaded with few pages', () => {
  const areas = {
    adoption: consoleAdoption,
    ahead: consoleAhead,
    orphans: consoleOrphans,
    policy: consolePolicy,
    affiliates: consoleAffiliates,
    resellers: consoleResellers,
    collecting: consoleCollecting,
    host: consoleHost,
    logins: consoleLogins,
    bank: consoleBank,
    payouts: consolePayouts,
    'price-campaigns': consolePriceCampaigns,
    twin: consoleTwin,
    setup: consoleSetup,
    tax: consoleTax,
  }
  const web = join(import.meta.dirname, '..')
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'))
  for (const [area, texts] of Object.entries(areas)) {
    const beginnings = [...new Set(Object.keys(texts).map((key) => `${key.split('.').slice(0, 2).join('.')}.`))]
    const users = files.filter((name) => {
      const text = readFileSync(join(web, name), 'utf8')
      return beginnings.some((each) => text.includes(each)) && !text.includes(`i18n/areas/${area}.ts'`)
    })
    expect(users, area).toEqual([])
  }
})
