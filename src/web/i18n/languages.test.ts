/** Each language is complete, or it is not offered. The compiler demands every key; what it cannot see is held here, by the name of the text. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildFolder, ensureBuilt } from '../build/ensure-built.ts'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { said } from './en/said.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { languages, ownName } from './locale.ts'
import { pt } from './pt.ts'
import { saying } from './saying.ts'
import { sourceTexts, translator } from './translate.ts'

const catalogs: Record<string, Readonly<Record<string, string>>> = { de, fr, es, pt, ar }
const english = new Map(sourceTexts(''))
const web = join(import.meta.dirname, '..')
const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|test-support/.test(name))
    .map((name) => join(folder, name))

/** A plural of Arabic is compared with the English of `other`. */
const sourceOf = (key: string): string | undefined => english.get(key) ?? english.get(key.replace(/_[a-z]+$/, '_other'))
const valuesOf = (text: string): string[] => [...text.matchAll(/\{\{\w+\}\}/g)].map(([name]) => name).sort()

test('every language that is offered has a catalogue and a name', () => {
  expect(languages.filter((each) => each !== 'en').sort()).toEqual(Object.keys(catalogs).sort())
  expect(Object.keys(ownName)).toEqual([...languages])
})

describe.each(Object.keys(catalogs))('%s', (language) => {
  const catalog = catalogs[language] ?? {}
  const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories

  test('has what German has, and puts in the same values as English', () => {
    expect(Object.keys(de).filter((key) => !Object.hasOwn(catalog, key))).toEqual([])
    for (const [key, text] of Object.entries(catalog)) {
      expect(text.trim(), key).not.toBe('')
      // One, none and two are often written as words.
      const [wanted, given] = [valuesOf(sourceOf(key) ?? ''), valuesOf(text)]
      if (/_(zero|one|two)$/.test(key))
        expect(
          wanted.filter((each) => each !== '{{count}}'),
          key,
        ).toEqual(given.filter((each) => each !== '{{count}}'))
      else expect(given, key).toEqual(wanted)
    }
  })

  test('counts in all its numbers', () => {
    for (const key of Object.keys(catalog).filter((each) => each.endsWith('_other'))) {
      const stem = key.slice(0, -'_other'.length)
      // `many` of Latin languages is for millions: nobody has a million lines.
      const needed = language === 'ar' ? plurals : ['one', 'other']
      for (const each of needed) expect(catalog, key).toHaveProperty([`${stem}_${each}`])
    }
  })

  test('speaks no English', () => {
    const same = Object.entries(catalog).filter(([key, text]) => text.length > 30 && text === english.get(key))
    expect(same.map(([key]) => key)).toEqual([])
  })
})

test('every text that a page of customers names is in the catalogues', () => {
  const files = [...sources(join(web, 'storefront')), ...sources(join(web, 'portal'))]
  const ui = readdirSync(join(web, 'ui')).filter((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name))
  const named = [...files, ...ui.map((name) => join(web, 'ui', name))].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'([a-z][A-Za-z]*\.[A-Za-z0-9_.]+)'/g)].map(([, key]) => key ?? ''),
  )
  const known = [...new Set(named)].filter((key) => english.has(key) || english.has(`${key}_other`))
  expect(known.length).toBeGreaterThan(500)
  const consoles = /^(console|ui\.(search|mode|diff|chart|stat))/
  const missing = known.filter(
    (key) => !consoles.test(key) && !Object.hasOwn(de, key) && !Object.hasOwn(de, `${key}_other`),
  )
  expect(missing).toEqual([])
})

test('what a customer is refused with is said in words that a room still says', () => {
  const root = join(web, '..')
  const rooms = [
    'modules',
    'adapters',
    'web/storefront',
    'web/portal',
    'web/failure.ts',
    'web/sign-in-steps.server.ts',
    'web/own-form.server.ts',
  ]
  const text = rooms
    .flatMap((name) => (name.endsWith('.ts') ? [join(root, name)] : sources(join(root, name))))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const composed = /^Too many (attempts|requests)/
  const gone = Object.values(said).filter(
    (sentence) =>
      !composed.test(sentence) &&
      sentence.split(/\{\{\w+\}\}/).some((part) => part.trim().length > 3 && !text.includes(part)),
  )
  expect(gone).toEqual([])
})

test('what storefront and portal refuse themselves has words in every language', () => {
  const files = [
    ...sources(join(web, 'storefront')),
    ...sources(join(web, 'portal')),
    join(web, 'own-form.server.ts'),
    join(web, 'sign-in-steps.server.ts'),
  ]
  const sentences = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const refused = [
      ...text.matchAll(/new Refusal\(\s*'[a-z_]+',\s*'([^']+)'/g),
      ...text.matchAll(/(?:failure|refused)\(\{ \w+: '([^']+)' \}/g),
    ]
    return refused.map(([, sentence]) => sentence ?? '')
  })
  expect(sentences.length).toBeGreaterThan(30)
  const known: ReadonlySet<string> = new Set(Object.values(said))
  expect([...new Set(sentences)].filter((sentence) => !known.has(sentence))).toEqual([])
})

test('a refusal is said in the language of the page, with what it names', () => {
  expect(saying('de', 'Please choose a plan.')).toBe('Bitte wählen Sie einen Tarif.')
  expect(saying('de', 'Too many attempts: please try again in 5 minutes.')).toContain('in 5 Minuten')
  expect(saying('de', 'The plan cannot be changed while it is suspended.')).toContain('Gestoppt')
  expect(saying('de', 'This voucher is for Family: redeem it for a new line.')).toContain('Family')
  expect(saying('de', 'Nobody has translated this.')).toBe('Nobody has translated this.')
  expect(saying('en', 'Please choose a plan.')).toBe('Please choose a plan.')
})

test('values stand by themselves in a script from right to left, and plurals follow the language', () => {
  const t = translator('ar')
  expect(t('portal.home.signedIn', { email: 'ana@example.net' })).toContain('\u2068ana@example.net\u2069')
  const days = [0, 1, 2, 3, 11, 100].map((count) => t('store.term.day', { count }))
  expect(new Set(days).size).toBe(6)
  expect(translator('de')('store.term.month', { count: 1 })).toBe('1 Monat')
})

test('no browser is sent another language', async () => {
  await ensureBuilt(() => {})
  const assets = join(buildFolder, 'client', 'assets')
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(20)
  const told = scripts.filter((name) =>
    /Zahlungspflichtig|Verwendungszweck|Tarif wechseln/.test(readFileSync(join(assets, name), 'utf8')),
  )
  expect(told).toEqual([])
}, 90_000)
