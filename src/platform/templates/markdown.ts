/**
 * Markdown to the two parts of a mail. Beyond plain Markdown: `[Pay now](address "button")` is a button, and a table of
 * two columns without a heading is a box of facts ("User name: ana84" in the plain text).
 *
 * What comes in and goes out holds marks where values will stand, so it is the same for every recipient and is kept.
 */
import { Marked, type Token, type Tokens } from 'marked'
import { remember } from './remember.ts'
import { decodeEntities, escapeHtml, sanitize, stripTags } from './sanitize.ts'

export type Parts = { readonly html: string; readonly text: string }

/** `html` is sanitized; in `text` links are spelled out. */
export const toParts: (source: string) => Parts = remember((source) => ({
  html: sanitize(markdown.parse(source) as string),
  text: `${blocks(markdown.lexer(source))
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`,
}))

const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    link({ href, title, tokens }: Tokens.Link): string {
      const kind = title === 'button' ? ' class="button"' : ''
      return `<a href="${escapeHtml(href)}"${kind}>${this.parser.parseInline(tokens)}</a>`
    },
    image: ({ text }: Tokens.Image) => escapeHtml(text),
    table(token: Tokens.Table): string | false {
      if (!isFacts(token)) return false
      const cells = (row: Tokens.TableCell[]) => row.map((cell) => `<td>${this.parser.parseInline(cell.tokens)}</td>`)
      return `<table class="facts">${token.rows.map((row) => `<tr>${cells(row).join('')}</tr>`).join('')}</table>`
    },
  },
})

const isFacts = ({ header }: Tokens.Table): boolean => header.length === 2 && header.every((cell) => cell.text === '')

function blocks(tokens: readonly Token[]): string {
  return tokens.map((token) => block(token as Tokens.Generic)).join('')
}

function block(token: Tokens.Generic): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return ''
    case 'hr':
      return '---\n\n'
    case 'code':
      return `${token.text}\n\n`
    case 'html':
      return `${stripTags(token.raw)}\n`
    case 'blockquote':
      return `${blocks(token.tokens ?? [])
        .trim()
        .replace(/^/gm, '> ')}\n\n`
    case 'list':
      return list(token as Tokens.List)
    case 'table':
      return table(token as Tokens.Table)
    default:
      return `${inline(token.tokens ?? [token])}\n\n`
  }
}

function list({ items, ordered, start }: Tokens.List): string {
  const lines = items.map((item, index) => {
    const bullet = ordered ? `${Number(start || 1) + index}. ` : '- '
    return `${bullet}${blocks(item.tokens)
      .trim()
      .replaceAll(/\n+/g, `\n${' '.repeat(bullet.length)}`)}\n`
  })
  return `${lines.join('')}\n`
}

function table(token: Tokens.Table): string {
  const cells = (row: Tokens.TableCell[]) => row.map((cell) => inline(cell.tokens))
  if (isFacts(token)) return `${token.rows.map((row) => `${cells(row).join(': ')}\n`).join('')}\n`
  return `${[token.header, ...token.rows].map((row) => `${cells(row).join(' | ')}\n`).join('')}\n`
}

/** A button is a line of its own: "Renew: https://…"; the address of a link within a sentence stands in brackets. */
function inline(tokens: readonly Token[]): string {
  const [first] = tokens as readonly Tokens.Generic[]
  if (tokens.length === 1 && first?.type === 'link' && first.title === 'button')
    return `${inline(first.tokens ?? [])}: ${first.href}`
  return tokens.map((token) => word(token as Tokens.Generic)).join('')
}

function word(token: Tokens.Generic): string {
  switch (token.type) {
    case 'br':
      return '\n'
    case 'html':
      return stripTags(token.raw)
    case 'link': {
      const label = inline(token.tokens ?? [])
      return label === token.href ? label : `${label} (${token.href})`
    }
    default:
      return token.tokens ? inline(token.tokens) : decodeEntities(String(token.text ?? ''))
  }
}
