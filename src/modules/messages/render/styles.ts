/**
 * Mail programs read styles from the tags themselves, so each tag of the sanitized fragment gets its own here; its class
 * lets the dark colors of the frame override them.
 */
import { remember } from '#platform/templates/remember.ts'
import { colorOf, inkOn, readableOn } from './colors.ts'

export type Palette = ReturnType<typeof palette>

/** Light and dark colors around one brand color. */
export const palette = remember((brandColor: string) => {
  const color = colorOf(brandColor)
  const light = {
    bg: '#f1f3f6',
    surface: '#ffffff',
    sunken: '#f4f6f9',
    line: '#e2e6ec',
    ink: '#131a24',
    muted: '#55607a',
  }
  const dark = {
    bg: '#0c0f14',
    surface: '#141921',
    sunken: '#0f131a',
    line: '#2b3340',
    ink: '#eef1f5',
    muted: '#9aa6b8',
  }
  const onLight = readableOn(color, light.surface)
  const onDark = readableOn(color, dark.surface, 6) // Bright enough to carry dark words as a button.
  return {
    light: { ...light, brand: onLight, onBrand: inkOn(onLight) },
    dark: { ...dark, brand: onDark, onBrand: inkOn(onDark) },
  }
})

const mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"

/** Gives every tag its style. The fragment comes from the sanitizer, so `<` begins a known tag and nothing else. */
export function styled(html: string, { light }: Palette): string {
  const text = `color:${light.ink};`
  const button = `display:inline-block;padding:12px 24px;border-radius:6px;background-color:${light.brand};color:${light.onBrand};font-weight:600;text-decoration:none;`
  const styles: Record<string, [string, string]> = {
    p: ['ink', `margin:0 0 16px;${text}`],
    h1: ['ink', `margin:0 0 16px;font-size:22px;line-height:1.25;${text}`],
    h2: ['ink', `margin:24px 0 12px;font-size:18px;line-height:1.3;${text}`],
    h3: ['ink', `margin:20px 0 8px;font-size:16px;line-height:1.3;${text}`],
    ul: ['ink', `margin:0 0 16px;padding-inline-start:24px;${text}`],
    ol: ['ink', `margin:0 0 16px;padding-inline-start:24px;${text}`],
    li: ['ink', 'margin:0 0 4px;'],
    blockquote: [
      'muted line',
      `margin:0 0 16px;padding-inline-start:12px;border-inline-start:3px solid ${light.line};color:${light.muted};`,
    ],
    hr: ['line', `margin:24px 0;border:0;border-top:1px solid ${light.line};`],
    code: ['', `font-family:${mono};font-size:13px;direction:ltr;unicode-bidi:embed;overflow-wrap:anywhere;`],
    pre: [
      'sunken',
      `margin:0 0 16px;padding:12px;border-radius:6px;background-color:${light.sunken};white-space:pre-wrap;word-break:break-word;`,
    ],
    table: ['ink', `margin:0 0 16px;border-collapse:collapse;width:100%;${text}`],
    th: ['line', `padding:8px;border-bottom:1px solid ${light.line};text-align:start;`],
    td: ['line', `padding:8px;border-bottom:1px solid ${light.line};vertical-align:top;`],
    a: ['link', `color:${light.brand};text-decoration:underline;`],
  }

  return html
    .replace(/<table class="facts">(.*?)<\/table>/gs, (_, rows: string) => facts(rows, light))
    .replace(/<p>(<a href="[^"]*") class="button">([^\n]*?)<\/a><\/p>/g, (_, open, label) =>
      buttonBlock(open, label, button, light),
    )
    .replace(/ class="button">/g, ` class="lk-button" style="${button}">`)
    .replace(
      /<(p|h[1-3]|ul|ol|li|blockquote|hr|code|pre|table|th|td|a)(?=[ >/])(?![^>]* style=)/g,
      (_, tag: string) => {
        const [classes, style] = styles[tag] ?? ['', '']
        const named =
          classes &&
          ` class="${classes
            .split(' ')
            .map((name) => `lk-${name}`)
            .join(' ')}"`
        return `<${tag}${named} style="${style}"`
      },
    )
}

/** Outlook pads cells, not links: the colored cell makes the button one everywhere. */
const buttonBlock = (open: string, label: string, button: string, light: Palette['light']): string =>
  `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px;"><tr style=""><td class="lk-button" bgcolor="${light.brand}" style="border-radius:6px;background-color:${light.brand};">${open} class="lk-button" style="${button}">${label}</a></td></tr></table>`

function facts(rows: string, light: Palette['light']): string {
  const label = `padding:8px 12px 8px 16px;width:34%;vertical-align:top;color:${light.muted};font-size:14px;line-height:21px;`
  const value = `padding:8px 16px 8px 0;vertical-align:top;color:${light.ink};font-size:15px;line-height:21px;word-break:break-word;`
  const line = `border-top:1px solid ${light.line};`
  let border = '' // The first row has the box's own border above it.
  const cells = rows.replace(/<tr><td>(.*?)<\/td><td>/gs, (_, name: string) => {
    const row = `<tr><td class="lk-muted lk-line" style="${label}${border}">${name}</td><td class="lk-ink lk-line" style="${value}${border}">`
    border = line
    return row
  })
  return `<table class="lk-sunken" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px;width:100%;border-collapse:separate;border-spacing:0;border-radius:8px;background-color:${light.sunken};border:1px solid ${light.line};">${cells}</table>`
}

/** Dark colors, for programs that ask for them. */
export function darkRules({ dark }: Palette): string {
  const rules = {
    bg: `background-color:${dark.bg}`,
    surface: `background-color:${dark.surface}`,
    sunken: `background-color:${dark.sunken};border-color:${dark.line}`,
    line: `border-color:${dark.line}`,
    ink: `color:${dark.ink}`,
    muted: `color:${dark.muted}`,
    link: `color:${dark.brand}`,
    button: `background-color:${dark.brand};color:${dark.onBrand}`,
  }
  return Object.entries(rules)
    .map(
      ([name, rule]) =>
        `.lk-${name}{${rule
          .split(';')
          .map((each) => `${each}!important`)
          .join(';')}}`,
    )
    .join('')
}
