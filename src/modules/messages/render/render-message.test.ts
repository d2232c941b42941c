import { afterAll, describe, expect, it } from 'vitest'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { contrast } from './colors.ts'
import { defaultTemplate, isBuiltIn, isTemplateKey, languages } from './default-templates.ts'
import { type Definition, definitions, samplesOf, type TemplateKey, templateKeys } from './definitions.ts'
import type { Brand } from './frame.ts'
import { checkTemplate, previewMessage, renderMessage } from './render-message.ts'
import { palette } from './styles.ts'

const customerKeys = templateKeys.filter((key) => definitions[key].why !== 'staff')
const tongues = Object.keys(languages).filter((each) => each !== 'en')
/** Which values and questions a text has, however they are ordered in its language. */
const tagsOf = (text: string): string[] => [...text.matchAll(/\{[{%].*?[%}]\}/g)].map(([tag]) => tag).sort()

const engine = createTemplateEngine(1)
afterAll(() => engine.close())

const brand: Brand = {
  name: 'Northwind TV',
  legalName: 'Northwind TV Ltd',
  color: '#0d6a75',
  logoUrl: null,
  siteUrl: 'https://tv.example.net',
  supportEmail: 'help@tv.example.net',
  postalAddress: '1 Harbour Street\n1000 Anytown',
  abuseEmail: 'abuse@tv.example.net',
}
const send = (key: TemplateKey, more: Record<string, string | boolean | null> = {}, other: Partial<Brand> = {}) =>
  renderMessage(engine, {
    template: defaultTemplate(key),
    brand: { ...brand, ...other },
    variables: { ...samplesOf(key), ...more },
    kind: 'service',
  })

