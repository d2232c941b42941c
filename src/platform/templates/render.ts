/** One template with its values, to the three texts of a mail. Runs inside the worker. */
import { type Filled, fill, inspect, tooLarge, unmark } from './liquid.ts'
import { toParts } from './markdown.ts'
import { escapeHtml, isSafeLink } from './sanitize.ts'
import { type Fault, limits, type Rendered, TemplateError, type Texts, type Variables } from './types.ts'

/** Throws {@link TemplateError}. */
export function render({ subject, body }: Texts, variables: Variables): Rendered {
  const { text, values } = within(fill(body, variables))
  const parts = toParts(text)
  return {
    subject: oneLine(fill(subject, variables)),
    html: putInto(parts.html, values),
    text: unmark(parts.text, values),
  }
}

/**
 * The fragment is clean already; a value becomes text in it, or a link's address when it is one that may be linked.
 * A link whose address may not is text.
 */
function putInto(html: string, values: readonly string[]): string {
  const linked = html.replace(/<a href="([^"]*)"/g, (_, href: string) => {
    const target = unmark(href, values, escapeHtml).trim()
    return isSafeLink(target) ? `<a href="${target}"` : '<a'
  })
  return unmark(linked, values, (value) => escapeHtml(value).replaceAll('\n', '<br>'))
}

/** All faults of one text; a text without faults has been rendered once, with `samples`. */
export function check(text: string, samples: Variables): Fault[] {
  const faults = inspect(text, Object.keys(samples))
  if (faults.length > 0) return faults
  try {
    render({ subject: '', body: text }, samples)
    return []
  } catch (error) {
    if (error instanceof TemplateError) return [error.fault]
    throw error
  }
}

function within(filled: Filled): Filled {
  const length = filled.values.reduce((sum, value) => sum + value.length, filled.text.length)
  if (length > limits.outputLength) throw new TemplateError(tooLarge)
  return filled
}

/** A subject is a header: a line break in it would begin another header. */
function oneLine({ text, values }: Filled): string {
  const line = unmark(text, values).replace(/\s+/g, ' ').trim()
  return line.length > limits.subjectLength ? `${line.slice(0, limits.subjectLength - 1)}…` : line
}
