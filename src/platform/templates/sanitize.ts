/** The few tags that a message may contain. Everything else is dropped, with what it held where that could run. */
import sanitizeHtml from 'sanitize-html'

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'strong', 'b', 'em', 'i', 'del', 'code', 'pre', 'blockquote', 'bdi'],
    ...['ul', 'ol', 'li', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  allowedAttributes: { a: ['href'], ol: ['start'] },
  allowedClasses: { a: ['button'], table: ['facts'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  // No image: a remote picture is a tracker or a broken square. The frame shows the logo.
}

/** HTML that is safe to show to anyone: no script, style, handler, picture, form, or link outside http, https and mailto. */
export const sanitize = (html: string): string => sanitizeHtml(html, allowed)

/** The words of an HTML fragment, without its tags. */
export const stripTags = (html: string): string =>
  decodeEntities(sanitizeHtml(html.replace(/<br\s*\/?>/gi, '\n'), { allowedTags: [] }))

/** True for an address that a message may link to. */
export const isSafeLink = (href: string): boolean => /^(https?:\/\/[^\s/]|mailto:[^\s]+@)/i.test(href)

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

export const decodeEntities = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name) => decoded[name as keyof typeof decoded])

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const decoded = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0', '#39': "'" }