describe.each(templateKeys)('default template %s', (key) => {
  const template = defaultTemplate(key)

  it('uses only its own variables', async () => {
    expect(await checkTemplate(engine, template)).toEqual({ subject: [], body: [] })
  })

  it('renders in full and with its required values alone, both parts', async () => {
    const { may }: Definition = definitions[key]
    const bare = { ...Object.fromEntries([...may, 'customer_name'].map((name) => [name, null])), show_login: false }
    for (const message of [await previewMessage(engine, template, brand), await send(key, bare)]) {
      expect(message.subject).toMatch(/^\S.{5,}/)
      expect(message.html + message.text + message.subject).not.toMatch(/undefined|null|NaN|\{[{%]|lk[0-9a-f]{16}x/)
      expect(message.text).toContain('\n-- \nNorthwind TV\n')
      expect(message.html).toContain('Northwind TV Ltd, 1 Harbour Street, 1000 Anytown')
      expect(message.text).not.toMatch(/!|oops|provision|\bAPI\b|bouquet/i)
    }
  })
})

describe('credentials', () => {
  it('has the login block, one button and where to get help', async () => {
    const { subject, html, text } = await send('credentials')
    expect(subject).toBe('Your TV login')
    for (const line of [
      'Server: http://line.example.net',
      'Port: 8080',
      'User name: ana84',
      'TV login password: k7mw-p3xq',
      'Paid until: 28 November 2026',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    expect(text).toContain('username=ana84&password=k7mw-p3xq&type=m3u_plus&output=ts\n')
    expect(html.match(/<a [^>]*class="lk-button"/g)).toHaveLength(1)
    expect(html).toContain('href="https://tv.example.net/help/tv_stick"')
    expect(html).toContain('mailto:help@tv.example.net')
  })

  it('says when the user name was adjusted, and only then', async () => {
    expect((await send('credentials')).text).toContain('The user name "ana" was taken, so yours is ana84.')
    expect((await send('credentials', { requested_username: null })).text).not.toContain('taken')
  })

  it('shows a box its portal and MAC address', async () => {
    const { text } = await send('credentials', { username: null, password: null, mac_address: '00:1A:79:12:34:56' })
    expect(text).toContain('MAC address: 00:1A:79:12:34:56\n')
    expect(text).not.toContain('User name')
  })

  it('shows a login with a box both, each once', async () => {
    const { text } = await send('credentials', { mac_address: '00:1A:79:12:34:56' })
    for (const word of ['MAC address: 00:1A:79:12:34:56\n', 'User name: ', 'Server: ']) expect(text).toContain(word)
    expect(text.match(/Portal address/g)).toHaveLength(1)
  })

  it.each(['credentials', 'setup_ready', 'login_changed', 'line_moved'] as const)(
    '%s holds no secret when logins may not stand in mails',
    async (key) => {
      const { html, text } = await send(key, { show_login: false })
      expect(html + text).not.toContain('k7mw-p3xq')
      expect(text).toContain('See your TV login: https://tv.example.net/account\n')
    },
  )

  it('keeps the login out of the line that phones show on a locked screen', async () => {
    const { html } = await send('credentials', { requested_username: null })
    expect(/display:none[^>]*>([^<]*)</.exec(html)?.[1]).toBe('Your line is ready.')
  })
})

describe('frame', () => {
  it('shows hostile values as text everywhere', async () => {
    const evil = '"><script>alert(1)</script>\r\nBcc: x@example.net'
    const { html, subject } = await send(
      'staff_alert',
      { alert_title: evil, alert_detail: evil },
      { name: evil, legalName: evil, postalAddress: evil },
    )
    expect(html).not.toContain('<script')
    expect(subject).not.toMatch(/[\r\n]/)
  })

  it('takes a color and nothing else from the brand', async () => {
    const { html } = await send('test_message', {}, { color: 'red;background:url(https://evil.example)' })
    expect(html).not.toContain('evil.example')
  })

  it('shows a logo only from the web', async () => {
    expect((await send('test_message', {}, { logoUrl: 'https://tv.example.net/logo.png' })).html).toContain(
      '<img src="https://tv.example.net/logo.png" alt="Northwind TV"',
    )
    expect((await send('test_message', {}, { logoUrl: 'javascript:alert(1)' })).html).not.toContain('<img')
  })

  it.each(['#0d6a75', '#ffd400', '#ffffff', '#000000', '#ff0000', '#8888ff'])(
    'keeps %s readable, light and dark',
    (color) => {
      const { light, dark } = palette(color)
      for (const { brand: shade, onBrand, surface, sunken, ink, muted } of [light, dark]) {
        expect(contrast(shade, surface)).toBeGreaterThanOrEqual(4.5)
        expect(contrast(onBrand, shade)).toBeGreaterThanOrEqual(4.5)
        expect(contrast(ink, sunken)).toBeGreaterThanOrEqual(4.5)
        expect(contrast(muted, sunken)).toBeGreaterThanOrEqual(4.5)
      }
    },
  )

  it('lets a marketing message go only with a way out', async () => {
    const request = {
      template: defaultTemplate('renewed'),
      brand,
      variables: samplesOf('renewed'),
      kind: 'marketing',
    } as const
    await expect(renderMessage(engine, request)).rejects.toThrow('unsubscribe')
    const { html, text } = await renderMessage(engine, {
      ...request,
      unsubscribeUrl: 'https://tv.example.net/unsubscribe/1',
    })
    expect(html).toContain('href="https://tv.example.net/unsubscribe/1"')
    expect(text).toContain('Unsubscribe: https://tv.example.net/unsubscribe/1')
  })
})

describe('what the caller hands in', () => {
  it('is complete or nothing is sent', async () => {
    await expect(send('renewal_reminder', { ends_on: null })).rejects.toThrow('message renewal_reminder lacks ends_on')
    await expect(send('credentials', { password: null })).rejects.toThrow('lacks a whole TV login')
    await expect(send('credentials', { mac_address: '00:1A:79:12:34:56', password: null })).rejects.toThrow(
      'lacks a whole TV login',
    )
    await expect(send('credentials', { mac_address: '00:1A:79:12:34:56', portal_url: null })).rejects.toThrow(
      'lacks a whole TV login',
    )
  })

  it('is trusted only where every word of the text is ours', () => {
    const ours = defaultTemplate('receipt')
    const touched = [
      { ...ours, body: `${ours.body} ` },
      { ...ours, subject: 'x' },
    ]
    expect([ours, ...touched, { ...ours, language: 'xx' }].map(isBuiltIn)).toEqual([true, false, false, true])
  })

  it('reaches the template only where it is declared', async () => {
    const template = { ...defaultTemplate('receipt'), body: '{{ password }}' }
    const variables = { ...samplesOf('receipt'), password: 'k7mw-p3xq' }
    await expect(renderMessage(engine, { template, brand, variables, kind: 'service' })).rejects.toThrow(
      'no variable called "password"',
    )
    expect((await checkTemplate(engine, template)).body).toMatchObject([{ code: 'unknown_variable', name: 'password' }])
  })

  it('names the day in the subject of a reminder', async () => {
    expect((await send('renewal_reminder')).subject).toBe('Your TV plan ends on 28 November 2026')
    expect((await send('renewal_reminder', { ends_today: true })).subject).toBe('Your TV plan ends today')
  })
})

describe('languages', () => {
  it('have every text, and an unknown one reads English', () => {
    for (const texts of Object.values(languages))
      expect(customerKeys.filter((key) => !Object.hasOwn(texts, key))).toEqual([])
    for (const key of ['staff_alert', 'reseller_invite'] as const)
      expect(defaultTemplate(key, 'de').language).toBe('en')
    expect(defaultTemplate('receipt', 'de-AT').language).toBe('de')
    expect(defaultTemplate('receipt', 'xx-YY').language).toBe('en')
    expect(defaultTemplate('receipt', 'constructor').language).toBe('en')
    expect(isTemplateKey('toString')).toBe(false)
  })

  it.each(tongues.flatMap((language) => customerKeys.map((key) => [language, key] as const)))(
    '%s: %s says what the English one says, of the same things',
    async (language, key) => {
      const template = defaultTemplate(key, language)
      expect(template.language).toBe(language)
      expect(await checkTemplate(engine, template)).toEqual({ subject: [], body: [] })
      expect(tagsOf(template.body)).toEqual(tagsOf(defaultTemplate(key).body))
      expect(tagsOf(template.subject)).toEqual(tagsOf(defaultTemplate(key).subject))
      const { may }: Definition = definitions[key]
      const bare = { ...Object.fromEntries([...may, 'customer_name'].map((name) => [name, null])), show_login: false }
      for (const more of [{}, bare]) {
        const variables = { ...samplesOf(key), ...more }
        const { subject, html, text } = await renderMessage(engine, { template, brand, variables, kind: 'service' })
        expect(html + text + subject).not.toMatch(/undefined|null|NaN|\{[{%]|lk[0-9a-f]{16}x/)
        expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`)
        expect(text).not.toMatch(/You get this mail|Hello/)
      }
    },
  )

  it('lets nothing that is copied stand in a sentence from right to left, nor anything invisible in what is copied', async () => {
    const template = defaultTemplate('credentials', 'ar')
    const variables = samplesOf('credentials')
    const { html, text } = await renderMessage(engine, { template, brand, variables, kind: 'service' })
    expect(text).toContain(': ana84\n')
    expect(text).toContain(': k7mw-p3xq\n')
    expect(text).toContain('\u2068Family, 12 months\u2069')
    expect(html).toMatch(/<code[^>]*direction:ltr[^>]*>k7mw-p3xq</)
  })
})
